"""The commands that the server knows."""

from __future__ import annotations

import sys
from typing import Final

# What HELP lists, and the form of each command.
FORMS: Final = {
    "ATRN": "ATRN [domain[,domain...]]",
    "AUTH": "AUTH mechanism [initial-response]",
    "BDAT": "BDAT octets [LAST]",
    "DATA": "DATA",
    "EHLO": "EHLO hostname",
    "ETRN": "ETRN node",
    "EXPN": "EXPN list",
    "HELO": "HELO hostname",
    "HELP": "HELP [command]",
    "LHLO": "LHLO hostname",
    "MAIL": "MAIL FROM:<address> [parameters]",
    "NOOP": "NOOP [ignored]",
    "QUIT": "QUIT",
    "RCPT": "RCPT TO:<address> [parameters]",
    "RSET": "RSET",
    "SAML": "SAML FROM:<address>",
    "SEND": "SEND FROM:<address>",
    "SOML": "SOML FROM:<address>",
    "STARTTLS": "STARTTLS",
    "VRFY": "VRFY address",
    "XCLIENT": "XCLIENT attribute=value...",
    "XFORWARD": "XFORWARD attribute=value...",
}
# A name that is always the same object is looked up quickest.
METHODS: Final = {verb: sys.intern(f"smtp_{verb}") for verb in FORMS}
