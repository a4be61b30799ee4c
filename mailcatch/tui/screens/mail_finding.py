"""What the list of the main screen shows: what arrives, and what is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

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
from mailcatch.tui.model.arranging import Group, Sort
from mailcatch.tui.model.document import (
    Document,
)
from mailcatch.tui.model.finding import Answer, Asked, Finding
from mailcatch.tui.model.saying import count
from mailcatch.tui.model.teaching import teach
from mailcatch.tui.screens.mail_layout import MailLayout
from mailcatch.tui.widgets.filter_line import FilterLine

_FIRST = 100
"""Messages that are shown before all are known."""


class MailFinding(MailLayout):
    """The list kept up to date, filtered, sorted and grouped."""

    def on_mount(self) -> None:
        """Show the newest messages at once, and then all of them."""
        self._filter.display = self._find.display = False
        remembered = self.app.remembered
        self.list.set_absolute(absolute=remembered.absolute)
        self.message.body.wrap = remembered.wrap
        self._set_split(remembered.split)
        self.tick()
        self.listing.replace(self.app.contents.newest(_FIRST))
        if self._first:
            self.listing.go_to(self._first)
        self.list.update()
        # The first paint comes before the work that would compete with it.
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self._keep_finding(), name="find")
        self.run_worker(self._keep_counting(), name="count")
        self._changed.set()
        self.ask()
        self.set_interval(1.0, self.tick)

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

    def _take(self, changes: Sequence[AnyChange]) -> bool:
        """Put what changed into the plain list; return whether that was possible."""
        gone = {one.name for one in changes if isinstance(one, (Removed, SessionRemoved))}
        kinds = (SessionOpened, SessionUpdated, SessionClosed)
        sessions = {one.name for one in changes if isinstance(one, kinds)}
        wanted = self.app.contents.of_interest(sessions)
        here = sessions.intersection(self._plain_rows()) if sessions else set()
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

    def _plain_rows(self) -> Iterator[str]:
        return (row for row in self.listing.rows if isinstance(row, str))

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

    def ask(self, asked: Asked | None = None) -> None:
        """Search again. asked: for something else than before."""
        if asked is not None:
            self._asked = asked
            if self._finding is not None:
                self._finding.stop()
        self._news.set()

    async def _keep_finding(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            finding = self._finding = Finding(self.app.contents, self._asked)
            self._searching = True
            slow = self.set_timer(0.25, self._retitle)
            try:
                await self._show_answers(finding)
            except QueryError as error:
                self._filter.mistake(error)
            except MailboxError as error:
                self.app.tell(str(error), bad=True)
            finally:
                self._searching = False
                slow.stop()

    async def _show_answers(self, finding: Finding) -> None:
        again = self._answer is not None and self._answer.asked == finding.asked
        answers = finding.answers()
        try:
            while (answer := await asyncio.to_thread(next, answers, None)) is not None:
                if finding.asked != self._asked:
                    return
                # What is asked again is there already: a part of it would be less.
                if answer.whole or not again:
                    self._searching = not answer.whole and not finding.stopped
                    self._show_answer(answer)
                # Let it be seen before more is looked for.
                await asyncio.sleep(0.02)
        finally:
            await asyncio.to_thread(answers.close)

    def _show_answer(self, answer: Answer) -> None:
        self._filter.mistake(None)
        self._answer = answer
        if answer.asked.query.strip():
            self._matching, self._matches = answer.rows, None
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
        first = (state.entrance or state.smtp[0]) if here and state else None
        host, port = (first.host, first.port) if first is not None else ("", 0)
        self.message.close(teach(host or "127.0.0.1", port, self.app.demo_command))
        self.set_class(True, "teaching")

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
        if self._matches is None:
            self._matches = {row for row in self._matching if isinstance(row, str)}
        if not self._matches:
            self.app.tell("Filter for something first: /")
            return
        for distance in range(1, len(rows) + 1):
            at = (self.listing.focus + step * distance) % len(rows)
            if rows[at] in self._matches:
                self.listing.go(at)
                self.list.update(by_user=True)
                return

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
