"""The wire: SMTP as RFC 5321 and its extensions describe it, tolerant of what clients really send.

It knows two seams and nothing behind them: a policy decides, a recorder keeps.
"""
