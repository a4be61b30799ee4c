"""Every action by its name, from the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from mailcatch.mail import cell_width
from mailcatch.tui.actions import Action, Home, show_keys
from mailcatch.tui.hints import Hint
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Document, Line, Span, ToAction, line
from mailcatch.tui.widgets.dialog import Dialog
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.typed_line import TypedLine


class Palette(Dialog[str | None]):
    """What can be done, narrowed by what is typed. Ends with the name of an action."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "back", show=False),
        Binding("down", "go(1)", "next", show=False),
        Binding("up", "go(-1)", "previous", show=False),
        Binding("pagedown", "go(10)", "next", show=False),
        Binding("pageup", "go(-10)", "previous", show=False),
    ]

    def __init__(self, actions: Sequence[Action], keys: Keys) -> None:
        super().__init__(
            "What can be done", (Hint("Enter", "does it", "take"), Hint("↑ ↓", "choose", "go(1)"))
        )
        self._actions = actions
        self._keys = keys
        self._line = TypedLine(hint="a word of it, such as copy or fault")
        self._list = TextPane(keys, id="palette-list", rows=True)
        self._list.can_focus = False
        self._list.wrap = False

    def compose(self) -> ComposeResult:
        """Put the line above what fits it."""
        with Vertical(id="dialog", classes="tall"):
            yield self.head()
            yield self._line
            yield self._list
            yield self.foot()

    def on_mount(self) -> None:
        """Type at once."""
        self._line.focus()
        self._offer("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits."""
        event.stop()
        self._offer(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do what is in focus."""
        event.stop()
        self.action_take()

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Do what was clicked."""
        event.stop()
        self.action_take()

    def action_go(self, steps: int) -> None:
        """Go to another action."""
        self._list.choose(self._list.chosen + steps)

    def action_take(self) -> None:
        """Do what is in focus."""
        target = self._list.target
        if isinstance(target, ToAction):
            self.dismiss(target.name)

    def _offer(self, typed: str) -> None:
        words = typed.casefold().split()
        fitting = [one for one in self._actions if _fits(one, words)]
        # What is called so comes before what is only told so, and what moves about comes last.
        fitting.sort(
            key=lambda one: (
                one.home in (Home.LIST, Home.TEXT),
                not all(word in one.label.casefold() for word in words),
            )
        )
        keys = {one.name: show_keys(self._keys.of(one.name)) for one in fitting}
        called = max((cell_width(one.label) for one in fitting), default=0)
        pressed = max(map(cell_width, keys.values()), default=0)
        rows = [_row(one, keys[one.name], called, pressed) for one in fitting]
        nothing = line(Span("Nothing is called so.", "dim"))
        self._list.show(Document(rows or (nothing,)))


def _fits(action: Action, words: Sequence[str]) -> bool:
    told = f"{action.label} {action.about} {action.name.replace('_', ' ')}".casefold()
    return all(word in told for word in words)


def _row(action: Action, keys: str, called: int, pressed: int) -> Line:
    return line(
        Span(f" {action.label:<{called}}  ", "strong"),
        Span(f"{keys:<{pressed}}  ", "key"),
        Span(action.about, "dim"),
        target=ToAction(action.name),
    )
