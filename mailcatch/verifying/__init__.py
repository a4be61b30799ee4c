"""Whether a message is from whom it says: DKIM, ARC, SPF and DMARC (RFC 8601 names the results).

Everything is looked up in records that the user gives: a zone file, or, where that is asked for,
the DNS. Nothing here reads a mailbox; who sent a message is told as an `Arrival`.
"""
