"""What the cells of an HTML table are: data in rows and columns, or things placed on a page."""

from dataclasses import dataclass, field

from mailcatch.mail.html_blocks import Block, Box
from mailcatch.mail.html_tables import Cell, Row
from mailcatch.mail.wrap import cell_width

_LONGEST_DATA_CELL = 200
_MOST_COLUMNS = 12
_LONGEST_JOINED_ROW = 70
_LONGEST_MARK = 3
_MOST_MARKED = 20


@dataclass(slots=True)
class TableRow:
    """A row as it is read.

    Attributes:
        cells: what stands in each, and how many columns and rows it covers.
        heading: whether all of them are headings.
    """

    cells: list[tuple[Box, int, int]] = field(default_factory=list)
    heading: bool = True


def data_rows(rows: list[TableRow]) -> tuple[Row, ...]:
    """Give the rows of a table that holds data; none when it only places things on the page."""
    found: list[Row] = []
    hanging: dict[int, int] = {}
    regular = headed = 0
    for row in rows:
        cells: list[Cell] = []
        filled = 0
        new: list[tuple[int, int, int]] = []
        for box, span, down in row.cells:
            text = _cell_text(box) if box else ""
            if text is None:
                return ()
            if hanging:
                _take_hanging(hanging, cells)
            if down > 1:
                new.append((len(cells), span, down - 1))
            filled += text != ""
            cells.append(Cell(text, span))
        if hanging:
            _take_hanging(hanging, cells)
        for column, span, down in new:
            hanging |= dict.fromkeys(range(column, column + span), down)
        if filled == 0:
            continue
        if sum([cell.span for cell in cells]) > _MOST_COLUMNS:
            return ()
        heading = row.heading and filled > 1
        regular += filled > 1 and not heading
        headed += heading
        found.append(Row(tuple(cells), heading))
    return tuple(found) if regular >= 2 or (regular and headed) else ()


def _take_hanging(hanging: dict[int, int], cells: list[Cell]) -> None:
    """Leave the columns empty that a cell of a row above covers."""
    column = sum([cell.span for cell in cells])
    while left := hanging.get(column):
        cells.append(Cell(""))
        hanging[column] = left - 1
        column += 1


def _cell_text(box: Box) -> str | None:
    """Give the text of a cell that could hold a datum, None for any other."""
    lines: list[str] = []
    for block in box:
        if type(block) is not Block or block.kind != "text" or block.first != block.rest:
            return None
        lines.append(block.text)
    text = lines[0] if len(lines) == 1 else "\n".join(lines)
    return text if len(text) <= _LONGEST_DATA_CELL else None


def side_by_side(row: TableRow) -> Box:
    """Give what a row holds, one cell after the other where they do not fit into one line."""
    boxes = [box for box, _, _ in row.cells if box]
    if len(boxes) < 2:
        return [*boxes]
    lines = [_line(box) for box in boxes]
    texts = [line.text for line in lines if line is not None]
    joined = "   ".join(texts)
    if len(texts) == len(boxes) and len(joined) <= _LONGEST_JOINED_ROW:
        first = boxes[0][0]
        assert isinstance(first, Block)
        return [Block("text", joined, first=first.first, rest=first.rest, gap=first.gap)]
    mark = lines[0]
    if mark is not None and _marks(mark.text, boxes):
        return [_marked(mark, boxes[1])]
    for before, after in zip(lines, boxes[1:], strict=False):
        if before is None:
            first_block(after).gap = True
    return [*boxes]


def _line(box: Box) -> Block | None:
    """Give the block of a cell that is one line of text, None for any other."""
    block = box[0]
    if len(box) > 1 or type(block) is not Block or block.kind != "text" or "\n" in block.text:
        return None
    return block


def _marks(text: str, boxes: list[Box]) -> bool:
    """Whether the first of two cells is a bullet, a number or a sign before the other."""
    if len(boxes) != 2 or cell_width(text) > _LONGEST_MARK or len(boxes[1]) > _MOST_MARKED:
        return False
    return all(isinstance(block, Block) for block in boxes[1])


def _marked(mark: Block, box: Box) -> Box:
    """Give a cell as an item of a list."""
    indent = " " * (cell_width(mark.text) + 1)
    before = f"{mark.text} "
    for block in box:
        assert isinstance(block, Block)
        # What stands before the mark, such as that of a quotation, stands before the cell too.
        at = len(mark.rest)
        block.first = f"{block.first[:at]}{before}{block.first[at:]}"
        block.rest = f"{block.rest[:at]}{indent}{block.rest[at:]}"
        before = indent
    first = box[0]
    assert isinstance(first, Block)
    first.gap = first.gap or mark.gap
    return box


def first_block(box: Box) -> Block:
    """Give the first of the blocks in a box, which has to hold one."""
    item = box[0]
    while isinstance(item, list):
        item = item[0]
    return item
