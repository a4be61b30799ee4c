"""Things in between: a menu, a question, a line to type, and a text to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Document, Line, Span, ToChoice, line
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.text_pane import TextPane

R = TypeVar("R")


class Dialog(ModalScreen[R]):
    """A box in the middle. title, hint: its first and last line."""

    def __init__(self, title: str, hint: str) -> None:
        super().__init__()
        self._title = title
        self._hint = hint

    def head(self) -> SpanLines:
        """Return the first line."""
        lines = SpanLines(id="dialog-title")
        lines.show(((Span(self._title, "title"),), ()))
        return lines

    def foot(self) -> SpanLines:
        """Return the last line."""
        lines = SpanLines(id="dialog-hint")
        lines.show(((), (Span(self._hint, "dim"),)))
        return lines


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer of a menu. spans: its line. more: lines below it. key: that chooses it at once."""

    spans: tuple[Span, ...]
    key: str = ""
    more: tuple[tuple[Span, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen. index: of the choice. other: whether with the other key."""

    index: int
    other: bool = False


class Menu(Dialog[Chosen | None]):
    """One of several.

    other: a key that chooses too, and means something else. others: characters that do the same to
    the first choice, the second, and so on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss_none", "back", show=False),
        Binding("enter", "take", "take", show=False),
    ]

    def __init__(
        self, title: str, choices: Sequence[Choice], hint: str, keys: Keys, *, other: str = "",
        others: str = "",
    ) -> None:  # fmt: skip
        super().__init__(title, hint)
        self._choices = choices
        self._other = other
        self._others = others
        self._pane = TextPane(keys, id="dialog-text")

    def compose(self) -> ComposeResult:
        """Show the choices, one line each."""
        with Vertical(id="dialog"):
            yield self.head()
            yield self._pane
            yield self.foot()

    def on_mount(self) -> None:
        """Begin with the first."""
        lines: list[Line] = []
        for index, choice in enumerate(self._choices):
            key = Span(f" {choice.key or ' '}  ", "key")
            lines.append(line(key, *choice.spans, target=ToChoice(index), indent=4))
            lines += [line(Span("    "), *more, indent=4) for more in choice.more]
        document = Document(lines)
        self._pane.styles.height = min(len(lines) + _broken(document, self.app.size.width), 24)
        self._pane.show(document)
        self._pane.focus()

    def on_key(self, event: events.Key) -> None:
        """Take what a key stands for."""
        pressed = event.character or event.key
        if self._other and pressed == self._other:
            event.stop()
            self._take(other=True)
            return
        if pressed in self._others and self._others.index(pressed) < len(self._choices):
            event.stop()
            self.dismiss(Chosen(self._others.index(pressed), other=True))
            return
        for index, choice in enumerate(self._choices):
            if choice.key and choice.key == pressed:
                event.stop()
                event.prevent_default()
                self.dismiss(Chosen(index))
                return

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Take what was clicked."""
        event.stop()
        self._take()

    def action_take(self) -> None:
        """Take what is in focus."""
        self._take()

    def action_dismiss_none(self) -> None:
        """Take nothing."""
        self.dismiss(None)

    def _take(self, *, other: bool = False) -> None:
        target = self._pane.target
        if isinstance(target, ToChoice):
            self.dismiss(Chosen(target.index, other))


class Question(Dialog[bool]):
    """Yes or no; no where anything else is pressed."""

    def __init__(self, question: str, yes: str) -> None:
        super().__init__(question, f"y {yes}   any other key: no")

    def compose(self) -> ComposeResult:
        """Ask."""
        with Vertical(id="dialog"):
            yield self.head()
            yield self.foot()

    def on_key(self, event: events.Key) -> None:
        """Take the answer."""
        event.stop()
        self.dismiss(event.character in ("y", "Y"))


class Ask(Dialog[str | None]):
    """A line of text."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", "back", show=False)]

    def __init__(self, title: str, text: str, hint: str) -> None:
        super().__init__(title, hint)
        self._input = Input(text, compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Show the line."""
        with Vertical(id="dialog"):
            yield self.head()
            yield self._input
            yield self.foot()

    def on_mount(self) -> None:
        """Type at once."""
        self._input.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line."""
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_dismiss_none(self) -> None:
        """Take nothing."""
        self.dismiss(None)


class Reading(Dialog[None]):
    """A text to read, such as help."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,L", "dismiss_none", "back", show=False)
    ]

    def __init__(self, title: str, document: Document, keys: Keys) -> None:
        super().__init__(title, "Esc back")
        self._document = document
        self.pane = TextPane(keys, id="dialog-text")

    def compose(self) -> ComposeResult:
        """Show the text."""
        with Vertical(id="dialog", classes="tall"):
            yield self.head()
            yield self.pane
            yield self.foot()

    def on_mount(self) -> None:
        """Begin at its start."""
        self.pane.show(self._document)
        self.pane.focus()

    def action_dismiss_none(self) -> None:
        """Go back."""
        self.dismiss(None)


def _broken(document: Document, width: int) -> int:
    """Return how many rows more than lines there may be in a box on a screen of that width."""
    room = max(min(width - 12, 96), 20)
    return sum(len(document.text(at)) // room for at in range(len(document.lines)))
