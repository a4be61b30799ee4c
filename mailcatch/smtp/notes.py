"""Notes: what was unusual about the form of a session or a transaction, told and never refused."""

from __future__ import annotations

from typing import Final

import msgspec


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing worth telling.

    name: which, one of NOTES.
    detail: where or how much, safe text of ours or a value as the client sent it.
    """

    name: str
    detail: str = ""


# Every note the wire can make, and its meaning in a sentence.
NOTES: Final[dict[str, str]] = {
    "address-not-utf8": "an address has octets that are no UTF-8; they were read as Latin-1",
    "auth-malformed": "a response of AUTH was not in the form of its mechanism",
    "bad-parameter": "a parameter of MAIL or RCPT has a value that its RFC does not allow",
    "bare-cr": "a carriage return stands alone inside the message (RFC 5321 section 2.3.8)",
    "bare-lf": "a line feed stands alone inside the message (RFC 5321 section 2.3.8)",
    "bare-lf-command": "a command line ended with a line feed alone (RFC 5321 section 2.3.8)",
    "bare-lf-end-of-data": "the client seems to wait after a dot between bare line feeds, which"
    " does not end the data (RFC 5321 section 4.1.1.4)",
    "chunk-thrown-away": "a chunk was refused; its octets were read, and not kept (RFC 3030)",
    "client-gave-up": "the client closed while a reply was being held back",
    "command-line-too-long": "a command line was longer than the limit and was dropped",
    "control-in-address": "an address has a control character (RFC 5321 section 4.1.2)",
    "discarded-before-tls": "commands came after STARTTLS in plain text, and were not obeyed"
    " (CVE-2024-34083)",
    "eight-bit-undeclared": "8-bit octets without BODY=8BITMIME (RFC 6152)",
    "empty-message": "the message has no octets",
    "http-on-smtp-port": "the client speaks HTTP",
    "long-line": "a line of the message is longer than 998 octets (RFC 5322 section 2.1.1)",
    "no-header": "the message begins with no header field (RFC 5322 section 2.1)",
    "no-helo": "MAIL came before HELO or EHLO (RFC 5321 section 4.1.4)",
    "no-quit": "the client closed after its mail without QUIT (RFC 5321 section 4.1.1.10)",
    "nul": "a NUL octet stands inside the message (RFC 5321 section 2.4)",
    "path-without-brackets": "an address without angle brackets (RFC 5321 section 4.1.2)",
    "proxy-header-malformed": "the PROXY header in front of the session cannot be read",
    "proxy-header-missing": "no PROXY header stands in front of the session, where one has to",
    "size-mismatch": "the message is larger than the SIZE that MAIL declared (RFC 1870)",
    "smtputf8-undeclared": "a UTF-8 address without SMTPUTF8 (RFC 6531 section 3.4)",
    "source-route": "an address with a source route (RFC 5321 appendix C)",
    "space-around-colon": "white space around the colon of FROM: or TO: (RFC 5321 section 3.3)",
    "tls-on-plain-port": "the client began a TLS handshake on a port that speaks plain SMTP first",
    "transcript-full": "the transcript reached its limit; later lines are not in it",
    "unclosed-path": "an address with an opening angle bracket and no closing one",
    "unknown-parameter": "a parameter of MAIL or RCPT that the server did not offer",
}
