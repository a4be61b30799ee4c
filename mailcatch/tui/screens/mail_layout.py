"""The main screen as it is laid out: its panes, their sizes, and what stands above the list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from mailcatch.mailbox.changes import AnyChange
from mailcatch.tui.actions import Home
from mailcatch.tui.hints import LOOKING, TYPING, of_the_lesson, of_the_list, of_the_text
from mailcatch.tui.model.columns import heading as columns_heading
from mailcatch.tui.model.document import Document, Role, Span
from mailcatch.tui.model.finding import Answer, Asked, Finding
from mailcatch.tui.model.listing import Heading, Listing, Row, is_session
from mailcatch.tui.screens.footed import FootedScreen
from mailcatch.tui.widgets.filter_line import FilterLine
from mailcatch.tui.widgets.list_pane import ListPane
from mailcatch.tui.widgets.message_pane import MessagePane
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.splitter import Splitter
from mailcatch.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

WIDE = 100
_STEPS = 0.3
"""Seconds between two moves that follow each other: a key that is held down."""
_QUIET = 0.1
"""Seconds without another move after which the message in focus is read."""
_PAINT = 0.01
"""Seconds that the list has to be painted, before a message is read."""


class MailLayout(FootedScreen[None]):
    """List and message, side by side or one after the other.

    first: a message to begin with, or "". counts: messages, and sessions in which something was
    refused, as they were counted last.
    """

    AUTO_FOCUS = "#list"

    def __init__(self, app: MailcatchApp, first: str = "") -> None:
        super().__init__(app, Home.MAIL)
        keys, contents = app.keys, app.contents
        self.listing = Listing()
        self.list = ListPane(contents, self.listing, keys, app.now, id="list")
        self.message = MessagePane(app.open_message, keys)
        self.top_line = TopLine(app.shown_place)
        self._list_title = SpanLines(id="list-title")
        self._filter = FilterLine(
            "/", "from:ann subject:welcome is:refused has:link …", id="filter"
        )
        self._find = FilterLine("find ", "a text in this message", id="find")
        self._finding: Finding | None = None
        self._asked = Asked(sort=app.remembered.sort, group=app.remembered.group)  # type: ignore[arg-type]
        self._kept = ""
        self._matching: Sequence[Row] = ()
        self._matches: set[str] | None = None
        self._news = asyncio.Event()
        self._changed = asyncio.Event()
        self._changes: list[AnyChange] = []
        self._arrived = asyncio.Event()
        self.counts = (0, 0)
        self._answer: Answer | None = None
        self._first = first
        self._progress = ""
        self._searching = False
        self._looking: Timer | None = None
        self._opening: Timer | None = None
        self._moved = 0.0
        self._reopening: Timer | None = None
        self._reopened = 0.0

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield self.top_line
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield self._filter
                yield self._list_title
                yield self.list
            yield Splitter()
            yield self.message
        yield self._find
        yield self.foot
        yield self.small

    @property
    def homes(self) -> list[Home]:
        """Where the actions are at home that can be done now, the nearest first."""
        return [Home.TEXT if self._in_text else Home.LIST, Home.MAIL, Home.EVERYWHERE]

    def ask(self, asked: Asked | None = None) -> None:
        """Search again. asked: for something else than before."""
        if asked is not None:
            self._asked = asked
            if self._finding is not None:
                self._finding.stop()
        self._news.set()

    def tick(self) -> None:
        """Say how things are: who serves, and how long ago things were."""
        serving, state = self.app.contents.serving()
        self.top_line.tell(serving, state, *self.counts)
        self.list.tick()

    def on_resize(self, event: events.Resize) -> None:
        """Take the layout for the size."""
        wide, was_narrow = event.size.width >= WIDE, self.has_class("narrow")
        if not wide and not was_narrow:
            # Who reads goes on reading.
            self.set_class(self._in_text, "reading")
        self.set_class(not wide, "narrow")
        self._apply_split()
        if wide and (self.message.current is None or (was_narrow and not self._in_text)):
            self._open_soon()
        self.call_after_refresh(self._retitle)

    def reading_went_on(self, text: str) -> None:
        """Say how far the first reading of the mailbox is."""
        self._progress = text
        self._retitle()

    def _retitle(self) -> None:
        rows = self.listing.rows
        answer = self._answer
        shown, more = (len(rows), "")
        if answer is not None and answer.asked == self._asked:
            shown = answer.shown if answer.asked.group else len(rows)
            more = "" if answer.whole else "+"
        words: list[Span] = []
        here: Role = "strong" if self.list.has_focus else "dim"
        if self._progress:
            words.append(Span(f" {self._progress}", "warn"))
        elif self._searching and not more:
            words.append(Span(" searching… Esc stops", "warn"))
        elif self._asked.query.strip():
            words += [
                Span(f" {shown:,}{more}", here),
                Span(f" fit: {self._asked.query}", "dim"),
            ]
            if self._searching:
                words.append(Span(" · searching… Esc stops", "warn"))
        elif not rows:
            words.append(Span(" No mail yet", "dim"))
        elif self._asked.group:
            words.append(Span(f" {shown:,}", here))
        else:
            words.append(Span(f" {self.listing.focus + 1:,} of {len(rows):,}", here))
        if self.listing.above:
            words.append(Span(f" · {self.listing.above:,} new above", "name"))
        if self._asked.sort != "time":
            words.append(Span(f" · by {self._asked.sort}", "dim"))
        if self._asked.group:
            words.append(Span(f" · grouped by {self._asked.group}", "dim"))
        if self.listing.marked:
            words.append(Span(f" · ◆ {len(self.listing.marked)} marked", "mark"))
        self._list_title.show((tuple(words), columns_heading(self.list.shown_columns)))
        if rows and self.has_class("teaching"):
            self.remove_class("teaching")
            if self._in_text and not self.has_class("reading"):
                self.list.focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what can be done here."""
        self.listing.follows = event.widget is self.list
        self._retitle()
        self.hint()

    def hint(self) -> None:
        """Say what the keys do where the focus is."""
        keys, row, text = self.app.keys, self.listing.name, self.message.body
        if self._filter.has_focus_within:
            self.foot.offer(TYPING)
        elif self._find.has_focus_within:
            self.foot.offer(LOOKING)
        elif self.has_class("teaching"):
            self.foot.offer(of_the_lesson(keys))
        elif self._in_text:
            self.foot.offer(of_the_text(keys, text.target, session=is_session(row)))
        else:
            back = bool(self.has_class("narrow") or self._asked.query or self.listing.marked)
            heading = isinstance(self.listing.focused, Heading)
            offered = of_the_list(keys, row, session=is_session(row), heading=heading, back=back)
            self.foot.offer(offered)

    def _open_soon(self) -> None:
        """Show the message in focus; while keys follow each other, when they are quiet again."""
        if self._opening is not None:
            self._opening.stop()
        now = monotonic()
        quiet, self._moved = now - self._moved > _STEPS, now
        self._opening = self.set_timer(_PAINT if quiet else _QUIET, self._open_focused)

    def _open_focused(self) -> None:
        if self._opening is not None:
            self._opening.stop()
        name = self.listing.name
        if name:
            self.message.open(name)
        elif isinstance(row := self.listing.focused, Heading):
            title = row.title or self.app.contents.story(row.names)[0]
            self.message.close(Document((title, "", "Enter folds the group.")))

    @property
    def _in_text(self) -> bool:
        return self.focused is self.message.body

    def action_zoom(self) -> None:
        """Give the pane in focus the whole screen."""
        zoomed = not self.has_class("zoomed")
        self.set_class(zoomed, "zoomed")
        self.set_class(zoomed and self._in_text, "zoom-message")
        self._apply_split()
        self.call_after_refresh(self._retitle)

    def action_narrower(self) -> None:
        """Make the list narrower."""
        self._set_split(self.app.remembered.split - 5)

    def action_wider(self) -> None:
        """Make the list wider."""
        self._set_split(self.app.remembered.split + 5)

    def on_splitter_dragged(self, event: Splitter.Dragged) -> None:
        """Follow the mouse."""
        self._set_split(round(event.column * 100 / max(self.size.width, 1)))

    def _set_split(self, per_cent: int) -> None:
        self.app.remembered.split = min(max(per_cent, 15), 85)
        self._apply_split()
        self.call_after_refresh(self._retitle)

    def _apply_split(self) -> None:
        alone = self.has_class("narrow") or self.has_class("zoomed")
        width = 100 if alone else self.app.remembered.split
        self.query_one("#left", Widget).styles.width = f"{width}%"

    def action_wrap(self) -> None:
        """Break long lines, or do not."""
        wrap = not self.message.body.wrap
        self.app.remembered.wrap = wrap
        self.message.body.set_wrap(wrap=wrap)
        self.app.tell("Long lines are broken." if wrap else "Long lines go on to the right: ← →")

    def action_times(self) -> None:
        """Show times of the clock, or how long ago."""
        absolute = not self.list.absolute
        self.app.remembered.absolute = absolute
        self.list.set_absolute(absolute=absolute)
        self._retitle()

    def action_details(self) -> None:
        """Show more, or less."""
        said = self.message.toggle_details()
        if said:
            self.app.tell(said)
