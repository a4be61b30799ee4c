"""A text of any length, with lines that lead somewhere."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mailcatch.tui.actions import Home
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import EMPTY, Document, Span, Target
from mailcatch.tui.model.flow import Flow
from mailcatch.tui.widgets.spans import ROLE_CLASSES, Colours

_KEPT = 500


class TextPane(ScrollView, can_focus=True):
    """Shows a document.

    Where lines lead somewhere, one of them is in focus and the arrows go from one to the next.
    rows: whether it is a list, whose line in focus is seen even while keys are for another pane.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES | {"text--chosen", "text--chosen-blurred"}
    ALLOW_SELECT = False

    class Followed(Message):
        """The line in focus was followed. target: where it leads."""

        def __init__(self, pane: TextPane, target: Target) -> None:
            super().__init__()
            self.pane = pane
            self.target = target

        @property
        def control(self) -> TextPane:
            """The pane it came from."""
            return self.pane

    class Moved(Message):
        """Another line is in focus."""

        def __init__(self, pane: TextPane) -> None:
            super().__init__()
            self.pane = pane

        @property
        def control(self) -> TextPane:
            """The pane it came from."""
            return self.pane

    def __init__(
        self,
        keys: Keys,
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
        rows: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._is_list = rows
        self.document: Document = EMPTY
        self.wrap = True
        self.chosen = -1
        self.looked_for = ""
        self._flow = Flow(EMPTY, 80, wrap=True)
        self._colours = Colours(self)
        self._strips: dict[int, Strip] = {}
        self._begun = (0, 0)
        self._base, self._width, self._room = Style.null(), 0, 0
        keys.bind(self, Home.TEXT)

    def show(self, document: Document, *, keep: bool = False) -> None:
        """Show a document. keep: whether to stay where one is, because it is the same, changed."""
        line = self._flow.line_of(self.scroll_offset.y) if keep and self._flow.height else 0
        # Who stayed where the document begins goes to where it begins now.
        begins = not keep or (self._stayed and self._begun[0] == self.document.start)
        chosen = self.chosen
        self.document = document
        self._lay_out()
        if keep and chosen in document.choosable:
            self.chosen = chosen
        else:
            self.chosen = document.choosable[0] if document.choosable else -1
        if not keep:
            self._scroll(0, None)
        self._begin(document.start if begins else min(line, len(document.lines)))
        self.refresh()

    def show_rows(self, document: Document, chosen: int) -> None:
        """Show a list that changed. chosen: the line in focus, which stays where it is in sight."""
        there = self.chosen
        offset = self._flow.row_of(there) - self.scroll_offset.y if there >= 0 else 0
        self.document = document
        self._lay_out()
        self.chosen = chosen if chosen in document.choosable else -1
        row = self._flow.row_of(chosen) if chosen > 0 else 0
        self._scroll(0, row - max(offset, 0))
        self._repaint()

    def set_wrap(self, *, wrap: bool) -> None:
        """Break long lines, or do not."""
        self.wrap = wrap
        self._scroll(0, None)
        self.show(self.document, keep=True)

    @property
    def target(self) -> Target | None:
        """Where the line in focus leads, or None."""
        return self.document.target(self.chosen) if self.chosen >= 0 else None

    def go_to_line(self, line: int) -> None:
        """Bring a line into sight, near the top."""
        if line in self.document.choosable:
            self._choose(line)
        row = self._flow.row_of(line) if self._flow.height else 0
        self._scroll(None, max(row - 2, 0))

    def look_for(self, text: str, *, step: int = 0) -> int:
        """Show where a text stands, from here on; return the line, -1 where it is nowhere.

        step: 1 for the next place, -1 for the one before, 0 for this one or the next.
        """
        self.looked_for = text.casefold()
        self._strips.clear()
        self.refresh()
        lines = len(self.document.lines)
        if not text or not lines:
            return -1
        here = self._flow.line_of(min(self.scroll_offset.y + 2, self._flow.height - 1))
        here = min(here, lines - 1)
        direction = step or 1
        for distance in range(0 if not step else 1, lines + 1):
            at = (here + direction * distance) % lines
            if self.looked_for in self.document.text(at).casefold():
                self.go_to_line(at)
                return at
        return -1

    def choose(self, number: int) -> None:
        """Put the focus on a line that leads somewhere, or the nearest there is."""
        choosable = self.document.choosable
        if choosable:
            self._choose(min(choosable, key=lambda line: abs(line - number)))

    def follow(self) -> bool:
        """Follow the line in focus; return whether it leads anywhere."""
        target = self.target
        if target is None:
            return False
        self.post_message(self.Followed(self, target))
        return True

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; what is the same for all of them takes long to ask for."""
        self._base, self._width = self.rich_style, self.size.width
        if self._room != self.scrollable_size.width:
            # What was laid out before it was in sight was laid out for no width at all.
            self.call_later(self.on_resize)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint a row."""
        x_offset, y_offset = self.scroll_offset
        row = y + y_offset
        width, base = self._width, self._base
        if row >= self._flow.height:
            return Strip.blank(width, base)
        strip = self._strips.get(row)
        if strip is None:
            if len(self._strips) > _KEPT:
                self._strips.clear()
            strip = self._strips[row] = self._painted(row, base)
        return strip.crop_extend(x_offset, x_offset + width, base)

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        self._colours.clear()
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        """Lay the text out for another width; what is at the top stays there."""
        stayed = self._stayed
        top = self._flow.line_of(self.scroll_offset.y) if self._flow.height else 0
        self._lay_out()
        if stayed:
            self._begin(self._begun[0])
        elif top:
            self._scroll(None, self._flow.row_of(top))

    def on_focus(self) -> None:
        """Show which line is in focus."""
        self._repaint()

    def on_blur(self) -> None:
        """Show that none is."""
        self._repaint()

    def on_click(self, event: events.Click) -> None:
        """Choose a line; follow it where it was chosen already."""
        row = event.y + self.scroll_offset.y
        if row >= self._flow.height:
            return
        line = self._flow.line_of(row)
        if line not in self.document.choosable:
            return
        if line == self.chosen or event.chain > 1:
            self._choose(line)
            self.follow()
        else:
            self._choose(line)

    def action_text_down(self) -> None:
        """Go down."""
        self._step(1)

    def action_text_up(self) -> None:
        """Go up."""
        self._step(-1)

    def action_text_page_down(self) -> None:
        """Go down a page."""
        self._page(self._height - 1)

    def action_text_page_up(self) -> None:
        """Go up a page."""
        self._page(1 - self._height)

    def action_text_top(self) -> None:
        """Go to the beginning."""
        self._scroll(0, 0)
        if self.document.choosable:
            self._choose(self.document.choosable[0])

    def action_text_bottom(self) -> None:
        """Go to the end."""
        self._scroll(None, self.max_scroll_y)
        if self.document.choosable:
            self._choose(self.document.choosable[-1])

    def action_text_left(self) -> None:
        """Go to the left."""
        self._scroll(self.scroll_offset.x - 8, None)

    def action_text_right(self) -> None:
        """Go to the right."""
        self._scroll(self.scroll_offset.x + 8, None)

    def _begin(self, line: int) -> None:
        """Show a line at the top, as far as there is room below it."""
        self._scroll(None, self._flow.row_of(line) if line else 0)
        self._begun = (line, self.scroll_offset.y)

    def _scroll(self, x: int | None, y: int | None) -> None:
        """Scroll, also where the text before this one had no scroll bar and this has none yet."""
        self.scroll_to(x, y, animate=False, force=True)

    @property
    def _stayed(self) -> bool:
        """Whether nobody scrolled since it began."""
        return self.scroll_offset.y == self._begun[1]

    @property
    def _height(self) -> int:
        """Rows in sight: a scroll bar below takes one."""
        return max(self.scrollable_size.height, 1)

    def _lay_out(self) -> None:
        # The scroll bar has its own column, there or not: it must not change what it is there for.
        self._room = self.scrollable_size.width
        self._flow = Flow(self.document, max(self._room, 1), wrap=self.wrap)
        self._strips.clear()
        self.virtual_size = Size(self._flow.width, self._flow.height)

    def _painted(self, row: int, base: Style) -> Strip:
        spans = self._flow.row(row)
        if self.looked_for:
            spans = tuple(self._with_matches(spans))
        line = self._flow.line_of(row)
        if line == self.chosen and (self.has_focus or self._is_list):
            name = "text--chosen" if self.has_focus else "text--chosen-blurred"
            base += self.get_component_rich_style(name, partial=True)
        strip = Strip(self._colours.segments(spans, base))
        return strip.extend_cell_length(max(self._flow.width, self._width), base)

    def _with_matches(self, spans: tuple[Span, ...]) -> list[Span]:
        """Give what is looked for the colour of a match, within each span."""
        found: list[Span] = []
        for span in spans:
            folded = span.text.casefold()
            # Folding may change the length of a text; then its places are not those of the text.
            if self.looked_for not in folded or len(folded) != len(span.text):
                found.append(span)
                continue
            at = 0
            while (start := folded.find(self.looked_for, at)) >= 0:
                end = start + len(self.looked_for)
                found += [Span(span.text[at:start], span.role), Span(span.text[start:end], "mark")]
                at = end
            found.append(Span(span.text[at:], span.role))
        return found

    def _step(self, steps: int) -> None:
        choosable = self.document.choosable
        if not choosable:
            self._scroll(None, self.scroll_offset.y + steps)
            return
        place = choosable.index(self.chosen) if self.chosen in choosable else 0
        if not 0 <= place + steps < len(choosable):
            self._scroll(None, self.scroll_offset.y + steps)
            return
        self._choose(choosable[place + steps])

    def _page(self, rows: int) -> None:
        self._scroll(None, self.scroll_offset.y + rows)
        choosable = self.document.choosable
        if choosable:
            top = max(min(self.scroll_offset.y, self._flow.height - 1), 0)
            wanted = self._flow.line_of(top + (self._height // 2 if rows < 0 else 0))
            nearest = min(choosable, key=lambda line: abs(line - wanted))
            if (nearest > self.chosen) == (rows > 0):
                self._choose(nearest, show=False)

    def _choose(self, line: int, *, show: bool = True) -> None:
        if line != self.chosen:
            self.post_message(self.Moved(self))
        self.chosen = line
        self._repaint()
        if not show:
            return
        first = self._flow.row_of(line)
        last = self._flow.row_of(line + 1) - 1
        top, height = self.scroll_offset.y, self._height
        if first < top:
            self._scroll(None, first)
        elif last >= top + height:
            self._scroll(None, last - height + 1)

    def _repaint(self) -> None:
        self._strips.clear()
        self.refresh()
