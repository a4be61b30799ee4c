"""Delivery status notifications: who is told what became of a message, and the mail that says so.

RFC 3461 for what clients ask for, RFC 3464 and 6522 for the mail, RFC 6533 for UTF-8 addresses.
"""
