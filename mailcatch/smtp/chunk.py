"""The chunks of a message: what BDAT says of one, and where its octets end (RFC 3030 section 2)."""

from __future__ import annotations

import re
from typing import Final

import msgspec

# Digits and nothing else, and no white space of the rarer kinds: what one program reads as a size
# and another does not would let octets of a message pass for commands.
_LINE: Final = re.compile(rb"BDAT[ \t]+([0-9]{1,20})(?:[ \t]+(LAST))?[ \t]*", re.IGNORECASE)


class Chunk(msgspec.Struct, frozen=True):
    """A chunk that is about to come. octets: how large it is. last: whether it ends the message."""

    octets: int
    last: bool


def parse_chunk(line: bytes) -> Chunk | None:
    """Read a line of BDAT, without its end. Returns None where it can be read in two ways."""
    found = _LINE.fullmatch(line)
    return Chunk(int(found[1]), found[2] is not None) if found else None


class ChunkReader:
    """Takes segments of a chunk, gives back its octets: they are the message's, as they are.

    wanted: how many octets of the chunk are still to come.
    """

    __slots__ = ("wanted",)

    def __init__(self, octets: int) -> None:
        self.wanted = octets

    def feed(self, segment: bytes) -> tuple[bytes, None]:
        """Take a segment that is no longer than what is wanted."""
        self.wanted -= len(segment)
        return segment, None
