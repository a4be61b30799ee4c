"""Every try at sending a mail, in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.tui.model.document import Document, Line, Span, ToEntry, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import full, gap
from mailcatch.tui.model.story import outcome, told
from mailcatch.tui.views.view import Wish

_BAR: Final = 24


class AttemptsView:
    """The story of a mail: when it was tried, what was answered, and how the gaps grew."""

    name = "Attempts"
    details = ""

    def suits(self, opened: Opened) -> int:
        """Whatever came through a session has a story."""
        if opened.is_session:
            return 50
        message = opened.message
        return 25 if message is not None else 0

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the timeline."""
        attempts = opened.story.attempts
        if not attempts:
            return Document((), remark="Nothing was sent in this session.")
        longest = max((one.gap.total_seconds() for one in attempts if one.gap), default=0.0)
        room = min(_BAR, max(wish.width - 40, 4))
        lines: list[Line] = [line(Span(told(attempts), "title")), line(Span(""))]
        for number, one in enumerate(attempts, 1):
            here = opened.name in (one.message, one.session)
            lines += _attempt(number, one, longest, room, here=here)
        return Document(lines)


def _attempt(number: int, one: Attempt, longest: float, room: int, *, here: bool) -> Iterator[Line]:
    what, role = outcome(one)
    if one.gap is not None:
        seconds = one.gap.total_seconds()
        cells = round(seconds / longest * room) if longest else 0
        yield line(Span(f"     │ {gap(one.gap):<12}", "dim"), Span("▇" * max(cells, 1), "quote"))
    to = ToEntry(one.message or one.session) if one.message or one.session else None
    yield line(
        Span(f"{'▸' if here else ' '}{number:>3} ", "strong" if here else "dim"),
        Span("✓ " if role == "good" else "✗ ", role),
        Span(f"{what:<8}", role),
        Span(full(one.at)[:19]),
        target=to,
        indent=7,
    )
    where = f" (at {one.stage})" if one.stage and role == "bad" else ""
    said = one.reply or ("the client gave up" if one.outcome == "reset" else "no reply was sent")
    if role == "bad" or one.reply:
        yield line(
            Span("       "), Span(f"{said}{where}", role if role == "bad" else "dim"), indent=7
        )
    if one.rule:
        yield line(Span("       "), Span(f"⚑ rule {one.rule}", "mark"), indent=7)
