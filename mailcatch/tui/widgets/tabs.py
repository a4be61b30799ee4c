"""The tabs of views: in one row where there is room, with shorter names where there is less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mailcatch.mail.wrap import cell_width
from mailcatch.tui.model.document import Role, Span
from mailcatch.tui.widgets.spans import Hit

_SHORTER: Final = {"Headers": "Head", "Transcript": "SMTP", "Attempts": "Tries"}


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab. key: that chooses it, "" for none. action: of the key. suits: whether it can be."""

    key: str
    name: str
    action: str
    suits: bool

    def title(self, *, shorter: bool) -> str:
        """Return what it is called."""
        return _SHORTER.get(self.name, self.name) if shorter else self.name

    def spans(self, role: Role, blank: Span, *, shorter: bool) -> Iterator[Span]:
        """Give what is painted. role: of the chosen one, "" for others. blank: stands before it."""
        yield blank
        if self.key:
            yield Span(f"{self.key} ", role or ("name" if self.suits else "off"))
        yield Span(self.title(shorter=shorter), role or ("" if self.suits else "off"))

    def width(self, *, shorter: bool) -> int:
        """Return the cells that key and title take."""
        return cell_width(f"{self.key} {self.title(shorter=shorter)}".lstrip())


Rows = list[tuple[Span, ...]]


def tabs(
    wanted: Sequence[Tab], chosen: str, width: int, *, focus: bool
) -> tuple[Rows, dict[int, list[Hit]]]:
    """Return rows of tabs and what clicks on them do.

    chosen: the name of the one that is shown. width: cells. focus: whether keys are for its text.
    """
    shorter = 1 + sum(one.width(shorter=False) + 1 for one in wanted) > width
    # A blank between two tabs belongs to both of them, two where there is room for it.
    roomy = sum(one.width(shorter=shorter) + 2 for one in wanted) <= width
    rows: Rows = []
    hits: dict[int, list[Hit]] = {}
    row: list[Span] = []
    at = 0
    before: Role = ""
    for one in wanted:
        cells = one.width(shorter=shorter) + 2
        if row and at + cells > width:
            rows.append((*row, Span(" ", before)))
            row, at, before = [], 0, ""
        role: Role = "bar" if focus else "tab"
        mine: Role = role if one.name == chosen else ""
        row += one.spans(mine, Span(" ", mine or before), shorter=shorter)
        if one.suits and one.action:
            hits.setdefault(len(rows), []).append(Hit(at, at + cells, one.action))
        at += cells - 1
        before = mine
        if roomy:
            row.append(Span(" ", mine))
            at, before = at + 1, ""
    rows.append(tuple(row) if roomy else (*row, Span(" ", before)))
    return rows, hits
