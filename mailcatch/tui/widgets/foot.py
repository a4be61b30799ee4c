"""The line at the bottom: what the keys do here, or for a moment what just happened."""

from __future__ import annotations

from textual.timer import Timer

from mailcatch.mail import cell_width
from mailcatch.tui.actions import Action, show_key
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Span
from mailcatch.tui.widgets.spans import Hit, SpanLines

_SECONDS = 5.0


class Foot(SpanLines):
    """Hints of keys; a notice takes their place for some seconds, and never that of a mail."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(id="foot")
        self._keys = keys
        self._actions: list[Action] = []
        self._notice: Timer | None = None

    def offer(self, actions: list[Action]) -> None:
        """Show what can be done, most useful first."""
        self._actions = actions
        if self._notice is None:
            self._hint()

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Say what happened. text: safe to show."""
        if self._notice is not None:
            self._notice.stop()
        self._notice = self.set_timer(_SECONDS, self._over)
        self.show(((Span(f" {text}", "bad" if bad else "good"),),))

    def on_resize(self) -> None:
        """Show as many hints as there is room for."""
        if self._notice is None:
            self._hint()

    def _over(self) -> None:
        self._notice = None
        self._hint()

    def _hint(self) -> None:
        spans: list[Span] = [Span(" ")]
        hits: list[Hit] = []
        at = 1
        # The ways out and to more help are always there; what comes between is cut.
        last = [action for action in self._actions if action.footer >= 80]
        room = self.size.width - 1 - sum(self._width(action) for action in last)
        middle: list[Action] = []
        for action in self._actions:
            if action.footer < 80 and (room := room - self._width(action)) >= 0:
                middle.append(action)
            elif action.footer < 80:
                break
        for action in (*middle, *last):
            key = show_key(self._keys.of(action.name)[0])
            spans += [Span(key, "key"), Span(f" {action.label}  ", "dim")]
            width = self._width(action)
            hits.append(Hit(at, at + width - 2, action.name))
            at += width
        self.show((tuple(spans),), {0: hits})

    def _width(self, action: Action) -> int:
        return cell_width(f"{show_key(self._keys.of(action.name)[0])} {action.label}  ")
