"""Things in between: a menu, a question, a line to type, and a text to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from mailcatch.mail import wrap_cells
from mailcatch.tui.hints import Hint
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Document, Line, Span, Target, ToChoice, line
from mailcatch.tui.widgets.foot import hint_row
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.typed_line import TypedLine

R = TypeVar("R")

BACK: Final = Hint("Esc", "back", "dismiss_none")

_WIDEST: Final = 100
_FRAME: Final = 4
"""Cells and rows that border and padding take, as app.tcss has them."""


class Dialog(ModalScreen[R]):
    """A box in the middle. title: its first line, safe to show. hints: its last one."""

    def __init__(self, title: str, hints: Sequence[Hint] = ()) -> None:
        super().__init__()
        self._title = title
        self._title_lines = SpanLines(id="dialog-title")
        self._hint_line = SpanLines(id="dialog-hint")
        self.offer((*hints, BACK))

    def head(self) -> SpanLines:
        """Return the first lines."""
        return self._title_lines

    def foot(self) -> SpanLines:
        """Return the last line."""
        return self._hint_line

    def offer(self, hints: Sequence[Hint]) -> None:
        """Show what can be done."""
        spans, hits = hint_row(hints)
        self._hint_line.show(((), spans), {1: hits})

    def action_dismiss_none(self) -> None:
        """Go back, without an answer."""
        self.dismiss(None)

    def on_resize(self) -> None:
        """Show the whole title, in as many lines as it takes."""
        rows = wrap_cells(self._title, self.columns)
        self._title_lines.show((*((Span(row, "title"),) for row in rows), ()))

    @property
    def columns(self) -> int:
        """Cells that a line may have."""
        return max(min(self.app.size.width * 9 // 10, _WIDEST) - _FRAME, 10)

    @property
    def rows(self) -> int:
        """Rows that there are for what stands between title and hint."""
        title = len(wrap_cells(self._title, self.columns)) + 1
        return max(self.app.size.height * 9 // 10 - 2 - title - 2, 1)


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
        self, title: str, choices: Sequence[Choice], hints: Sequence[Hint], keys: Keys, *,
        other: str = "", others: str = "",
    ) -> None:  # fmt: skip
        super().__init__(title, hints)
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
        self._pane.show(Document(lines))
        self._pane.focus()

    def on_resize(self) -> None:
        """Take as many rows as there are choices, or as there is room for."""
        document = self._pane.document
        texts = map(document.text, range(len(document.lines)))
        wrapped = sum(len(wrap_cells(text, self.columns - 1)) for text in texts)
        self._pane.styles.height = min(wrapped, self.rows)

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

    def action_take_other(self) -> None:
        """Take what is in focus, as the other key does."""
        self._take(other=True)

    def _take(self, *, other: bool = False) -> None:
        target = self._pane.target
        if isinstance(target, ToChoice):
            self.dismiss(Chosen(target.index, other))


class Question(Dialog[bool]):
    """Yes or no; no where anything else is pressed."""

    def __init__(self, question: str, yes: str) -> None:
        super().__init__(question)
        no = Hint("any other key", "no", "answer(False)")
        self.offer((Hint("y", yes, "answer(True)"), no))

    def compose(self) -> ComposeResult:
        """Ask."""
        with Vertical(id="dialog"):
            yield self.head()
            yield self.foot()

    def on_key(self, event: events.Key) -> None:
        """Take the answer."""
        event.stop()
        self.action_answer(event.character in ("y", "Y"))

    def action_answer(self, yes: bool) -> None:
        """Take the answer."""
        self.dismiss(yes)


class Ask(Dialog[str | None]):
    """A line of text. does: what Enter does with it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss_none", "back", show=False)]

    def __init__(self, title: str, text: str, does: str) -> None:
        super().__init__(title, (Hint("Enter", does, "take"),))
        self._line = TypedLine(text)

    def compose(self) -> ComposeResult:
        """Show the line."""
        with Vertical(id="dialog"):
            yield self.head()
            yield self._line
            yield self.foot()

    def on_mount(self) -> None:
        """Type at once."""
        self._line.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the line."""
        event.stop()
        self.action_take()

    def action_take(self) -> None:
        """Take the line."""
        self.dismiss(self._line.value.strip() or None)


class Reading(Dialog[Target | None]):
    """A text to read, such as help. Ends with where a line leads that was followed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,L", "dismiss_none", "back", show=False),
        Binding("enter", "take", "take", show=False),
    ]

    def __init__(
        self, title: str, document: Document, keys: Keys, *, hints: Sequence[Hint] = ()
    ) -> None:
        super().__init__(title, hints)
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

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Go where a line leads."""
        event.stop()
        self.dismiss(event.target)

    def action_take(self) -> None:
        """Go where the line in focus leads; where none does, go back."""
        self.dismiss(self.pane.target)
