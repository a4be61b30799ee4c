"""What the server offers in reply to EHLO."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

from mailcatch.smtp.client_attributes import XCLIENT, XFORWARD

# In the order of the reply. A value of None stands for a keyword without parameters.
OFFERED: Final[dict[str, str | None]] = {
    "PIPELINING": None,  # RFC 2920
    "SIZE": "{size}",  # RFC 1870
    "8BITMIME": None,  # RFC 6152
    "BINARYMIME": None,  # RFC 3030 section 3
    "CHUNKING": None,  # RFC 3030 section 2
    "SMTPUTF8": None,  # RFC 6531
    "ENHANCEDSTATUSCODES": None,  # RFC 2034
    "DSN": None,  # RFC 3461
    "ETRN": None,  # RFC 1985
    "LIMITS": "RCPTMAX={recipients}",  # RFC 9422
    "REQUIRETLS": None,  # RFC 8689
    "XCLIENT": " ".join(XCLIENT),  # www.postfix.org/XCLIENT_README.html
    "XFORWARD": " ".join(XFORWARD),  # www.postfix.org/XFORWARD_README.html
    "AUTH": "{mechanisms}",  # RFC 4954
    "HELP": None,  # RFC 5321 section 4.1.1.8
}

# Offered where somebody asks for it: hardly any server offers these, and a client that meets them
# hands over what it does itself elsewhere.
ON_REQUEST: Final[dict[str, str | None]] = {
    "DELIVERBY": None,  # RFC 2852
    "FUTURERELEASE": "{interval} {until}",  # RFC 4865
    "MT-PRIORITY": None,  # RFC 6710
    "NO-SOLICITING": None,  # RFC 3865
}

FOR_TRUSTED: Final = frozenset({"XCLIENT", "XFORWARD"})
"""Offered to clients that may speak for others, and to nobody else."""

INSIDE_TLS: Final = frozenset({"REQUIRETLS"})
"""Offered inside of TLS only."""

NEEDS: Final = {"BINARYMIME": "CHUNKING"}
"""What is not offered without something else."""

VERBS: Final = {"ATRN": "ATRN", "AUTH": "AUTH", "BDAT": "CHUNKING", "ETRN": "ETRN"} | {
    verb: verb for verb in FOR_TRUSTED
}
"""Commands that work only where their extension is offered."""

# Nine digits are the most that RFC 4865 allows: thirty-one years.
LONGEST_HOLD: Final = 999_999_999
MOST_TOLD: Final = 999_999
"""The largest number that a parameter of LIMITS has room for: six digits."""

# Offered where a listener can.
_OF_LISTENERS: Final = frozenset({"STARTTLS"})
_KNOWN: Final = OFFERED | ON_REQUEST
_EVERYTHING: Final = "ALL"


def offers(requested: Iterable[str] = (), without: Iterable[str] = ()) -> dict[str, str | None]:
    """Return what is offered, in the order of the reply, in the form of OFFERED.

    requested: what is offered besides the usual: keywords, each with parameters behind it or with
    its usual ones; "all" is all there is. without: what is not.
    Raises ValueError for a keyword that nothing is known of.
    """
    asked: dict[str, str | None] = {}
    for line in requested:
        keyword, _, parameters = line.strip().partition(" ")
        if keyword.upper() == _EVERYTHING:
            asked = ON_REQUEST | asked
        else:
            name = _known(keyword, _KNOWN)
            asked[name] = _literally(parameters.strip()) or _KNOWN[name]
    hidden = {_known(name, _KNOWN.keys() | _OF_LISTENERS) for name in without}
    chosen = {name: form for name, form in (OFFERED | asked).items() if name not in hidden}
    return {name: form for name, form in chosen.items() if NEEDS.get(name, name) in chosen}


def _known(keyword: str, names: Container[str]) -> str:
    name = keyword.upper()
    if name not in names:
        raise ValueError(f"there is no extension {keyword!r}: choose from {', '.join(_KNOWN)}")
    return name


def _literally(parameters: str) -> str:
    if not parameters.isascii() or not parameters.isprintable():
        raise ValueError(f"{parameters!r} cannot stand in a reply: printable ASCII can")
    return parameters.replace("{", "{{").replace("}", "}}")
