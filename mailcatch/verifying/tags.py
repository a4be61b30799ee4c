"""Lists of tags, as DKIM, ARC and DMARC write them: `v=1; d=example.com` (RFC 6376 section 3.2)."""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SPACE: Final = re.compile(r"[ \t\r\n]+")


class TagError(ValueError):
    """A list of tags that is none. The message says what is wrong."""


def read_tags(text: str) -> dict[str, str]:
    """Return the values of tags by name, white space around them removed. Raises TagError."""
    tags: dict[str, str] = {}
    pieces = text.split(";")
    for number, piece in enumerate(pieces):
        name, equals, value = piece.partition("=")
        name, value = name.strip(), value.strip()
        if not equals and not name and number == len(pieces) - 1:
            break
        if not equals or not _TAG.fullmatch(name):
            raise TagError(f"{piece.strip()[:40]!r} is no tag")
        if name in tags:
            raise TagError(f"{name}= stands twice")
        tags[name] = value
    return tags


def without_space(value: str) -> str:
    """Return a value without the white space that lines were folded at."""
    return _SPACE.sub("", value)
