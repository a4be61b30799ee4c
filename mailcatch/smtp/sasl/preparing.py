"""SASLprep (RFC 4013): names and passwords brought to one form before they are hashed."""

from __future__ import annotations

import stringprep
import unicodedata
from typing import Final

_PROHIBITED: Final = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


class UnpreparableError(ValueError):
    """A text that SASLprep forbids."""


def prepared(given: str) -> str:
    """Return a text in the form of RFC 4013. Raises UnpreparableError."""
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char
        for char in given
        if not stringprep.in_table_b1(char)
    )
    normal = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    for char in normal:
        if any(forbids(char) for forbids in _PROHIBITED) or stringprep.in_table_a1(char):
            raise UnpreparableError(f"U+{ord(char):04X} may not stand in a name or a password")
    _check_direction(normal)
    return normal


def _check_direction(text: str) -> None:
    """RFC 3454 section 6: right-to-left text is so from end to end."""
    if not any(stringprep.in_table_d1(char) for char in text):
        return
    if any(stringprep.in_table_d2(char) for char in text):
        raise UnpreparableError("a text has both directions of writing")
    if not (stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])):
        raise UnpreparableError("a right-to-left text must begin and end so")
