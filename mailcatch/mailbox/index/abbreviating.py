"""What rows of the index need not repeat: an address or a name that the same mail's rows have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_SIGN: Final = "\x01"
# An index from elsewhere must not make a short text a very long one.
_MOST: Final = 8
_TYPES: Final = (
    "text/plain", "multipart/alternative", "text/html", "multipart/mixed", "multipart/related",
)  # fmt: skip
_NUMBERS: Final = {name: str(number) for number, name in enumerate(_TYPES)}
_NAMES: Final = {number: name for name, number in _NUMBERS.items()}


def shortened(text: str, known: str) -> str:
    """Return a text without what is known from elsewhere; `restored` puts it back."""
    return text.replace(known, _SIGN, _MOST) if known else text


def restored(text: str, known: str) -> str:
    """Return a text that was shortened as it was."""
    return text.replace(_SIGN, known, _MOST)


def short_type(content_type: str) -> str:
    """Return a digit for each of the usual types, and others as they are."""
    return _NUMBERS.get(content_type, content_type)


def long_type(stored: str) -> str:
    """Return the type that `short_type` made short."""
    return _NAMES.get(stored, stored)


def spaced(words: Iterable[str]) -> str:
    """Return words with a space around each, so that each can be looked for; "" for none."""
    together = " ".join(words)
    return f" {together} " if together else ""
