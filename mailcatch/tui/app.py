"""The application: what all screens share."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.message import Message
from textual.screen import Screen

from mailcatch.mail import safe_text
from mailcatch.mail.worker import Worker
from mailcatch.mailbox.changes import AnyChange
from mailcatch.mailbox.index.update import Progress
from mailcatch.mailbox.layout import Layout
from mailcatch.mailbox.reader import Reader, Serving
from mailcatch.tui import themes
from mailcatch.tui.actions import BY_NAME, Action, Home, at_home
from mailcatch.tui.clipboard import MOST, copy_natively, osc_52
from mailcatch.tui.desk import Desk
from mailcatch.tui.feed import Feed
from mailcatch.tui.help import help_text
from mailcatch.tui.hints import Hint
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.contents import Contents
from mailcatch.tui.model.document import Document, Line, Span, Target, ToAction, line
from mailcatch.tui.model.firings import Firings
from mailcatch.tui.model.listing import is_session
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.remembered import Remembered
from mailcatch.tui.screens.footed import FootedScreen
from mailcatch.tui.screens.mail import MailScreen
from mailcatch.tui.terminal import driver, is_gone
from mailcatch.tui.widgets.dialog import Reading
from mailcatch.tui.widgets.palette import Palette

_MOST_NOTICES = 500
_MANY = 500
"""Files past which it is said how far the reading of them is."""
_SECONDS_TO_READ = 10.0


def _now() -> datetime:
    return datetime.now(UTC)


class MailcatchApp(App[None]):
    """The screen of a mailbox.

    rows, finder: two readers of it, one for what is in sight and one for what takes longer. keys:
    those in force. remembered: from the last time. desk: what is done outside of the mailbox.
    shown_place: what the top line calls the mailbox. first: a message to begin with. server_log:
    gives the lines that the server of this mailbox said since it was last asked. may_change:
    whether messages may be deleted and marked. worker: reads messages; one of its own where none is
    given. now: what time it is.
    """

    CSS_PATH = "app.tcss"
    TITLE = "mailcatch"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False

    class Changed(Message):
        """The mailbox changed."""

        def __init__(self, changes: list[AnyChange]) -> None:
            super().__init__()
            self.changes = changes

    class Failed(Message):
        """The mailbox cannot be read any more. why: a sentence."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Went(Message):
        """A reading of the mailbox went on."""

        def __init__(self, progress: Progress) -> None:
            super().__init__()
            self.progress = progress

    def __init__(
        self,
        rows: Reader,
        finder: Reader,
        *,
        keys: Keys,
        remembered: Remembered,
        desk: Desk,
        shown_place: Path,
        first: str = "",
        server_log: Callable[[], list[str]] = list,
        may_change: bool = True,
        worker: Worker | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        super().__init__(driver_class=driver())
        self.animation_level = "none"
        self.keys = keys
        self.remembered = remembered
        self.desk = desk
        self.shown_place = shown_place
        self.reader = finder
        self.contents = Contents(rows, finder)
        self.can_write = may_change and finder.writable
        self.looked_for: list[str] = []
        self.last_pipe = ""
        self.notices: deque[tuple[datetime, str, bool]] = deque(maxlen=_MOST_NOTICES)
        self.now = now
        self._worker = worker or Worker(_SECONDS_TO_READ)
        self._own_worker = worker is None
        self._server_log = server_log
        self._pressed = False
        self._firings = Firings()
        self._what_fired()
        self.mail = MailScreen(self, first)
        self._feed = Feed(
            finder,
            lambda changes: self.post_message(self.Changed(changes)),
            lambda why: self.post_message(self.Failed(why)),
            self._went,
        )
        for theme in themes.THEMES:
            self.register_theme(theme)
        self.theme = themes.known(remembered.theme)
        keys.bind(self, Home.EVERYWHERE)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the messages."""
        return self.mail

    def on_mount(self) -> None:
        """Begin to follow the mailbox, and to listen to its server."""
        self.call_after_refresh(self._painted)
        self.set_interval(0.5, self._listen)

    def _painted(self) -> None:
        """Begin with all that had to wait for the first paint."""
        gc.freeze()
        gc.enable()
        self._feed.start()

    def close(self) -> None:
        """Let go of threads and processes. May be called more than once."""
        self._feed.close()
        if self._own_worker:
            self._worker.close()

    @property
    def failure(self) -> Exception | None:
        """The mistake of this program that ended the screen, None where none did."""
        return self._exception

    def _fatal_error(self) -> None:
        """End without printing what Textual would: it may hold a mail, in all its octets."""
        self._close_messages_no_wait()

    # News

    def on_mailcatch_app_changed(self, event: Changed) -> None:
        """Tell the screens."""
        for screen in self.screen_stack:
            if isinstance(screen, FootedScreen):
                screen.mailbox_changed(event.changes)

    def on_mailcatch_app_went(self, event: Went) -> None:
        """Say how far a reading is, where there is much."""
        done, total = event.progress.done, event.progress.total
        goes_on = total > _MANY and done < total
        self.mail.reading_went_on(f"reading {done:,} of {total:,}" if goes_on else "")

    def on_mailcatch_app_failed(self, event: Failed) -> None:
        """Say that what is shown is what was there."""
        self.tell(f"The mailbox cannot be read any more: {safe_text(event.why, 300)}", bad=True)

    def _listen(self) -> None:
        if is_gone():
            self.exit()
            return
        for said in self._server_log():
            self.tell(safe_text(said, 500), bad=True)
        fired = self._what_fired()
        if fired:
            self.mail.tick()
            self.tell(fired)

    def _what_fired(self) -> str:
        """Return what fired since this was last asked; all before the screen began is no news."""
        serving, state = self.contents.serving()
        return self._firings.news(state if serving is not Serving.NOBODY else None)

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Say briefly what happened, and keep it in the log. text: safe to show."""
        self.notices.append((datetime.now().astimezone(), text, bad))
        for screen in reversed(self.screen_stack):
            if isinstance(screen, FootedScreen):
                screen.foot.tell(text, bad=bad)
                return

    # What others ask

    def open_message(self, name: str) -> Opened:
        """Open a message or session."""
        return Opened(self.reader, self._worker, name)

    def key_of(self, action: str) -> str:
        """Return the key of an action, as people call it."""
        return self.keys.shown(action)

    def may_write(self) -> bool:
        """Return whether the mailbox can be written; say so where it cannot."""
        if not self.can_write:
            self.tell("This mailbox is only to be read.", bad=True)
        return self.can_write

    @property
    def can_suspend(self) -> bool:
        """Whether the terminal can be handed to another program."""
        return self._driver is not None and self._driver.can_suspend

    def address(self) -> tuple[str, int]:
        """Return where the server of this mailbox listens; where one would, without any."""
        serving, state = self.contents.serving()
        entrance = state.entrance if serving is Serving.HERE and state is not None else None
        if entrance is not None and entrance.port:
            return entrance.host, entrance.port
        return "127.0.0.1", 1025

    def path_of(self, opened: Opened) -> Path:
        """Return the file of a message or session."""
        layout = Layout.of(self.reader.root)
        path = layout.session if is_session(opened.name) else layout.message
        return path(opened.name).absolute()

    @property
    def demo_command(self) -> str:
        """The command that sends samples to this mailbox."""
        return f"mailcatch demo --port {self.address()[1]}"

    async def copy(self, text: str, what: str) -> None:
        """Copy a text, and say how. what: it is, in words."""
        program = await copy_natively(text)
        if not program and len(text) > MOST:
            self.tell(f"Not copied: {what} is too long for a terminal's clipboard.", bad=True)
            return
        if not program and self._driver is not None:
            self._driver.write(osc_52(text))
        how = f"with {program}" if program else "through the terminal"
        self.copied = text
        self.tell(f"Copied {safe_text(what, 200)} ({how}).")

    copied = ""
    """What was copied last."""

    async def do(self, action: Action) -> None:
        """Carry out an action, where it is at home."""
        for node in (self.screen.focused, self.screen, self):
            if node is not None and hasattr(node, f"action_{action.name}"):
                await self.run_action(action.name, default_namespace=node)
                return
        self.tell("Not here: go to the list or the text first.", bad=True)

    # Actions

    @work
    async def compare(self, names: list[str]) -> None:
        """Compare two messages."""
        messages = [name for name in names if not is_session(name)]
        if len(messages) != 2:
            key = self.key_of("mark")
            self.tell(
                f"Mark two messages with {key} to compare them; {len(messages)} are marked.",
                bad=True,
            )
            return
        from mailcatch.tui.screens.compare import CompareScreen

        newer, older = map(self.open_message, messages)
        self.push_screen(CompareScreen(self, older, newer))

    def show_sessions(self) -> None:
        """Show all sessions."""
        from mailcatch.tui.screens.sessions import SessionsScreen

        def chosen(name: str | None) -> None:
            if name:
                self.mail.show_session(name)

        self.push_screen(SessionsScreen(self), chosen)

    def action_faults(self) -> None:
        """Show the faults, over the messages."""
        # What understands rules is loaded when they are asked for: the first paint comes sooner.
        from mailcatch.tui.screens.faults import FaultsScreen

        if not isinstance(self.screen, FaultsScreen):
            self.push_screen(FaultsScreen(self, self.mail.message.current))

    def spent_rules(self) -> set[str]:
        """Return the rules that cannot fire any more."""
        _, state = self.contents.serving()
        rules = state.faults.rules if state is not None and state.faults is not None else ()
        return {rule.in_file for rule in rules if rule.remaining == 0}

    def action_help(self) -> None:
        """Show what the keys do here."""
        homes = self._homes()
        if homes:
            hints = (Hint("Enter", "does it", "take"),)
            reading = Reading("Keys", help_text(self.keys, homes), self.keys, hints=hints)
            self.push_screen(reading, self._followed)

    def action_palette(self) -> None:
        """Look for an action by its name."""
        actions = [one for one in at_home(*self._homes()) if one.name != "palette"]

        async def chosen(name: str | None) -> None:
            if name is not None:
                await self.do(BY_NAME[name])

        if actions:
            self.push_screen(Palette(actions, self.keys), chosen)

    async def _followed(self, target: Target | None) -> None:
        if isinstance(target, ToAction):
            await self.do(BY_NAME[target.name])

    def _homes(self) -> list[Home]:
        """Return where actions are at home that can be done now, the nearest first."""
        return self.screen.homes if isinstance(self.screen, FootedScreen) else []

    def action_log(self) -> None:
        """Show the server's log and past notices."""
        lines: list[Line] = [
            line(Span(f"{at:%H:%M:%S}  ", "dim"), Span(text, "bad" if bad else ""), indent=10)
            for at, text, bad in reversed(self.notices)
        ]
        if not isinstance(self.screen, Reading):
            nothing = [line(Span("Nothing was said yet.", "dim"))]
            self.push_screen(Reading("Log, newest first", Document(lines or nothing), self.keys))

    def action_theme(self) -> None:
        """Take the next theme."""
        self.theme = self.remembered.theme = themes.after(self.theme)
        self.tell(f"Theme: {self.theme.removeprefix('mailcatch-')}.")

    async def action_quit(self) -> None:
        """Leave."""
        self.exit()

    def _went(self, progress: Progress) -> None:
        self.post_message(self.Went(progress))
