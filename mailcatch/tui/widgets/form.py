"""A few lines to fill in: what they mean is said while they are typed, and what may come next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input

from mailcatch.mail import cell_width, pad_cells
from mailcatch.tui.hints import Hint
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Document, Line, Span
from mailcatch.tui.model.wanted import Blank, Meant, Suggestion
from mailcatch.tui.widgets.dialog import BACK, Dialog
from mailcatch.tui.widgets.spans import Hit, SpanLines
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.typed_line import TypedLine

Understand = Callable[[Mapping[str, str]], Meant]
Suggest = Callable[[str], list[Suggestion]]

_MOST_SUGGESTED: Final = 12


class Form(Dialog[dict[str, object] | None]):
    """Lines to fill in, which together are a table.

    understand: of the values. suggest: by the names of the lines that have suggestions. done: what
    Enter does, in a word. start: the name of the line to begin in, "" for the first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "back", show=False),
        Binding("down", "suggestion(1)", "next", show=False),
        Binding("up", "suggestion(-1)", "previous", show=False),
        Binding("pagedown", "suggestion(10)", "next", show=False),
        Binding("pageup", "suggestion(-10)", "previous", show=False),
        Binding("tab", "complete", "complete", show=False),
    ]

    def __init__(
        self,
        title: str,
        blanks: Sequence[Blank],
        understand: Understand,
        suggest: Mapping[str, Suggest],
        keys: Keys,
        *,
        done: str = "add",
        start: str = "",
    ) -> None:
        super().__init__(title)
        self._blanks = blanks
        self._understand = understand
        self._suggest = suggest
        self._done = done
        self._start = start or blanks[0].name
        self._lines = {one.name: TypedLine(one.value, hint=one.hint) for one in blanks}
        self._said = TextPane(keys, id="form-said")
        self._said.can_focus = False
        self._offered = SpanLines(id="form-offered")
        self._suggestions: list[Suggestion] = []
        self._chosen = -1
        self._rows = 0
        self._meant = Meant(None, ())

    def compose(self) -> ComposeResult:
        """Put the lines one under the other."""
        with Vertical(id="dialog"):
            yield self.head()
            with VerticalScroll(id="form-lines", can_focus=False):
                for one in self._blanks:
                    with Horizontal(classes="form-line"):
                        label = SpanLines()
                        label.show(((Span(one.label or ">", "key"),),))
                        label.styles.width = 11 if len(self._blanks) > 1 else 2
                        yield label
                        yield self._lines[one.name]
            yield self._offered
            yield self._said
            yield self.foot()

    def on_mount(self) -> None:
        """Begin with the first line; what is there already is understood."""
        first = self._lines[self._start]
        first.focus()
        first.cursor_position = len(first.value)
        self._typed(first)

    def on_resize(self) -> None:
        """Give each piece its rows."""
        room = self.rows
        said = 7 if room > 20 else 4 if room > 12 else 2
        self._said.styles.height = said
        # An empty line stands before what is said, and before what is offered.
        lines = min(len(self._blanks), max(room - said - 1, 1))
        self.query_one("#form-lines").styles.height = lines
        offered = room - lines - said - 2 if self._suggest else 0
        self._rows = max(min(offered, _MOST_SUGGESTED), 0)
        self._offered.styles.height = self._rows
        self._offered.display = self._rows > 0
        self._show_hints()
        self._offer()

    def on_descendant_focus(self) -> None:
        """Offer what the line in focus may be."""
        if isinstance(self.focused, TypedLine):
            self._typed(self.focused)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is meant now."""
        event.stop()
        if event.input is self.focused and isinstance(event.input, TypedLine):
            self._typed(event.input)
        else:
            self._say()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, where it can be understood."""
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Take what is filled in."""
        self._say()
        if self._meant.table is not None:
            self.dismiss(self._meant.table)

    def action_suggestion(self, steps: int) -> None:
        """Take the next suggestion into the line; between lines without any, go to the next."""
        if not self._suggestions or not self._rows:
            self._go(1 if steps > 0 else -1)
            return
        last = len(self._suggestions) - 1
        self.action_choose(max(min(self._chosen + steps, last), 0))

    def action_choose(self, number: int) -> None:
        """Take a suggestion into the line."""
        line = self.focused
        if not isinstance(line, TypedLine) or number >= len(self._suggestions):
            return
        self._chosen = number
        with self.prevent(Input.Changed):
            line.put(self._suggestions[number].text)
        self._offer()
        self._say()

    def action_complete(self) -> None:
        """Complete what is typed, as far as there is but one way; else go to the next line."""
        line = self.focused
        if isinstance(line, TypedLine) and self._chosen < 0 and line.value:
            start = line.value.lower()
            ways = [one.text for one in self._suggestions if one.text.lower().startswith(start)]
            common = _common(ways)
            if len(common) > len(line.value):
                line.put(common)
                return
        if len(self._lines) > 1:
            self._go(1)
        elif self._chosen < 0:
            self.action_suggestion(1)

    def _go(self, step: int) -> None:
        lines = list(self._lines.values())
        at = lines.index(self.focused) if self.focused in lines else 0
        lines[(at + step) % len(lines)].focus()

    def _typed(self, line: TypedLine) -> None:
        name = next(name for name, one in self._lines.items() if one is line)
        suggest = self._suggest.get(name)
        self._suggestions = suggest(line.value) if suggest is not None else []
        self._chosen = -1
        self._offer()
        self._say()

    def _say(self) -> None:
        self._meant = self._understand({name: one.value for name, one in self._lines.items()})
        said = self._meant.said
        lines = [Line(spans, None, 3 if spans[0].text == "S: " else 0) for spans in said]
        self._said.show(Document(lines))

    def _offer(self) -> None:
        """Show the suggestions around the one that is chosen."""
        rows = self._rows
        first = max(min(self._chosen - rows // 2, len(self._suggestions) - rows), 0)
        shown = self._suggestions[first : first + rows]
        width = max((cell_width(one.text) for one in shown), default=0)
        width = min(width, 34)
        lines: list[tuple[Span, ...]] = []
        hits: dict[int, list[Hit]] = {}
        for at, one in enumerate(shown):
            here = first + at == self._chosen
            name = pad_cells(one.text, width)
            mark = Span(" ▸ " if here else "   ", "mark")
            lines.append((mark, Span(name, "tab" if here else ""), Span(f"  {one.about}", "dim")))
            hits[at] = [Hit(0, 10_000, f"choose({first + at})")]
        self._offered.show(lines, hits)

    def _show_hints(self) -> None:
        several = len(self._blanks) > 1
        choose = (Hint("↑ ↓", "choose", "suggestion(1)"),) if self._rows else ()
        tab = Hint("Tab", "next line" if several else "complete", "complete")
        self.offer((Hint("Enter", self._done, "submit"), *choose, tab, BACK))


def _common(texts: Sequence[str]) -> str:
    """Return how all texts begin."""
    if not texts:
        return ""
    first, last = min(texts), max(texts)
    at = next((at for at, char in enumerate(first) if char != last[at : at + 1]), len(first))
    return first[:at]
