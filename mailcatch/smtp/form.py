"""The form of a message's octets: line ends, line lengths, NUL and 8-bit, seen as they pass by."""

from __future__ import annotations

import re

from mailcatch.smtp.notes import Note

LINE_LIMIT = 998
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")


class Form:
    """Watches the octets of one message and tells what is unusual about them."""

    __slots__ = ("_bare_cr", "_bare_lf", "_column", "_eight_bit", "_head", "_last", "_long", "_nul")

    def __init__(self) -> None:
        self._head = b""
        self._last = b""
        self._column = 0
        self._bare_cr = self._bare_lf = self._eight_bit = self._long = self._nul = False

    def see(self, octets: bytes) -> None:
        """Look at the next octets of the message."""
        if not octets:
            return
        if len(self._head) < LINE_LIMIT:
            self._head += octets[:LINE_LIMIT]
        if not (self._bare_lf and self._bare_cr):
            self._count_line_ends(octets)
        if not self._long:
            self._measure_lines(octets)
        self._eight_bit = self._eight_bit or not octets.isascii()
        self._nul = self._nul or b"\0" in octets
        self._last = octets[-1:]

    def notes(self, *, eight_bit_declared: bool) -> list[Note]:
        """Return what there is to tell, once all octets were seen.

        eight_bit_declared: whether MAIL announced 8-bit content (BODY=8BITMIME or SMTPUTF8).
        """
        if not self._head:
            return [Note("empty-message")]
        found = {
            "no-header": not _FIELD.match(self._head),
            "bare-lf": self._bare_lf,
            "bare-cr": self._bare_cr or self._last == b"\r",
            "nul": self._nul,
            "eight-bit-undeclared": self._eight_bit and not eight_bit_declared,
            "long-line": self._long,
        }
        return [Note(name) for name, present in found.items() if present]

    def _count_line_ends(self, octets: bytes) -> None:
        feeds = octets.count(b"\n")
        returns = octets.count(b"\r")
        pairs = octets.count(b"\r\n") if feeds and returns else 0
        if self._last == b"\r":
            # A pair may stand across two segments.
            if octets[:1] == b"\n":
                feeds -= 1
            else:
                self._bare_cr = True
        if octets[-1:] == b"\r":
            returns -= 1
        self._bare_lf = self._bare_lf or feeds > pairs
        self._bare_cr = self._bare_cr or returns > pairs

    def _measure_lines(self, octets: bytes) -> None:
        """Look for a line past the limit by jumping from line end to line end.

        Without its line end, a line of 998 octets shows at most 999 octets before the line feed.
        """
        size = len(octets)
        allowed = LINE_LIMIT + 2 - self._column
        position = 0
        while size - position >= allowed:
            end = octets.rfind(b"\n", position, position + allowed)
            if end < 0:
                self._long = True
                return
            position = end + 1
            allowed = LINE_LIMIT + 2
        end = octets.rfind(b"\n", position)
        self._column = (
            size - end - 1 if end >= 0 else self._column * (position == 0) + size - position
        )
