"""Blocks made of the text, breaks, lists, quotes and tables that a walk over HTML meets."""

import re
from dataclasses import dataclass, field

from mailcatch.mail.html_blocks import Block, Box
from mailcatch.mail.html_tables import Cell, Row
from mailcatch.mail.safe import safe_lines

DEEPEST_PREFIX = 10
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANKS = re.compile(r"[^\S\n]+")
_LONGEST_DATA_CELL = 200
_MOST_COLUMNS = 12
_LONGEST_JOINED_ROW = 70


@dataclass(slots=True)
class _Prefix:
    """A quote mark or a list item: what its first line and its others begin with."""

    first: str
    rest: str
    used: bool = False


@dataclass(slots=True)
class _Row:
    cells: list[tuple[Box, int]] = field(default_factory=list)
    heading: bool = True


@dataclass(slots=True)
class _Table:
    """A table being read; whether it holds data is known at its end."""

    outside: Box
    depth: int
    rows: list[_Row] = field(default_factory=list)
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
        if not "".join(self._inline).strip() and self._box and isinstance(self._box[-1], Block):
            last = self._box[-1]
            if last.kind == "text":
                last.text += text
                return
        while self._inline and self._inline[-1] == " ":
            self._inline.pop()
        self._inline.append(text)

    # Blocks

    def block(self, *, gap: bool) -> None:
        """End the paragraph; with `gap`, an empty line goes before the next."""
        self._flush()
        self._gap = self._gap or gap

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
            self._tables[-1].rows.append(_Row())

    def begin_cell(self, *, heading: bool, span: int) -> None:
        """Begin a cell of the innermost row."""
        self._flush()
        if not self._tables:
            return
        table = self._tables[-1]
        if not table.rows:
            table.rows.append(_Row())
        row = table.rows[-1]
        row.heading = row.heading and heading
        self._box = []
        row.cells.append((self._box, span))

    def begin_caption(self) -> None:
        """Begin the caption of the innermost table."""
        self._flush()
        if self._tables:
            self._box = self._tables[-1].caption

    def end_inside_table(self) -> None:
        """End a cell or a caption; text until the next one belongs in front of the table."""
        self._flush()
        if self._tables:
            self._box = self._tables[-1].outside

    def end_table(self) -> None:
        """End the innermost table, and lay it out or take it apart."""
        self._flush()
        if not self._tables:
            return
        table = self._tables.pop()
        self._box = table.outside
        self._box.extend(table.caption)
        rows = _data_rows(table)
        if rows:
            self._gap = True
            self._add(Block("table", rows=rows))
            self._gap = True
            return
        for row in table.rows:
            joined = _joined(row)
            if joined is not None:
                self._box.append(joined)
            else:
                self._box.extend(box for box, _ in row.cells if box)

    def finish(self) -> Box:
        """End whatever is open."""
        while self._tables:
            self.end_table()
        self._flush()
        return self._root

    def _flush(self) -> None:
        if not self._inline:
            return
        text = "".join(self._inline)
        self._inline = []
        if self._pre:
            text = safe_lines(text).strip("\n")
            if text.strip():
                self._add(Block("pre", text))
            return
        text = _tidy(safe_lines(text))
        if text:
            self._add(Block("text", text))

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


def _data_rows(table: _Table) -> tuple[Row, ...]:
    """Give the rows of a table that holds data; none when it only places things on the page."""
    if table.has_table:
        return ()
    rows: list[Row] = []
    regular = headed = 0
    for row in table.rows:
        cells: list[Cell] = []
        for box, span in row.cells:
            text = _cell_text(box)
            if text is None:
                return ()
            cells.append(Cell(text, span))
        filled = sum(1 for cell in cells if cell.text)
        if filled == 0:
            continue
        if sum(cell.span for cell in cells) > _MOST_COLUMNS:
            return ()
        heading = row.heading and filled > 1
        regular += filled > 1 and not heading
        headed += heading
        rows.append(Row(tuple(cells), heading))
    return tuple(rows) if regular >= 2 or (regular and headed) else ()


def _cell_text(box: Box) -> str | None:
    """Give the text of a cell that could hold a datum, None for any other."""
    if not box:
        return ""
    lines: list[str] = []
    for block in box:
        if not isinstance(block, Block) or block.kind != "text" or block.first != block.rest:
            return None
        lines.append(block.text)
    text = "\n".join(lines)
    return text if len(text) <= _LONGEST_DATA_CELL else None


def _joined(row: _Row) -> Block | None:
    """Give one line for a row of a few short texts (a menu, "label: value"), None for any other."""
    blocks: list[Block] = []
    for box, _ in row.cells:
        if not box:
            continue
        block = box[0]
        if (
            len(box) > 1
            or not isinstance(block, Block)
            or block.kind != "text"
            or "\n" in block.text
        ):
            return None
        blocks.append(block)
    text = "   ".join(block.text for block in blocks)
    if len(blocks) < 2 or len(text) > _LONGEST_JOINED_ROW:
        return None
    return Block("text", text, first=blocks[0].first, rest=blocks[0].rest, gap=blocks[0].gap)
