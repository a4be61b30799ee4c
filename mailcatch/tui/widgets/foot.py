"""The line at the bottom: what the keys do here, or for a moment what just happened."""

from __future__ import annotations

from collections.abc import Sequence

from textual.timer import Timer

from mailcatch.mail import cell_width, clip_cells
from mailcatch.tui.hints import Hint
from mailcatch.tui.model.document import Role, Span
from mailcatch.tui.widgets.spans import Hit, SpanLines

_SECONDS = 5.0


class Foot(SpanLines):
    """Hints of keys; a notice takes their place for some seconds, and never that of a mail.

    log_key: shows a notice that is too long for the line.
    """

    def __init__(self, log_key: str) -> None:
        super().__init__(id="foot")
        self._log_key = log_key
        self._hints: Sequence[Hint] = ()
        self._notice: Timer | None = None

    @property
    def telling(self) -> bool:
        """Whether a notice is there, in the place of the hints."""
        return self._notice is not None

    def offer(self, hints: Sequence[Hint]) -> None:
        """Show what can be done, the most useful first."""
        self._hints = hints
        if self._notice is None:
            self._hint()

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Say what happened. text: safe to show."""
        if self._notice is not None:
            self._notice.stop()
        self._notice = self.set_timer(_SECONDS, self._over)
        role: Role = "bad" if bad else "good"
        room = self.size.width - 1
        if cell_width(text) <= room:
            self.show(((Span(f" {text}", role),),))
            return
        more = f"  {self._log_key} shows all"
        shown = clip_cells(text, max(room - cell_width(more), 1))
        self.show(((Span(f" {shown}", role), Span(more, "dim")),))

    def on_resize(self) -> None:
        """Show as many hints as there is room for."""
        if self._notice is None:
            self._hint()

    def _over(self) -> None:
        self._notice = None
        self._hint()

    def _hint(self) -> None:
        spans, hits = hint_row(self._fitting(), 1)
        self.show((spans,), {0: hits})

    def _fitting(self) -> list[Hint]:
        """Return the hints there is room for: the ways out are always there."""
        last = [one for one in self._hints if one.stays]
        room = self.size.width - 1 - sum(map(_width, last))
        fitting: list[Hint] = []
        for one in self._hints:
            if not one.stays and (room := room - _width(one)) < 0:
                break
            fitting += [] if one.stays else [one]
        return [*fitting, *last]


def hint_row(hints: Sequence[Hint], start: int = 0) -> tuple[tuple[Span, ...], list[Hit]]:
    """Return a line of hints and what clicks on it do. start: cells to leave free before it."""
    spans = [Span(" " * start)]
    hits: list[Hit] = []
    at = start
    for one in hints:
        gap = "  " if spans[1:] else ""
        spans += [Span(f"{gap}{one.key}", "key"), Span(f" {one.label}", "dim")]
        if one.action:
            hits.append(Hit(at, at + _width(one) - 2, one.action))
        at += _width(one)
    return tuple(spans), hits


def _width(one: Hint) -> int:
    return cell_width(f"{one.key} {one.label}  ")
