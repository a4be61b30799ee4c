"""The form of a message's octets: line ends, line lengths, NUL and 8-bit, seen as they pass by."""

from __future__ import annotations

import re
from io import IncrementalNewlineDecoder
from typing import Final

from mailcatch.smtp.notes import Note

LINE_LIMIT: Final = 998
HEAD_LIMIT: Final = 64 * 1024
"""Octets from the beginning of a message that are kept at hand."""
_WHOLE_LINE: Final = LINE_LIMIT + len(b"\r\n")
_FIELD: Final = re.compile(rb"[!-9;-~]+[ \t]*:")


class Form:
    """Watches the octets of one message and tells what is unusual about them.

    head: its first octets, HEAD_LIMIT of them or all.
    """

    __slots__ = ("_column", "_eight_bit", "_line_ends", "_long", "_nul", "head")

    def __init__(self) -> None:
        self.head = b""
        self._column = 0
        self._eight_bit = self._long = self._nul = False
        # The standard library's quickest way to know which line ends a text has: four times as
        # quick as counting them, and right about a CR and LF that arrive apart.
        self._line_ends = IncrementalNewlineDecoder(None, translate=False)

    def see(self, octets: bytes) -> None:
        """Look at the next octets of the message."""
        if len(self.head) < HEAD_LIMIT:
            self.head += octets[: HEAD_LIMIT - len(self.head)]
        self._line_ends.decode(octets.decode("latin-1"))
        if not self._long:
            self._measure_lines(octets)
        self._eight_bit = self._eight_bit or not octets.isascii()
        self._nul = self._nul or b"\0" in octets

    def notes(self, *, eight_bit_declared: bool, binary_declared: bool = False) -> list[Note]:
        """Return what there is to tell, once all octets were seen.

        eight_bit_declared: whether MAIL announced 8-bit content (BODY=8BITMIME or SMTPUTF8).
        binary_declared: whether it announced octets in no lines at all (BODY=BINARYMIME).
        """
        if not self.head:
            return [Note("empty-message")]
        found = []
        if not _FIELD.match(self.head):
            found.append(Note("no-header"))
        if binary_declared:
            return found
        # A CR at the very end of the message, which only a chunk can have, is known by now.
        self._line_ends.decode("", final=True)
        ends = self._line_ends.newlines
        if ends != "\r\n":
            seen = (ends,) if isinstance(ends, str) else ends or ()
            found += [Note(name) for name, end in _BARE.items() if end in seen]
        if self._nul:
            found.append(Note("nul"))
        if self._eight_bit and not eight_bit_declared:
            found.append(Note("eight-bit-undeclared"))
        if self._long:
            found.append(Note("long-line"))
        return found

    def _measure_lines(self, octets: bytes) -> None:
        """Look for a line past the limit by jumping from line end to line end."""
        size = len(octets)
        position = 0
        allowed = _WHOLE_LINE - self._column
        while size - position >= allowed:
            end = octets.rfind(b"\n", position, position + allowed)
            if end < 0:
                self._long = True
                return
            position = end + 1
            allowed = _WHOLE_LINE
        end = octets.rfind(b"\n", position)
        if end >= 0:
            self._column = size - end - 1
        else:
            self._column = size - position + (self._column if position == 0 else 0)


_BARE: Final = {"bare-lf": "\n", "bare-cr": "\r"}
