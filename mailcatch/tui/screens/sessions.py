"""All sessions: what was said in them, live ones as they go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from mailcatch.mailbox.changes import AnyChange, Change
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.rows import SessionSummary
from mailcatch.tui.actions import Home, at_home
from mailcatch.tui.model.document import EMPTY, Document, Line, Role, Span, ToEntry, line
from mailcatch.tui.model.saying import ago, clock, count
from mailcatch.tui.views.transcript import told
from mailcatch.tui.widgets.foot import Foot
from mailcatch.tui.widgets.spans import SpanLines
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

_MOST = 2_000


class SessionsScreen(Screen[str | None]):
    """Sessions, and the dialogue of the one in focus. Ends with the session that was chosen."""

    app: MailcatchApp
    AUTO_FOCUS = "#session-list"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, app: MailcatchApp) -> None:
        super().__init__()
        keys = app.keys
        self.top_line = TopLine(app.shown_place)
        self.list = TextPane(keys, id="session-list")
        self.list.wrap = False
        self.dialogue = TextPane(keys, id="dialogue")
        self.foot = Foot(keys)
        self.refused_only = False
        self._title = SpanLines(id="session-title")
        self._names: list[str] = []
        self._shown = ""
        self._news = asyncio.Event()
        keys.bind(self, Home.SESSIONS)

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        yield self.top_line
        with Horizontal(id="panes"):
            with Vertical(id="session-left"):
                yield self._title
                yield self.list
            yield self.dialogue
        yield self.foot

    def on_mount(self) -> None:
        """Show what is there, and go on looking."""
        self.foot.offer([one for one in at_home(Home.SESSIONS, Home.EVERYWHERE) if one.footer])
        self.run_worker(self._keep_looking(), name="sessions")
        self._news.set()
        self.set_interval(0.1, self._follow)

    def on_resize(self, event: events.Resize) -> None:
        """Take the layout for the size."""
        self.set_class(event.size.width < 100, "narrow")

    def mailbox_changed(self, changes: Sequence[AnyChange]) -> None:
        """Look again."""
        touched = {one.name for one in changes if isinstance(one, Change)}
        if any(name.endswith(".jsonl") for name in touched) or not touched:
            self._news.set()

    def _follow(self) -> None:
        """Show the dialogue of the session in focus."""
        target = self.list.target
        name = target.name if isinstance(target, ToEntry) else ""
        if name != self._shown:
            self._shown = name
            self._news.set()

    async def _keep_looking(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._look()
            except MailboxError as error:
                self.app.tell(str(error), bad=True)

    async def _look(self) -> None:
        contents = self.app.contents
        serving, state = contents.serving()
        messages, refused = await asyncio.to_thread(contents.counts)
        self.top_line.tell(serving, state, messages, refused)
        found = await asyncio.to_thread(
            contents.sessions, refused_only=self.refused_only, most=_MOST
        )
        names = [one.name for one in found]
        now = self.app.now()
        lines = [_row(one, now, live=contents.is_live(one)) for one in found]
        which = "in which something was refused" if self.refused_only else "all, newest first"
        at_most = f", the newest {_MOST:,}" if len(found) == _MOST else ""
        title = (
            Span(f" {count(len(found), 'session')}", "strong"),
            Span(f" — {which}{at_most}", "dim"),
        )
        self._title.show((title,))
        focus = self._shown
        at_top = self.list.chosen <= 0
        self.list.show(Document(lines), keep=True)
        if focus in names and not at_top:
            self.list.go_to_line(names.index(focus))
        self._names = names
        self._follow()
        await self._show_dialogue(self._shown)

    async def _show_dialogue(self, name: str) -> None:
        if not name:
            remark = "Nobody connected yet." if not self.refused_only else "Nothing was refused."
            self.dialogue.show(Document((line(Span(f" {remark}", "dim")),)))
            return
        try:
            happened = await asyncio.to_thread(self.app.reader.events, name)
        except MailboxError:
            self.dialogue.show(EMPTY)
            return
        if name != self._shown:
            return
        lines, _ = told(happened)
        at_end = self.dialogue.scroll_offset.y >= self.dialogue.max_scroll_y
        same = getattr(self, "_dialogue_of", "") == name
        self._dialogue_of = name
        self.dialogue.show(Document(lines), keep=same)
        if same and at_end:
            self.dialogue.action_text_bottom()

    def on_text_pane_followed(self, event: TextPane.Followed) -> None:
        """Go to the messages of a session that was clicked twice."""
        self.action_session_messages()

    def action_refused_only(self) -> None:
        """Show only what was refused, or all."""
        self.refused_only = not self.refused_only
        self._news.set()

    def action_session_messages(self) -> None:
        """Go to what came in the session."""
        if self._shown:
            self.dismiss(self._shown)

    def action_leave_sessions(self) -> None:
        """Go back."""
        self.dismiss(None)

    def action_sessions_pane(self) -> None:
        """Go to the other pane."""
        (self.list if self.focused is self.dialogue else self.dialogue).focus()


def _row(one: SessionSummary, now: datetime, *, live: bool) -> Line:
    sign, role = _state(one, live=live)
    stored = f"{one.stored} stored" if one.stored else ""
    refused = f"{one.refused} refused" if one.refused else ""
    refused = refused or ("turned away" if one.turned_away else "")
    what = ", ".join(word for word in (stored, refused) if word) or "nothing sent"
    who = one.user or one.peer
    return line(
        Span(f" {sign:<5}", role),
        Span(f"{clock(one.began, now):<9}", "dim"),
        Span(f"{ago(one.began, now):>4}  ", "dim"),
        Span(f"{what:<22}", "bad" if refused else ""),
        Span(who, "dim"),
        target=ToEntry(one.name),
    )


def _state(one: SessionSummary, *, live: bool) -> tuple[str, Role]:
    if live:
        return "live", "name"
    if one.refused or one.turned_away:
        return "✗", "bad"
    if one.ended is None:
        return "…", "dim"
    return ("✓", "good") if one.stored else ("·", "dim")
