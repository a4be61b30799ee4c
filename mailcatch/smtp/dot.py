"""The end of DATA and dot-stuffing (RFC 5321 section 4.5.2), over any split into segments.

Only CRLF . CRLF ends the data: a dot between bare line feeds is content (CVE-2024-27305).
"""

from __future__ import annotations

import re
from typing import Final

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_END = b"\r\n.\r\n"
_DOT = b"\r\n."
# By the last octet of a buffer: how the octets held back for the next segment may look.
_BEGINNINGS = {
    0x0D: (b"\r\n.\r", b"\r"),
    0x0A: (b"\r\n",),
    0x2E: (b"\r\n.",),
}


class DotReader:
    """Takes segments of DATA, gives back the octets of the message.

    The line end of the DATA command counts as the first CRLF, so that a dot at once is the end of
    an empty message.
    wanted: None: nobody knows how many octets are still to come.
    """

    __slots__ = ("_begun", "_held", "_virtual")

    wanted: Final = None

    def __init__(self) -> None:
        self._begun = False
        self._held = b"\r\n"
        self._virtual = 2

    def feed(self, segment: bytes) -> tuple[bytes, bytes | None]:
        """Take the next segment.

        Returns the message octets that are certain by now, and None; or, at the end of the data,
        the last octets of the message and what followed the end (perhaps nothing).
        """
        if not self._begun:
            self._begun = True
            whole = segment.endswith(_END) and segment[0] != _DOT[-1]
            if whole and segment.find(_DOT) == len(segment) - len(_END):
                # A whole message with nothing to unstuff, as most of the small ones are.
                return segment[:-3], b""
        octets = self._held + segment if self._held else segment
        rest: bytes | None = None
        # Most data has no dot at all, and one octet is found much quicker than three.
        dot = octets.find(_DOT) if b"." in octets else -1
        end = octets.find(_END, dot) if dot >= 0 else -1
        if end >= 0:
            rest = octets[end + 5 :]
            octets = octets[: end + 2]
            self._held = b""
        elif held := _held_back(octets):
            self._held = octets[-held:]
            octets = octets[:-held]
        else:
            self._held = b""
        if dot != end:
            octets = octets.replace(_DOT, b"\r\n")
        if self._virtual and octets:
            skipped = min(self._virtual, len(octets))
            self._virtual -= skipped
            octets = octets[skipped:]
        return octets, rest


def in_whole_lines(content: bytes) -> bytes:
    """Return the octets of a message as they may be sent: every line ends in CRLF.

    Behind a line end that stands alone another server may see the end of the data, and commands
    in what follows (RFC 5321 section 2.3.8).
    """
    lines = _LINE_END.sub(b"\r\n", content)
    return lines if not lines or lines.endswith(b"\r\n") else lines + b"\r\n"


def stuffed(lines: bytes) -> bytes:
    """Return whole lines as they go on the wire, without the dot that ends them."""
    return (b"\r\n" + lines).replace(_DOT, b"\r\n..")[2:]


def _held_back(octets: bytes) -> int:
    """Return how many octets at the end may be the beginning of CRLF . CRLF."""
    for beginning in _BEGINNINGS.get(octets[-1], ()) if octets else ():
        if octets.endswith(beginning):
            return len(beginning)
    return 0
