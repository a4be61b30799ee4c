"""Records of the DNS, wherever they come from."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63


class Kind(StrEnum):
    """A type of records."""

    TXT = "TXT"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"


class Records(Protocol):
    """Where records are looked up."""

    @property
    def name(self) -> str:
        """What messages call it, such as "dns.zone"."""

    def lookup(self, name: str, kind: Kind, /) -> tuple[str, ...]:
        """Return the records of a name, none where there are none; aliases are followed.

        name: in any case of letters, with or without the last dot. TXT is one text, however it is
        cut, and octets outside of ASCII are read as Latin-1; MX are the hosts, the preferred first.
        Raises UnreachableError.
        """


def normal(name: str) -> str:
    """Return a domain name in lower case, in ASCII (RFC 5890) and without its last dot.

    What can be no name of the DNS becomes "".
    """
    name = name.rstrip(".").lower() if name.endswith(".") else name.lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    labels = name.split(".")
    fits = all(0 < len(label) <= _LONGEST_LABEL for label in labels)
    return name if fits and len(name) <= LONGEST_NAME else ""
