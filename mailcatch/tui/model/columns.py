"""Which columns the list has at a width, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from mailcatch.mail.wrap import cell_width, clip_cells, pad_cells
from mailcatch.tui.model.document import Role, Span
from mailcatch.tui.model.facts import Facts
from mailcatch.tui.model.saying import ago, clock, size

Name = Literal["unread", "time", "outcome", "author", "to", "subject", "signs", "size"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list. title: its heading. width: cells, without the gap behind it."""

    name: Name
    title: str
    width: int


_GAP: Final = 1


def columns(width: int, *, absolute: bool) -> tuple[Column, ...]:
    """Return the columns for a width in cells, the subject getting what is left.

    absolute: whether times are those of the clock.
    """
    time = 8 if absolute else 4
    if absolute and width >= 90:
        time = 11
    wanted: list[tuple[Name, str, int]] = [
        ("unread", "", 1),
        ("outcome", "", 4),
        ("time", "Time" if absolute else "Age", time),
    ]
    if width >= 96:
        wanted.append(("author", "From", min(24, width // 5)))
    if width >= 52:
        wanted.append(("to", "To", min(26, width // 4 if width < 100 else width // 5)))
    wanted.append(("subject", "Subject", 0))
    if width >= 36:
        wanted.append(("signs", "", 4))
    if width >= 64:
        wanted.append(("size", "Size", 5))
    taken = 1 + sum(cells for _, _, cells in wanted) + _GAP * (len(wanted) - 1)
    return tuple(
        Column(name, title, cells or max(width - taken, 8)) for name, title, cells in wanted
    )


def heading(shown: tuple[Column, ...]) -> tuple[Span, ...]:
    """Return the line above the list."""
    return (Span(" " + " ".join(_fit(one.title, one) for one in shown), "dim"),)


def cells(
    facts: Facts, shown: tuple[Column, ...], now: datetime, *, absolute: bool, sign: Span
) -> tuple[Span, ...]:
    """Return the row of a message or session. sign: the cell that the row begins with."""
    spans = [sign]
    for column in shown:
        spans.append(_cell(facts, column, now, absolute=absolute))
        spans.append(Span(" " * _GAP))
    return tuple(spans[:-1])


def _cell(facts: Facts, column: Column, now: datetime, *, absolute: bool) -> Span:
    role: Role = ""
    match column.name:
        case "unread":
            text, role = "●" if facts.unread else "", "name"
        case "time":
            text = clock(facts.at, now) if absolute else ago(facts.at, now)
            if absolute and cell_width(text) > column.width:
                text = text[:5]
            role = "dim"
        case "outcome":
            text, role = facts.outcome, facts.role
        case "author":
            text, role = facts.author, "dim"
        case "to":
            text = facts.to
        case "subject":
            tags = "".join(f"#{tag} " for tag in facts.tags)
            text, role = tags + facts.subject, "strong" if facts.unread else ""
            role = facts.role if not facts.octets and facts.role == "bad" else role
        case "signs":
            text, role = signs(facts), "dim"
        case "size":
            text, role = size(facts.octets) if facts.octets else "", "dim"
    return Span(_fit(text, column), role)


def signs(facts: Facts) -> str:
    """Return what is worth a look, in a few characters: tries, files, notes."""
    tries = f"↻{min(facts.tries, 99)}" if facts.tries > 1 else ""
    return tries + ("+" if facts.files else "") + ("!" if facts.notes else "")


def _fit(text: str, column: Column) -> str:
    right = column.name in ("time", "size", "signs")
    return pad_cells(clip_cells(text, column.width), column.width, right=right)
