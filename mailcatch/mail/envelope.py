"""What the SMTP session said about a message (RFC 5321 section 2.3.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipients as MAIL FROM and RCPT TO gave them.

    Attributes:
        sender: without angle brackets; "" is the null sender of a bounce.
        recipients: without angle brackets, in order.
        smtputf8: whether MAIL FROM carried SMTPUTF8 (RFC 6531), which allows 8-bit headers.
    """

    sender: str
    recipients: tuple[str, ...]
    smtputf8: bool = False
