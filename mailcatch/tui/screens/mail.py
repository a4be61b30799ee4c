"""The main screen: list and message, side by side or one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widget import Widget

from mailcatch.mail import safe_text
from mailcatch.mailbox.changes import (
    Added,
    AnyChange,
    Change,
    Rebuilt,
    Removed,
    SessionClosed,
    SessionOpened,
    SessionRemoved,
    SessionUpdated,
    Trimmed,
)
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.names import is_name
from mailcatch.mailbox.reader import Serving
from mailcatch.mailbox.search import QueryError, parse_query
from mailcatch.tui import deeds, fault_deeds
from mailcatch.tui.actions import VIEW_NAMES, Home, at_home
from mailcatch.tui.model.columns import heading
from mailcatch.tui.model.document import (
    Document,
    Span,
    ToCopy,
    ToEntry,
    ToLink,
    ToPart,
    ToSource,
)
from mailcatch.tui.model.finding import Answer, Asked, Finding, Group, Sort
from mailcatch.tui.model.listing import Heading, Listing
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import count
from mailcatch.tui.model.teaching import teach
from mailcatch.tui.views import ALL, SOURCE, View
from mailcatch.tui.widgets.filter_line import FilterLine
from mailcatch.tui.widgets.foot import Foot
from mailcatch.tui.widgets.list_pane import ListPane
from mailcatch.tui.widgets.message_pane import MessagePane
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.splitter import Splitter
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

WIDE = 100
SMALLEST = (60, 15)
_FIRST = 300
_LOOKED_AT = 0.8
"""Seconds after which a message that is shown counts as read."""


class MailScreen(Screen[None]):
    """Messages. first: a message to begin with, or ""."""

    app: MailcatchApp
    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, app: MailcatchApp, first: str = "") -> None:
        super().__init__()
        self._desk = app.desk
        keys, contents = app.keys, app.contents
        self.listing = Listing()
        self.list = ListPane(contents, self.listing, keys, app.now, id="list")
        self.message = MessagePane(app.open_message, keys)
        self.top_line = TopLine(app.shown_place)
        self.foot = Foot(keys)
        self._list_title = SpanLines(id="list-title")
        self._filter = FilterLine(
            "/", "from:ann subject:welcome is:refused has:link …", id="filter"
        )
        self._find = FilterLine("find ", "a text in this message", id="find")
        self._finding = Finding(contents)
        self._asked = Asked(sort=app.remembered.sort, group=app.remembered.group)  # type: ignore[arg-type]
        self._kept = ""
        self._matches: set[str] = set()
        self._news = asyncio.Event()
        self._changed = asyncio.Event()
        self._counts = (0, 0)
        self._answer: Answer | None = None
        self._first = first
        self._progress = ""
        self._searching = False
        self._read_timer: object = None
        keys.bind(self, Home.MAIL)

    # What it is made of

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
        yield SpanLines(id="small")

    def on_mount(self) -> None:
        """Show the newest messages at once, and then all of them."""
        self._filter.display = self._find.display = False
        remembered = self.app.remembered
        self.list.set_absolute(absolute=remembered.absolute)
        self.message.body.wrap = remembered.wrap
        self._set_split(remembered.split)
        self.tick()
        self.listing.replace(self.app.contents.find("", most=_FIRST))
        if self._first:
            self.listing.go_to(self._first)
        self.list.update()
        self.run_worker(self._keep_finding(), name="find")
        self.run_worker(self._keep_counting(), name="count")
        self._changed.set()
        self.ask()
        self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """Say how things are: who serves, and how long ago things were."""
        serving, state = self.app.contents.serving()
        self.top_line.tell(serving, state, *self._counts)
        if not self.list.absolute:
            self.list.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Take the layout for the size."""
        wide, (least_width, least_height) = event.size.width >= WIDE, SMALLEST
        self.set_class(not wide, "narrow")
        self._apply_split()
        small = event.size.width < least_width or event.size.height < least_height
        self.set_class(small, "small")
        self.query_one("#small", SpanLines).show(
            (
                (Span(" mailcatch needs a larger window: ", "warn"),),
                (Span(f" {least_width} columns and {least_height} lines; "),),
                (Span(f" this one has {event.size.width} and {event.size.height}.", "dim"),),
            )
        )
        if wide:
            self._open_focused()
        self.call_after_refresh(self._retitle)

    # What arrives

    def mailbox_changed(self, changes: Sequence[AnyChange]) -> None:
        """Take what happened to the mailbox."""
        if not changes:
            return
        self.app.contents.forget()
        self._changed.set()
        for change in changes:
            if isinstance(change, Trimmed):
                gone = f"{count(change.messages, 'message')}, {count(change.sessions, 'session')}"
                limits = safe_text(", ".join(change.why), 100)
                self.app.tell(f"The server removed {gone}: past the limit of {limits}.")
        rebuilt = any(isinstance(change, Rebuilt) for change in changes)
        if rebuilt or not self._asked.plain or not self._take(changes):
            self.ask()
        self.list.update()
        self._retitle()
        opened = self.message.opened
        touched = {change.name for change in changes if isinstance(change, Change)}
        if opened is not None and {opened.name, opened.session_name} & touched:
            self.message.reopen()

    def reading_went_on(self, text: str) -> None:
        """Say how far the first reading of the mailbox is."""
        self._progress = text
        self._retitle()

    def _take(self, changes: Sequence[AnyChange]) -> bool:
        """Put what changed into the plain list; return whether that was possible."""
        gone = {one.name for one in changes if isinstance(one, (Removed, SessionRemoved))}
        kinds = (SessionOpened, SessionUpdated, SessionClosed)
        sessions = {one.name for one in changes if isinstance(one, kinds)}
        wanted = self.app.contents.of_interest(sessions)
        here = {one for one in sessions if one in self.listing.rows} if sessions else set()
        self.listing.forget(gone | (here - wanted))
        new = {one.name for one in changes if isinstance(one, Added)} - gone | (wanted - here)
        if not new:
            return True
        newest = next((one for one in self.listing.rows if isinstance(one, str)), "")
        rising = sorted(new)
        if not all(is_name(one.partition(".eml")[0].partition(".jsonl")[0]) for one in rising):
            return False
        if rising[0] <= newest:
            return False
        self.listing.add(rising)
        return True

    async def _keep_counting(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                self._counts = await asyncio.to_thread(self.app.contents.counts)
            except MailboxError as error:
                self.app.tell(str(error), bad=True)
                continue
            self.tick()
            self._retitle()
            await asyncio.sleep(0.1)

    # Finding

    def ask(self, asked: Asked | None = None) -> None:
        """Search again. asked: for something else than before."""
        if asked is not None:
            self._asked = asked
            self._finding.stop()
        self._news.set()

    async def _keep_finding(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            asked = self._asked
            self._searching = True
            slow = self.set_timer(0.25, self._retitle)
            try:
                answer = await asyncio.to_thread(self._finding.answer, asked)
            except QueryError as error:
                self._filter.mistake(error)
                continue
            except MailboxError as error:
                self.app.tell(str(error), bad=True)
                continue
            finally:
                self._searching = False
                slow.stop()
            if asked != self._asked:
                continue
            self._show_answer(answer)
            # Let what is typed meanwhile be seen before the next search.
            await asyncio.sleep(0.02)

    def _show_answer(self, answer: Answer) -> None:
        self._filter.mistake(None)
        self._answer = answer
        if answer.asked.query.strip():
            self._matches = {row for row in answer.rows if isinstance(row, str)}
        self.listing.replace(answer.rows)
        if self._first and self.listing.go_to(self._first):
            self._first = ""
        self.list.update()
        self._retitle()
        self.tick()
        if not self.listing.rows:
            self._show_nothing()

    def _show_nothing(self) -> None:
        if self._asked.query.strip():
            self.message.close(Document((), remark=""))
            return
        serving, state = self.app.contents.serving()
        here = state is not None and serving is Serving.HERE and state.smtp
        host, port = (state.smtp[0].host, state.smtp[0].port) if here and state else ("", 0)
        self.message.close(teach(host or "127.0.0.1", port, self.app.demo_command))
        self.set_class(True, "teaching")

    def _retitle(self) -> None:
        rows = self.listing.rows
        shown = len(rows) if not self._asked.group else len(self.listing.names())
        words: list[Span] = []
        if self._progress:
            words.append(Span(f" {self._progress}", "warn"))
        elif self._searching:
            words.append(Span(" searching… Esc stops", "warn"))
        elif self._asked.query.strip():
            total = f" of {self._counts[0]:,}"
            words += [
                Span(f" {shown:,}", "strong"),
                Span(f"{total} fit: {self._asked.query}", "dim"),
            ]
        elif not rows:
            words.append(Span(" No mail yet", "dim"))
        else:
            words.append(Span(f" {self.listing.focus + 1:,} of {len(rows):,}", "dim"))
        if self._asked.sort != "time":
            words.append(Span(f" · by {self._asked.sort}", "dim"))
        if self._asked.group:
            words.append(Span(f" · grouped by {self._asked.group}", "dim"))
        if self.listing.marked:
            words.append(Span(f" · ◆ {len(self.listing.marked)} marked", "mark"))
        self._list_title.show((tuple(words), heading(self.list.shown_columns)))
        if rows:
            self.set_class(False, "teaching")

    # What is in focus

    def on_list_pane_moved(self, event: ListPane.Moved) -> None:
        """Show what is in focus, where there is room for it."""
        if not self.has_class("narrow") or self.has_class("reading"):
            self._open_focused()
        self._retitle()
        if event.by_user:
            self._count_as_read_soon()

    def on_list_pane_opened(self) -> None:
        """Go to the message."""
        self.action_open()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Say what can be done here."""
        in_list = event.widget is self.list
        self.listing.follows = in_list
        homes = (Home.MAIL, Home.EVERYWHERE)
        actions = sorted((one for one in at_home(*homes) if one.footer), key=lambda one: one.footer)
        if in_list and not self.has_class("narrow"):
            actions = [one for one in actions if one.name != "back"]
        self.foot.offer(actions)

    def _open_focused(self) -> None:
        name = self.listing.name
        if name:
            self.message.open(name)
        elif isinstance(row := self.listing.focused, Heading):
            self.message.close(Document((row.title, "", "Enter folds the group.")))

    def _count_as_read_soon(self) -> None:
        name = self.listing.name
        self.set_timer(_LOOKED_AT, lambda: self._count_as_read(name))

    def _count_as_read(self, name: str) -> None:
        opened = self.message.opened
        shown = opened is not None and opened.name == name == self.listing.name
        in_sight = not self.has_class("narrow") or self.has_class("reading")
        if shown and in_sight and self.app.can_write:
            deeds.mark_read(self.app, [name], read=True, quietly=True)

    @property
    def _in_text(self) -> bool:
        return self.focused is self.message.body

    # Actions: moving about

    def action_open(self) -> None:
        """Read the message, or follow the line in focus."""
        if self._in_text:
            self.message.body.follow()
            return
        row = self.listing.focused
        if isinstance(row, Heading):
            self.ask(replace(self._asked, toggled=self._asked.toggled ^ {row.key}))
            return
        if not self.listing.rows and not self.has_class("teaching"):
            return
        self.add_class("reading")
        self._open_focused()
        self.message.body.focus()
        self._count_as_read_soon()

    def action_back(self) -> None:
        """Go back by one step."""
        if self._in_text and self.message.body.looked_for:
            self.message.body.look_for("")
        elif self._in_text and self.message.leave_part():
            return
        elif self.has_class("zoomed"):
            self.action_zoom()
        elif self._in_text:
            self.remove_class("reading")
            self.list.focus()
        elif self._searching and self._asked.query:
            self._finding.stop()
        elif self._asked.query:
            self._set_filter("")
        elif self.listing.marked:
            self.listing.marked.clear()
            self.list.repaint()
            self._retitle()

    def action_next_pane(self) -> None:
        """Go to the other pane."""
        if self._in_text:
            self.remove_class("reading")
            self.list.focus()
        else:
            self.action_open()

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

    # Actions: finding

    def action_filter(self) -> None:
        """Filter the list, or look for something in the text."""
        if self._in_text:
            self._find.start(self.message.body.looked_for, self.app.looked_for)
        else:
            self._kept = self._asked.query
            self._filter.start(self._asked.query, self.app.remembered.filters)

    def on_filter_line_typed(self, event: FilterLine.Typed) -> None:
        """Take what is typed."""
        if self._find.display:
            self.message.body.look_for(event.text)
            return
        try:
            parse_query(event.text)
        except QueryError as error:
            self._filter.mistake(error)
            return
        self.ask(replace(self._asked, query=event.text))

    def on_filter_line_kept(self, event: FilterLine.Kept) -> None:
        """Keep what was typed."""
        if self._find.display:
            self._find.display = False
            if event.text:
                self.app.looked_for.append(event.text)
            self.message.body.focus()
            if event.text and self.message.body.look_for(event.text) < 0:
                self.app.tell("Nothing of that is in this text.", bad=True)
            return
        try:
            parse_query(event.text)
        except QueryError as error:
            self._filter.mistake(error)
            return
        self.app.remembered.add_filter(event.text)
        self._set_filter(event.text)

    def on_filter_line_left(self) -> None:
        """Go back to what was there before."""
        if self._find.display:
            self._find.display = False
            self.message.body.look_for("")
            self.message.body.focus()
            return
        self._set_filter(self._kept)

    def _set_filter(self, text: str) -> None:
        self._filter.mistake(None)
        self._filter.display = False
        self.ask(replace(self._asked, query=text))
        self._retitle()
        self.list.focus()

    def action_next_match(self) -> None:
        """Go to the next match."""
        self._match(1)

    def action_previous_match(self) -> None:
        """Go to the match before."""
        self._match(-1)

    def _match(self, step: int) -> None:
        body = self.message.body
        if self._in_text:
            if not body.looked_for:
                self.app.tell("Look for something first: /")
            elif body.look_for(body.looked_for, step=step) < 0:
                self.app.tell("Nothing of that is in this text.", bad=True)
            return
        rows = self.listing.rows
        if not self._matches:
            self.app.tell("Filter for something first: /")
            return
        for distance in range(1, len(rows) + 1):
            at = (self.listing.focus + step * distance) % len(rows)
            if rows[at] in self._matches:
                self.listing.go(at)
                self.list.update(by_user=True)
                return

    # Actions: views

    def _choose(self, name: str, *, toggle: bool = False) -> None:
        view = ALL[VIEW_NAMES.index(name)]
        why_not = self.message.toggle(view) if toggle else self.message.choose(view)
        if why_not:
            self.app.tell(why_not[0].upper() + why_not[1:] + ".", bad=True)
        elif self.has_class("narrow") and not self.has_class("reading"):
            self.action_open()

    def action_transcript(self) -> None:
        """Show the session, or go back from it."""
        self._current()
        self._choose("transcript", toggle=True)

    def action_attempts(self) -> None:
        """Show the tries, or go back from them."""
        self._current()
        self._choose("attempts", toggle=True)

    def action_details(self) -> None:
        """Show more, or less."""
        said = self.message.toggle_details()
        if said:
            self.app.tell(said)

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

    def action_sort(self) -> None:
        """Take the next order."""
        orders: tuple[Sort, ...] = ("time", "subject", "sender", "size")
        sort = orders[(orders.index(self._asked.sort) + 1) % len(orders)]
        self.app.remembered.sort = sort
        self.app.remembered.group = ""
        self.ask(replace(self._asked, sort=sort, group=""))
        self.app.tell(f"Sorted by {sort}.")

    def action_group(self) -> None:
        """Take the next way to group."""
        groups: tuple[Group, ...] = ("", "day", "mail")
        group = groups[(groups.index(self._asked.group) + 1) % len(groups)]
        self.app.remembered.group = group
        self.app.remembered.sort = "time"
        self.ask(replace(self._asked, group=group, sort="time"))
        self.app.tell(f"Grouped by {group}." if group else "Not grouped.")

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Go where a line leads."""
        match event.target:
            case ToSource(line, field):
                self.message.choose(SOURCE, field=field, line=line)
            case ToPart(number):
                self.message.show_part(number)
            case ToLink(address, warning):
                deeds.ask_to_open(self.app, address, warning)
            case ToCopy(text, what):
                deeds.copy(self.app, text, what)
            case ToEntry(name):
                self._go_to(name)

    def _go_to(self, name: str) -> None:
        if self.message.opened is not None and name == self.message.opened.name:
            self._choose("transcript")
        elif self.listing.go_to(name):
            self.list.update()
            self._open_focused()
        else:
            self.message.open(name)

    def _current(self) -> Opened | None:
        """Return the message that keys are meant for: the one in focus, or the one being read."""
        if not self._in_text:
            self._open_focused()
        return self.message.current

    # Actions: on messages

    def action_mark(self) -> None:
        """Mark, and go on to the next."""
        if self.listing.name:
            self.listing.toggle(self.listing.name)
            self.list.action_down()
            self.list.repaint()
            self._retitle()

    def action_toggle_read(self) -> None:
        """Mark as read, or as unread."""
        deeds.toggle_read(self.app, self.listing.chosen())

    def action_delete(self) -> None:
        """Delete what is marked, or in focus."""
        deeds.delete(self.app, self.listing.chosen())

    def action_undo(self) -> None:
        """Undo the last deletion."""
        deeds.undo(self.app)

    def action_delete_all(self) -> None:
        """Delete all that is shown."""
        deeds.ask_to_delete(
            self.app, self.listing.names(), filtered=bool(self._asked.query.strip())
        )

    def messages_went(self, names: set[str]) -> None:
        """Take deleted messages away at once."""
        self.listing.forget(names)
        self.list.update()
        self._retitle()
        if not self.listing.rows:
            self._show_nothing()

    def action_links(self) -> None:
        """List the links."""
        deeds.list_links(self.app, self._current())

    def action_code(self) -> None:
        """Copy the newest code."""
        deeds.copy_code(self.app, self._current())

    def action_copy(self) -> None:
        """Copy something: a menu."""
        deeds.offer_copies(self.app, self._current(), self.message.body.document)

    def action_browser(self) -> None:
        """Open the message in the browser."""
        deeds.open_page(self.app, self._current())

    def action_editor(self) -> None:
        """Open the source in the editor."""
        deeds.edit(self.app, self._current())

    def action_pipe(self) -> None:
        """Pipe the source to a command."""
        deeds.ask_to_pipe(self.app, self._current())

    def action_save(self) -> None:
        """Save the message, or the part in focus."""
        part = self.message.part_in_focus if self._in_text else 0
        deeds.ask_to_save(self.app, self._current(), part)

    def action_compare(self) -> None:
        """Compare the two marked messages."""
        self.app.compare([one for one in self.listing.names() if one in self.listing.marked])

    def action_faults(self) -> None:
        """Show the faults."""
        self._current()
        self.app.action_faults()

    def action_refuse(self) -> None:
        """Refuse the next mail to whom this one was for."""
        fault_deeds.refuse(self.app, self._current())

    def action_sessions(self) -> None:
        """Show all sessions."""
        self.app.show_sessions()

    def show_session(self, name: str) -> None:
        """Show what came in a session."""
        messages = self.app.contents.messages_of(name)
        if messages and self.listing.go_to(messages[0]):
            self.list.update(by_user=True)
            return
        self.message.open(messages[0] if messages else name)
        if self.has_class("narrow"):
            self.add_class("reading")
        self.message.body.focus()


def _viewing(view: View, name: str) -> None:
    """Give the screen the action of a view."""

    def action(self: MailScreen) -> None:
        self._current()
        self._choose(name)

    action.__doc__ = f"Show {view.name}."
    setattr(MailScreen, f"action_view_{name}", action)


for _view, _name in zip(ALL, VIEW_NAMES, strict=True):
    _viewing(_view, _name)
