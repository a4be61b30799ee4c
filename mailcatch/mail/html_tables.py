"""Tables that hold data, laid out in columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mailcatch.mail.wrap import cell_width, pad_cells, wrap_cells

_GAP = "  "
_NARROWEST_COLUMN = 6
_NUMBER = re.compile(
    r"[-+\u2212]?[^\w\s]?\s?[A-Z]{0,3}\s?[-+\u2212]?\d[\d.,'\s]*\s?(?:%|[^\w\s]|[A-Z]{3})?"
)


class Cell(NamedTuple):
    """One cell: safe text, its line breaks kept, and how many columns it covers."""

    text: str
    span: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and whether they are the headings of the columns."""

    cells: tuple[Cell, ...]
    heading: bool = False


def lay_out_table(rows: Sequence[Row], width: int) -> list[str]:
    """Give the lines of a table, columns aligned and cells wrapped to fit the width.

    Columns of numbers are set to the right. A table with more columns than the width has room for
    is given one cell a line, each with the heading of its column.
    """
    count = max((sum(cell.span for cell in row.cells) for row in rows), default=0)
    if count == 0:
        return []
    right = _numeric_columns(rows, count)
    rows = _headed(rows, right)
    if count * (_NARROWEST_COLUMN + len(_GAP)) > width + len(_GAP):
        return _one_cell_a_line(rows, width)
    widths = _column_widths(rows, count, width)
    lines: list[str] = []
    for at, row in enumerate(rows):
        lines += _row_lines(row, widths, right)
        if row.heading and not (at + 1 < len(rows) and rows[at + 1].heading):
            lines.append(_GAP.join("─" * cells for cells in widths))
    return lines


def _headed(rows: Sequence[Row], right: Sequence[bool]) -> Sequence[Row]:
    """Take the first row as headings where it only looks so: words above columns of numbers."""
    first = rows[0]
    words = [cell.text for cell in first.cells if cell.span == 1 and _may_be_heading(cell.text)]
    if first.heading or len(rows) < 3 or len(words) < len(right) or not any(right):
        return rows
    if len(words) > 2 or all(right):
        return [Row(first.cells, heading=True), *rows[1:]]
    return rows


def _may_be_heading(text: str) -> bool:
    return text != "" and not any(char.isdigit() for char in text)


def _column_widths(rows: Sequence[Row], count: int, width: int) -> list[int]:
    """Give each column what it wants, then take from the widest until the table fits."""
    wanted = [1] * count
    for row in rows:
        column = 0
        for cell in row.cells:
            if cell.span == 1 and column < count and _may_be_wider(cell.text, wanted[column]):
                longest = max(map(cell_width, cell.text.split("\n")))
                wanted[column] = max(wanted[column], longest)
            column += cell.span
    room = width - len(_GAP) * (count - 1)
    wanted = [min(cells, room) for cells in wanted]
    excess = sum(wanted) - room
    while excess > 0:
        widest = max(wanted)
        holders = [column for column, cells in enumerate(wanted) if cells == widest]
        second = max((cells for cells in wanted if cells < widest), default=1)
        step = max(1, min(widest - second, excess // len(holders)))
        for column in holders:
            taken = min(step, excess)
            wanted[column] -= taken
            excess -= taken
    return wanted


def _may_be_wider(text: str, cells: int) -> bool:
    """Say without measuring that a short text fits, as most cells do."""
    return len(text) > cells or not text.isascii()


def _numeric_columns(rows: Sequence[Row], count: int) -> list[bool]:
    """Tell which columns hold numbers or amounts and nothing else.

    Their headings aside, and the first of three rows, which may be one.
    """
    seen = [False] * count
    other = [False] * count
    for row in rows[1:] if len(rows) > 2 else rows:
        column = 0
        for cell in row.cells:
            text = cell.text
            if text and not other[column] and cell.span == 1 and not row.heading:
                seen[column] = True
                other[column] = len(text) > 30 or _NUMBER.fullmatch(text) is None
            column += cell.span
    return [numbers and not words for numbers, words in zip(seen, other, strict=True)]


def _row_lines(row: Row, widths: list[int], right: list[bool]) -> list[str]:
    line = _one_line(row, widths, right)
    return _lines_of(row, widths, right) if line is None else [line]


def _one_line(row: Row, widths: list[int], right: list[bool]) -> str | None:
    """Give the line of a row of short cells, as most rows are; None for any other."""
    pieces: list[str] = []
    for cell, cells, to_right in zip(row.cells, widths, right, strict=False):
        text = cell.text
        if cell.span != 1 or len(text) > cells or not text.isascii() or "\n" in text:
            return None
        pieces.append(text.rjust(cells) if to_right else text.ljust(cells))
    return _GAP.join(pieces).rstrip()


def _lines_of(row: Row, widths: list[int], right: list[bool]) -> list[str]:
    columns: list[tuple[list[str], int, bool]] = []
    at = 0
    for cell in row.cells:
        covered = widths[at : at + cell.span]
        cells = sum(covered) + len(_GAP) * (len(covered) - 1)
        lines = [line for text in cell.text.split("\n") for line in wrap_cells(text, cells)]
        columns.append((lines, cells, cell.span == 1 and right[at]))
        at += cell.span
    height = max((len(lines) for lines, _, _ in columns), default=0)
    return [
        _GAP.join(
            pad_cells(lines[line] if line < len(lines) else "", cells, right=to_right)
            for lines, cells, to_right in columns
        ).rstrip()
        for line in range(height)
    ]


def _one_cell_a_line(rows: Sequence[Row], width: int) -> list[str]:
    headings: tuple[Cell, ...] = ()
    lines: list[str] = []
    for row in rows:
        if row.heading:
            headings = row.cells
            continue
        if lines:
            lines.append("")
        for column, cell in enumerate(row.cells):
            label = headings[column].text if column < len(headings) else ""
            text = f"{label}: {cell.text}" if label else cell.text
            for line in text.split("\n"):
                lines += wrap_cells(line, width)
    return lines
