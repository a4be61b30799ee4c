"""All sessions: what was said in them, live ones as they go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from mailcatch.mailbox.changes import AnyChange, Change
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.rows import SessionSummary
from mailcatch.mailbox.session_file import Around
from mailcatch.tui.actions import Home
from mailcatch.tui.model.document import EMPTY, Document, Span, ToEntry, line
from mailcatch.tui.model.saying import count
from mailcatch.tui.model.session_lines import session_heading, session_line
from mailcatch.tui.screens.footed import FootedScreen
from mailcatch.tui.views.transcript import told
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

_MOST: Final = 2_000
_TICK: Final = 1.0
"""Seconds after which ages and counts are told anew."""


class SessionsScreen(FootedScreen[str | None]):
    """Sessions, and the dialogue of the one in focus. Ends with the session that was chosen."""

    AUTO_FOCUS = "#session-list"

    def __init__(self, app: MailcatchApp) -> None:
        super().__init__(app, Home.SESSIONS)
        keys = app.keys
        self.top_line = TopLine(app.shown_place)
        self.list = TextPane(keys, id="session-list", rows=True)
        self.list.wrap = False
        self.dialogue = TextPane(keys, id="dialogue")
        self.refused_only = False
        self._title = SpanLines(id="session-title")
        self._found: list[SessionSummary] = []
        self._told = ""
        self._changed = asyncio.Event()
        self._moved = asyncio.Event()

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield self.top_line
        with Horizontal(id="panes"):
            with Vertical(id="session-left"):
                yield self._title
                yield self.list
            yield self.dialogue
        yield self.foot
        yield self.small

    def on_mount(self) -> None:
        """Show what is there, and go on looking."""
        self.run_worker(self._keep_listing(), name="sessions")
        self.run_worker(self._keep_telling(), name="dialogue")
        self.set_interval(_TICK, self._tick)
        self._tick()
        self._changed.set()

    def on_resize(self, event: events.Resize) -> None:
        """Take the layout for the size."""
        self.set_class(event.size.width < 100, "narrow")
        self.call_after_refresh(self._show_rows)

    def mailbox_changed(self, changes: Sequence[AnyChange]) -> None:
        """Look again."""
        touched = {one.name for one in changes if isinstance(one, Change)}
        if any(name.endswith(".jsonl") for name in touched) or not touched:
            self._changed.set()
        if self.name_in_focus in touched:
            self._moved.set()

    def on_text_pane_moved(self) -> None:
        """Show the dialogue of another session."""
        self._moved.set()

    @property
    def name_in_focus(self) -> str:
        """The session in focus, "" where there is none."""
        target = self.list.target
        return target.name if isinstance(target, ToEntry) else ""

    async def _keep_listing(self) -> None:
        contents = self.app.contents
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                self._found = await asyncio.to_thread(
                    contents.sessions, refused_only=self.refused_only, most=_MOST
                )
            except MailboxError as error:
                self.app.tell(str(error), bad=True)
                continue
            self._show_rows()
            self._moved.set()

    def _tick(self) -> None:
        """Say how things are, and how long ago things were."""
        self.top_line.tell(*self.app.contents.serving(), *self.app.mail.counts)
        self._show_rows()

    def _show_rows(self) -> None:
        """Show the sessions; who stands at the top follows what is new."""
        width, now = self.list.scrollable_size.width, self.app.now()
        live = self.app.contents.is_live
        lines = [session_line(one, now, width, live=live(one)) for one in self._found]
        which = "in which something was refused" if self.refused_only else "all, newest first"
        at_most = f", the newest {_MOST:,}" if len(lines) == _MOST else ""
        title = (
            Span(f" {count(len(lines), 'session')}", "strong"),
            Span(f" — {which}{at_most}", "dim"),
        )
        self._title.show((title, session_heading(width)))
        names = [one.name for one in self._found]
        follows = self.list.chosen <= 0 or self.name_in_focus not in names
        self.list.show_rows(Document(lines), 0 if follows else names.index(self.name_in_focus))

    async def _keep_telling(self) -> None:
        while True:
            await self._moved.wait()
            self._moved.clear()
            name = self.name_in_focus
            if not name:
                remark = "Nothing was refused." if self.refused_only else "Nobody connected yet."
                self.dialogue.show(Document((line(Span(f" {remark}", "dim")),)))
                continue
            document = await asyncio.to_thread(self._dialogue, name)
            at_end = self.dialogue.scroll_offset.y >= self.dialogue.max_scroll_y
            same, self._told = self._told == name, name
            self.dialogue.show(document, keep=same)
            if same and at_end:
                self.dialogue.action_text_bottom()

    def _dialogue(self, name: str) -> Document:
        """Return what was said in a session; on a thread."""
        try:
            return Document(told(self.app.reader.excerpt(name, Around.END))[0])
        except MailboxError:
            return EMPTY

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Go to the messages of a session that was clicked twice."""
        self.action_session_messages()

    def action_refused_only(self) -> None:
        """Show only what was refused, or all."""
        self.refused_only = not self.refused_only
        self._changed.set()

    def action_session_messages(self) -> None:
        """Go to what came in the session."""
        if self.name_in_focus:
            self.dismiss(self.name_in_focus)

    def action_leave_sessions(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_sessions_pane(self) -> None:
        """Go to the other pane."""
        (self.list if self.focused is self.dialogue else self.dialogue).focus()
