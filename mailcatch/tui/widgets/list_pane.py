"""The list of messages: paints a `Listing`, and moves its focus and its window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from mailcatch.mail import cell_width, clip_cells, pad_cells
from mailcatch.tui.actions import Home
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.columns import Column, cells, columns
from mailcatch.tui.model.contents import Contents
from mailcatch.tui.model.document import Span
from mailcatch.tui.model.listing import Heading, Listing
from mailcatch.tui.model.saying import ago
from mailcatch.tui.widgets.spans import ROLE_CLASSES, Colours, fitted


class ListPane(ScrollView, can_focus=True):
    """Rows of a listing.

    contents: what is asked for the rows in sight. listing: which rows there are. now: the time.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES | {
        "list--focus", "list--focus-blurred", "list--heading",
    }  # fmt: skip
    ALLOW_SELECT = False

    class Moved(Message):
        """Another row is in focus. by_user: and not because something arrived."""

        def __init__(self, *, by_user: bool) -> None:
            super().__init__()
            self.by_user = by_user

    class Opened(Message):
        """The row in focus was asked for, by a double click."""

    def __init__(
        self,
        contents: Contents,
        listing: Listing,
        keys: Keys,
        now: Callable[[], datetime],
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.listing = listing
        self.absolute = False
        self._contents = contents
        self._now = now
        self._colours = Colours(self)
        self._strips: dict[tuple[str, bool, bool], Strip] = {}
        self._columns: tuple[Column, ...] = ()
        self._told = ""
        self._base, self._width = Style.null(), 0
        self._ages: list[str] = []
        keys.bind(self, Home.LIST)

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """The columns at this width."""
        return self._columns or self._columns_now()

    def update(self, *, by_user: bool = False) -> None:
        """Paint the listing, which changed."""
        listing = self.listing
        self.virtual_size = Size(self.scrollable_size.width, len(listing.rows))
        self.scroll_to(None, listing.top, animate=False, force=True)
        self._repaint()
        self._tell(by_user=by_user)

    def repaint(self) -> None:
        """Paint rows that changed."""
        self._repaint()

    def tick(self) -> None:
        """Paint the rows where one in sight says another age than it did."""
        if self.absolute:
            return
        now, rows = self._now(), self.listing.rows
        shown = [rows[number] for number in self.listing.in_sight]
        known = [self._contents.facts(row) for row in shown if isinstance(row, str)]
        ages = [ago(facts.at, now) for facts in known if facts is not None]
        if ages != self._ages:
            self._ages = ages
            self._repaint()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint rows; what is the same for all of them takes long to ask for."""
        self._base, self._width = self.rich_style, self.size.width
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint a row."""
        number = y + self.scroll_offset.y
        width = self._width
        listing = self.listing
        if number >= len(listing.rows):
            return Strip.blank(width, self._base)
        row = listing.rows[number]
        in_focus = number == listing.focus
        if isinstance(row, Heading):
            return self._heading(row, width, in_focus=in_focus)
        marked = row in listing.marked
        key = (row, in_focus, marked)
        strip = self._strips.get(key)
        if strip is None:
            if not self._strips:
                self._contents.fetch(
                    one for one in listing.rows[number : number + self.size.height]
                    if isinstance(one, str)
                )  # fmt: skip
            strip = self._strips[key] = self._painted(row, width, in_focus=in_focus, marked=marked)
        return strip

    def notify_style_update(self) -> None:
        """Take the colours of another theme."""
        self._colours.clear()
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many rows as there is room for."""
        self._columns = self._columns_now()
        self.listing.resize(self.size.height)
        self.update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Let the listing know where its window is: wheels and scroll bars move it too."""
        super().watch_scroll_y(old_value, new_value)
        if round(new_value) != self.listing.top:
            self.listing.scroll(round(new_value))
        self._prefetch()

    def on_focus(self) -> None:
        """Show that keys move here."""
        self._repaint()

    def on_blur(self) -> None:
        """Show that keys do not."""
        self._repaint()

    def on_click(self, event: events.Click) -> None:
        """Take a row into focus; open it on a double click."""
        number = event.y + self.scroll_offset.y
        if number < len(self.listing.rows):
            self._go(number)
            if event.chain > 1:
                self.post_message(self.Opened())

    def set_absolute(self, *, absolute: bool) -> None:
        """Show times of the clock, or how long ago."""
        self.absolute = absolute
        self._columns = self._columns_now()
        self._repaint()

    def action_down(self) -> None:
        """Go down."""
        self._go(self.listing.focus + 1)

    def action_up(self) -> None:
        """Go up."""
        self._go(self.listing.focus - 1)

    def action_page_down(self) -> None:
        """Go down a page."""
        self._page(1)

    def action_page_up(self) -> None:
        """Go up a page."""
        self._page(-1)

    def action_top(self) -> None:
        """Go to the top."""
        self._go(0)

    def action_bottom(self) -> None:
        """Go to the end."""
        self._go(len(self.listing.rows) - 1)

    def _columns_now(self) -> tuple[Column, ...]:
        return columns(max(self.scrollable_size.width, 20), absolute=self.absolute)

    def _page(self, direction: int) -> None:
        step = max(self.size.height - 1, 1) * direction
        self.listing.scroll(self.listing.top + step)
        self._go(self.listing.focus + step)

    def _go(self, number: int) -> None:
        before, top = self.listing.focus, self.listing.top
        self.listing.go(number)
        if round(self.scroll_offset.y) != self.listing.top:
            self.scroll_to(None, self.listing.top, animate=False, force=True)
        if top == self.listing.top:
            for row in (before, self.listing.focus):
                self.refresh(Region(0, row - self.listing.top, self.size.width, 1))
        self._tell(by_user=True)

    def _tell(self, *, by_user: bool) -> None:
        row = self.listing.focused
        name = row if isinstance(row, str) else f"\0{row.key}" if row is not None else ""
        if name != self._told or (by_user and row is None):
            self._told = name
            self.post_message(self.Moved(by_user=by_user))

    def _prefetch(self) -> None:
        sight = self.listing.in_sight
        rows = self.listing.rows[sight.start : sight.stop]
        self._contents.fetch(row for row in rows if isinstance(row, str))

    def _style(self, *, in_focus: bool) -> Style:
        base = self._base
        if in_focus:
            name = "list--focus" if self.has_focus else "list--focus-blurred"
            base += self.get_component_rich_style(name, partial=True)
        return base

    def _painted(self, row: str, width: int, *, in_focus: bool, marked: bool) -> Strip:
        if len(self._strips) > 2_000:
            self._strips.clear()
        base = self._style(in_focus=in_focus)
        facts = self._contents.facts(row)
        if facts is None:
            return Strip.blank(width, base)
        mine = in_focus and self.has_focus
        sign = Span("◆", "mark") if marked else Span("▌" if mine else " ", "key")
        spans = cells(facts, self.shown_columns, self._now(), absolute=self.absolute, sign=sign)
        strip = Strip(self._colours.segments(fitted(spans, width), base))
        return strip.adjust_cell_length(width, base)

    def _heading(self, row: Heading, width: int, *, in_focus: bool) -> Strip:
        base = self._style(in_focus=in_focus)
        own = self.get_component_rich_style("list--heading", partial=True)
        title, story = (row.title, f"{len(row.names):,}")
        if not title:
            title, story = self._contents.story(row.names)
        mine = Span("▌" if in_focus and self.has_focus else " ", "key")
        room = max(self.scrollable_size.width - cell_width(story) - 5, 8)
        spans = (
            mine,
            Span("▸ " if row.folded else "▾ "),
            Span(pad_cells(clip_cells(title, room), room)),
            Span(f" {story}", "dim"),
        )
        strip = Strip(self._colours.segments(fitted(spans, width), base + own))
        return strip.adjust_cell_length(width, base + own)

    def _repaint(self) -> None:
        self._strips.clear()
        self.refresh()
