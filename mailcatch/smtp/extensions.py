"""What the server offers in reply to EHLO."""

from __future__ import annotations

from typing import Final

# In the order of the reply. A value of None stands for a keyword without parameters.
OFFERED: Final[dict[str, str | None]] = {
    "PIPELINING": None,  # RFC 2920
    "SIZE": "{size}",  # RFC 1870
    "8BITMIME": None,  # RFC 6152
    "SMTPUTF8": None,  # RFC 6531
    "ENHANCEDSTATUSCODES": None,  # RFC 2034
    "AUTH": "{mechanisms}",  # RFC 4954
    "HELP": None,  # RFC 5321 section 4.1.1.8
}

# Offered to clients that may speak for others (mailcatch.smtp.proxying).
PRIVILEGED: Final = ("XCLIENT", "XFORWARD")

# Parameters of MAIL and RCPT that belong to an extension above (AUTH= is RFC 4954 section 5).
MAIL_PARAMETERS: Final = frozenset({"SIZE", "BODY", "SMTPUTF8", "AUTH"})


def unknown(names: frozenset[str]) -> list[str]:
    """Return those of names (upper case) that the server does not offer, sorted."""
    return sorted(names.difference(known()))


def known() -> list[str]:
    """Return the names of the extensions that can be left out, in the order of the reply."""
    return [*OFFERED, *PRIVILEGED]
