"""A document laid out for a width: which row shows which piece of which line.

Nothing but what is looked at is broken into rows where a text is long, so that megabytes open at
once: such a text is broken where a row ends, a shorter one between words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from mailcatch.mail.wrap import cell_width, wrap_cells
from mailcatch.tui.model.document import Document, Line, Span

LONG: Final = 200_000
"""Characters past which lines are broken where the row ends and not between words."""

_KEPT: Final = 2_000


class Flow:
    """A document in rows.

    width: cells of a row. wrap: whether longer lines are broken; otherwise each line is one row,
    and `width` is that of the longest.
    """

    def __init__(self, document: Document, width: int, *, wrap: bool) -> None:
        self.document = document
        self._room = max(width, 1)
        self._pieces: dict[int, list[str]] = {}
        texts = [line.text if isinstance(line, Line) else line for line in document.lines]
        self._texts = texts
        self._hard = sum(map(len, texts)) > LONG
        self.wrap = wrap and document.wraps
        if not self.wrap:
            self._starts: list[int] | None = None
            longest = max(map(len, texts), default=0)
            self.width = longest if self._hard else max(map(cell_width, texts), default=0)
            self.height = len(texts)
            return
        self.width = self._room
        self._starts = [0, *accumulate(map(self._rows_of, range(len(texts))))]
        self.height = self._starts[-1]

    def line_of(self, row: int) -> int:
        """Return the line that a row is of."""
        if self._starts is None:
            return row
        return bisect_right(self._starts, row) - 1

    def row_of(self, line: int) -> int:
        """Return the first row of a line."""
        if self._starts is None:
            return line
        return self._starts[min(line, len(self._starts) - 1)]

    def row(self, row: int) -> tuple[Span, ...]:
        """Return what stands in a row."""
        at = self.line_of(row)
        spans = self.document.spans(at)
        if self._starts is None:
            return spans
        piece = row - self._starts[at]
        if self._fits(self._texts[at]):
            return spans
        indent = self._indent(at) if piece else 0
        start, end = self._bounds(at, piece)
        cut = tuple(_cut(spans, start, end))
        return (Span(" " * indent), *cut) if indent else cut

    def _rows_of(self, at: int) -> int:
        text = self._texts[at]
        if self._fits(text):
            return 1
        if self._simple(text):
            return -(-len(text) // self._room)
        return len(self._broken(at))

    def _fits(self, text: str) -> bool:
        return len(text) <= self._room and (text.isascii() or cell_width(text) <= self._room)

    def _simple(self, text: str) -> bool:
        return self._hard and (text.isascii() or cell_width(text) == len(text))

    def _indent(self, at: int) -> int:
        line = self.document.lines[at]
        if not isinstance(line, Line) or self._hard:
            return 0
        return line.indent if line.indent * 2 < self._room else 0

    def _broken(self, at: int) -> list[str]:
        pieces = self._pieces.get(at)
        if pieces is None:
            if len(self._pieces) > _KEPT:
                self._pieces.clear()
            pieces = self._pieces[at] = _wrapped(self._texts[at], self._room, self._indent(at))
        return pieces

    def _bounds(self, at: int, piece: int) -> tuple[int, int]:
        """Return from where to where in its line a piece goes."""
        text = self._texts[at]
        if self._simple(text):
            return piece * self._room, (piece + 1) * self._room
        end = 0
        for one in self._broken(at)[: piece + 1]:
            start = text.find(one, end)
            end = start + len(one)
        return start, end


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    """Break a line; the rows past the first have less room where they are indented."""
    first = wrap_cells(text, width)
    if len(first) == 1 or not indent:
        return first
    rest = text[text.find(first[0]) + len(first[0]) :].lstrip(" ")
    return [first[0], *wrap_cells(rest, width - indent)]


def _cut(spans: tuple[Span, ...], start: int, end: int) -> Iterator[Span]:
    at = 0
    for span in spans:
        piece = span.text[max(start - at, 0) : max(end - at, 0)]
        if piece:
            yield Span(piece, span.role)
        at += len(span.text)
        if at >= end:
            return
