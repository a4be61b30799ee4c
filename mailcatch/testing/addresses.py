"""Addresses as a test compares them: by the address, not by the display name or by case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.mail.addresses import Address as ParsedAddress


class Address(str):
    """An address, such as `bob@example.com`: a string that is equal in any case.

    name: the display name decoded, or "".
    """

    __slots__ = ("name",)

    name: str

    def __new__(cls, address: str, name: str = "") -> Self:
        """Take the address itself, without angle brackets."""
        made = super().__new__(cls, address)
        made.name = name
        return made

    @classmethod
    def of(cls, parsed: ParsedAddress) -> Self:
        """Take an address of a header."""
        return cls(parsed.address, parsed.name)

    @property
    def local(self) -> str:
        """The part before the last at sign."""
        return self.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The part after the last at sign, in lower case."""
        return self.rpartition("@")[2].lower()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.casefold() == other.casefold()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.casefold())

    def __repr__(self) -> str:
        named = f"{safe_text(self.name)} <{safe_text(self)}>" if self.name else safe_text(self)
        # safe_text may give back this very object, whose repr would not end.
        return repr(str(named))
