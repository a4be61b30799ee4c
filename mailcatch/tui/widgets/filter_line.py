"""Where a filter is typed: live, kept, recalled with the up-arrow, its mistakes shown under it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from mailcatch.mail import wrap_cells
from mailcatch.mailbox.search import QueryError
from mailcatch.tui.model.document import Span
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.typed_line import TypedLine


class FilterInput(TypedLine):
    """A line to type in, with a history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "earlier", "earlier", show=False),
        Binding("down", "later", "later", show=False),
    ]

    def __init__(self, hint: str) -> None:
        super().__init__(hint=hint)
        self.history: list[str] = []
        self._back_to: Widget | None = None
        self._over = True
        self._at = 0
        self._typed = ""

    class Left(Message):
        """It was left without being kept."""

    def start(self, text: str, history: list[str], back_to: Widget) -> None:
        """Begin to type. back_to: what keys are for as soon as it is kept or left."""
        self.history = history
        self._back_to = back_to
        self._over = False
        self._at = len(history)
        self._typed = text
        self.put(text)

    def go_on(self) -> None:
        """Go on typing."""
        self._over = False
        self.focus()

    def action_earlier(self) -> None:
        """Recall what was typed before."""
        if self._at == len(self.history):
            self._typed = self.value
        if self._at > 0:
            self._at -= 1
            self.put(self.history[self._at])

    def action_later(self) -> None:
        """Recall what was typed after."""
        if self._at < len(self.history):
            self._at += 1
            last = self._at == len(self.history)
            self.put(self._typed if last else self.history[self._at])

    async def _on_key(self, event: events.Key) -> None:
        """End at once with Enter and Esc: a key that follows at once is not for this line."""
        if event.key not in ("enter", "escape") and not self._over:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        if self._over:
            self.app.post_message(events.Key(event.key, event.character))
            return
        self._over = True
        self.screen.set_focus(self._back_to)
        self.post_message(self.Submitted(self, self.value) if event.key == "enter" else self.Left())


class FilterLine(Vertical):
    """The line of the filter. It is there while it is typed in."""

    class Typed(Message):
        """The filter changed. text: what it is now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Kept(Message):
        """The filter stays. text: what it is."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The filter shall be as it was before it was typed in."""

    def __init__(self, sign: str, hint: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._sign = SpanLines(id=f"{id}-sign")
        self._signed = sign
        self.input = FilterInput(hint)
        self._error = SpanLines(id=f"{id}-error")

    def compose(self) -> ComposeResult:
        """Put sign and line beside each other, the mistake below."""
        with Horizontal():
            yield self._sign
            yield self.input
        yield self._error

    def on_mount(self) -> None:
        """Say what the line is for."""
        self._sign.show(((Span(self._signed, "key"),),))

    def start(self, text: str, history: list[str], back_to: Widget) -> None:
        """Begin to type. back_to: what keys are for as soon as it is kept or left."""
        self.display = True
        self.input.start(text, history, back_to)
        self.input.focus()

    def go_on(self) -> None:
        """Go on typing: what was to be kept cannot be."""
        self.input.go_on()

    def mistake(self, error: QueryError | None) -> None:
        """Show what is wrong, below the place where it is; or that nothing is."""
        if error is None:
            self._error.show(())
            return
        offset = len(self._signed) + error.at
        marks = (Span(f"{'':{offset}}{'^' * min(error.length, 60)}", "bad"),)
        said = wrap_cells(str(error), max(self.size.width - 2, 10))
        self._error.show((marks, *((Span(f" {row}", "bad"),) for row in said)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what was typed."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep it."""
        event.stop()
        self.post_message(self.Kept(event.value))

    def on_filter_input_left(self, event: FilterInput.Left) -> None:
        """Leave it."""
        event.stop()
        self.post_message(self.Left())
