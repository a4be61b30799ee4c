"""Blocks made of the text, breaks, lists, quotes and tables that a walk over HTML meets."""

import re
from dataclasses import dataclass, field

from mailcatch.mail.html_blocks import Block, Box
from mailcatch.mail.html_cells import TableRow, data_rows, first_block, side_by_side
from mailcatch.mail.safe import safe_lines

DEEPEST_PREFIX = 10
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANKS = re.compile(r"[^\S\n]+")


@dataclass(slots=True)
class _Prefix:
    """A quote mark or a list item: what its first line and its others begin with."""

    first: str
    rest: str
    used: bool = False


@dataclass(slots=True)
class _Table:
    """A table being read; whether it holds data is known at its end."""

    outside: Box
    depth: int
    rows: list[TableRow] = field(default_factory=list)
    has_table: bool = False
    caption: Box = field(default_factory=list)


class BlockBuilder:
    """Collects inline text into blocks.

    The caller says what it meets, in order; `finish()` gives the boxes.
    """

    def __init__(self) -> None:
        self._root: Box = []
        self._box = self._root
        self._inline: list[str] = []
        self._prefixes: list[_Prefix] = []
        self._tables: list[_Table] = []
        self._gap = False
        self._pre = 0

    # Inline content

    def text(self, text: str) -> None:
        """Take text, white space as it stands in the source."""
        if not self._pre:
            if "  " in text or not text.isprintable():
                text = _HTML_SPACE.sub(" ", text)
            if text == " " and (not self._inline or self._inline[-1][-1:] in (" ", "\n")):
                return
        self._inline.append(text)

    def line_break(self) -> None:
        """Take a `<br>`."""
        self._inline.append("\n")

    def marker(self, text: str) -> None:
        """Put a mark behind what came last, even when its block is already closed."""
        if self._box and not "".join(self._inline).strip():
            last = self._box[-1]
            while isinstance(last, list):
                last = last[-1]
            if last.kind == "text":
                last.text += text
                return
        while self._inline and self._inline[-1] == " ":
            self._inline.pop()
        self._inline.append(text)

    # Blocks

    def block(self, *, gap: bool) -> None:
        """End the paragraph; with `gap`, an empty line goes before the next."""
        if self._inline:
            self._flush()
        self._gap = self._gap or gap

    def end_block(self) -> None:
        """End a block."""
        self.block(gap=False)

    def end_spaced_block(self) -> None:
        """End a block that is followed by an empty line."""
        self.block(gap=True)

    def rule(self) -> None:
        """Take a `<hr>`."""
        self.block(gap=True)
        self._add(Block("rule"))
        self._gap = True

    def begin_pre(self) -> None:
        """Begin preformatted text."""
        self.block(gap=True)
        self._pre += 1

    def end_pre(self) -> None:
        """End preformatted text."""
        self.block(gap=True)
        self._pre -= 1

    def begin_prefix(self, first: str, rest: str) -> None:
        """Begin an indented or quoted stretch."""
        self._flush()
        self._prefixes.append(_Prefix(first, rest))

    def end_prefix(self) -> None:
        """End the innermost indented or quoted stretch."""
        self._flush()
        self._prefixes.pop()

    # Tables

    def begin_table(self) -> None:
        """Begin a table."""
        self._flush()
        if self._tables:
            self._tables[-1].has_table = True
        self._tables.append(_Table(self._box, len(self._prefixes)))

    def begin_row(self) -> None:
        """Begin a row of the innermost table."""
        self._flush()
        if self._tables:
            self._tables[-1].rows.append(TableRow())

    def begin_cell(self, *, heading: bool, span: int = 1, rows: int = 1) -> None:
        """Begin a cell of the innermost row. span, rows: how many columns and rows it covers."""
        if self._inline:
            self._flush()
        if not self._tables:
            return
        table = self._tables[-1]
        if not table.rows:
            table.rows.append(TableRow())
        row = table.rows[-1]
        row.heading = row.heading and heading
        self._box = []
        row.cells.append((self._box, span, rows))

    def lone_cell(self, text: str, *, heading: bool) -> None:
        """Take a cell that holds a text and nothing else."""
        if self._pre or self._gap or self._prefixes or not self._tables:
            self.begin_cell(heading=heading)
            self.text(text)
            self.end_inside_table()
            return
        self.begin_cell(heading=heading)
        clean = _tidy(safe_lines(_HTML_SPACE.sub(" ", text)))
        if clean:
            self._box.append(Block("text", clean))
        self._box = self._tables[-1].outside

    def begin_caption(self) -> None:
        """Begin the caption of the innermost table."""
        self._flush()
        if self._tables:
            self._box = self._tables[-1].caption

    def end_inside_table(self) -> None:
        """End a cell or a caption; text until the next one belongs in front of the table."""
        if self._inline:
            self._flush()
        if self._tables:
            self._box = self._tables[-1].outside

    def end_spaced_cell(self) -> None:
        """End a cell that is followed by an empty line where it is not one of data."""
        self.end_inside_table()
        self._gap = True

    def end_table(self) -> None:
        """End the innermost table, and lay it out or take it apart."""
        self._flush()
        if not self._tables:
            return
        table = self._tables.pop()
        self._box = table.outside
        self._box.extend(table.caption)
        rows = () if table.has_table else data_rows(table.rows)
        if rows:
            self._gap = True
            self._add(Block("table", rows=rows))
            self._gap = True
            return
        apart = False
        for box in map(side_by_side, table.rows):
            if box and apart:
                first_block(box).gap = True
            apart = len(box) > 1 or (apart and not box)
            self._box.extend(box)
        self._gap = self._gap or apart

    def finish(self) -> Box:
        """End whatever is open."""
        while self._tables:
            self.end_table()
        self._flush()
        return self._root

    def _flush(self) -> None:
        if not self._inline:
            return
        raw = self._inline[0] if len(self._inline) == 1 else "".join(self._inline)
        self._inline.clear()
        if self._pre:
            text = safe_lines(raw).strip("\n")
            if text.strip():
                self._add(Block("pre", text))
            return
        text = _tidy(safe_lines(raw))
        if "\n" in raw:
            self._gap = self._gap or _begins_empty(raw)
        if text:
            self._add(Block("text", text))
            self._gap = _ends_empty(raw)

    def _add(self, block: Block) -> None:
        for prefix in self._prefixes[:DEEPEST_PREFIX]:
            block.first += prefix.rest if prefix.used else prefix.first
            block.rest += prefix.rest
            prefix.used = True
        block.gap = self._gap
        self._gap = False
        self._box.append(block)


def _tidy(text: str) -> str:
    """Collapse blanks, trim each line, and keep one empty line at most between two."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    lines: list[str] = []
    for line in text.split("\n"):
        trimmed = _BLANKS.sub(" ", line).strip()
        if trimmed or (lines and lines[-1]):
            lines.append(trimmed)
    while lines and not lines[-1]:
        lines.pop()
    return "\n".join(lines)


def _begins_empty(raw: str) -> bool:
    """Whether a paragraph begins with a line break, which makes an empty line."""
    return raw.lstrip(" ").startswith("\n")


def _ends_empty(raw: str) -> bool:
    """Whether a paragraph ends in line breaks of which the last makes an empty line."""
    end = raw[len(raw.rstrip()) :]
    return end.count("\n") > 1
