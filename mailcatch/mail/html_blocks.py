"""The blocks a rendered mail is made of, and their layout as lines of a width."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mailcatch.mail.html_tables import Row, lay_out_table
from mailcatch.mail.wrap import cell_width, wrap_cells

NARROWEST = 20
"""Cells left for text however deep it is quoted."""


@dataclass(slots=True)
class Block:
    """A paragraph, a preformatted text, a table or a rule.

    Attributes:
        kind: how `text` and `rows` are read.
        text: safe text; "\\n" is a line break that the mail asked for.
        rows: the rows of a table.
        first: what stands before the first line (a bullet, a quote mark).
        rest: what stands before the others.
        gap: whether an empty line goes before it.
    """

    kind: Literal["text", "pre", "table", "rule"]
    text: str = ""
    rows: tuple[Row, ...] = ()
    first: str = ""
    rest: str = ""
    gap: bool = False


# Boxes hold boxes: what an inner table left is put into the outer one whole, never copied.
Box = list["Block | Box"]


def flatten(box: Box) -> Iterator[Block]:
    """Give the blocks of nested boxes in order."""
    stack: list[Iterator[Block | Box]] = [iter(box)]
    while stack:
        for item in stack[-1]:
            if isinstance(item, list):
                stack.append(iter(item))
                break
            yield item
        else:
            stack.pop()


def lay_out(blocks: Iterable[Block], width: int) -> list[str]:
    """Give the lines of a document.

    None is wider than `width` but those of a preformatted text and long addresses of the web.
    """
    lines: list[str] = []
    before = ""
    for block in blocks:
        if block.gap and lines:
            lines.append(_shared(before, block.rest).rstrip())
        before = block.rest
        if block.kind == "text" and not block.first and not block.rest and "\n" not in block.text:
            lines += wrap_cells(block.text, max(width, NARROWEST), whole_links=True)
            continue
        room = max(width - cell_width(block.rest), NARROWEST)
        prefix = block.first
        for line in _lines(block, room):
            lines.append((prefix + line).rstrip())
            prefix = block.rest
    return lines


def _lines(block: Block, room: int) -> Iterator[str]:
    if block.kind == "rule":
        yield "─" * min(room, 40)
    elif block.kind == "table":
        yield from lay_out_table(block.rows, room)
    elif block.kind == "pre":
        yield from block.text.split("\n")
    else:
        for line in block.text.split("\n"):
            yield from wrap_cells(line, room, whole_links=True)


def _shared(one: str, other: str) -> str:
    """Give the beginning that two prefixes share: a quote goes on through the gap, a bullet not."""
    for at, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return one[:at]
    return min(one, other, key=len)
