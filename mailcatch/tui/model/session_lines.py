"""The list of sessions as text."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mailcatch.mail import clip_cells, pad_cells
from mailcatch.mailbox.index.rows import SessionSummary
from mailcatch.tui.model.document import Line, Role, Span, ToEntry, line
from mailcatch.tui.model.saying import ago, clock

_SIGN: Final = 5
_CLOCK: Final = 12
_AGE: Final = 4
_WHAT: Final = 20


def session_heading(width: int) -> tuple[Span, ...]:
    """Return the line above the sessions."""
    at = f"{'When':<{_CLOCK}} " if _roomy(width) else ""
    return (Span(f" {'':<{_SIGN}}{at}{'Age':>{_AGE}}  {'What came of it':<{_WHAT}} Who", "dim"),)


def session_line(one: SessionSummary, now: datetime, width: int, *, live: bool) -> Line:
    """Return a session for a width in cells; it leads to what was said in it."""
    sign, role = _sign(one, live=live)
    refused = one.refused or one.turned_away
    at = f"{clock(one.began, now):<{_CLOCK}} " if _roomy(width) else ""
    left = f"{at}{ago(one.began, now):>{_AGE}}  "
    what = pad_cells(clip_cells(_what(one), _WHAT), _WHAT)
    who = clip_cells(one.user or one.peer, max(width - 1 - _SIGN - len(left) - _WHAT - 1, 4))
    return line(
        Span(f" {sign:<{_SIGN}}", role),
        Span(left, "dim"),
        Span(f"{what} ", "bad" if refused else ""),
        Span(who, "dim"),
        target=ToEntry(one.name),
    )


def _what(one: SessionSummary) -> str:
    stored = f"{one.stored} stored" if one.stored else ""
    refused = f"{one.refused} refused" if one.refused else ""
    away = " ".join(("turned away", one.reply[:3])).strip() if one.turned_away else ""
    return ", ".join(filter(None, (stored, refused, away))) or "nothing sent"


def _sign(one: SessionSummary, *, live: bool) -> tuple[str, Role]:
    if live:
        return "live", "name"
    if one.refused or one.turned_away:
        return "✗", "bad"
    if one.ended is None:
        return "…", "dim"
    return ("✓", "good") if one.stored else ("·", "dim")


def _roomy(width: int) -> bool:
    """Whether there is room for the time of the clock beside the age."""
    return width >= 56
