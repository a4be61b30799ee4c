"""What happens to the mailbox while the main screen shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from time import monotonic

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
from mailcatch.tui.model.listing import tells_its_time
from mailcatch.tui.model.saying import count
from mailcatch.tui.screens.mail_layout import MailLayout

_PACE = 0.1
"""Seconds between two paints of what arrives."""
_SOON = 0.01
_AGAIN = 0.5
"""Seconds between two readings of a message whose session goes on."""


class MailArriving(MailLayout):
    """The list kept up to date."""

    def follow(self) -> None:
        """Begin to take what happens, and to count."""
        self.run_worker(self._keep_taking(), name="take")
        self.run_worker(self._keep_counting(), name="count")
        self._changed.set()

    def mailbox_changed(self, changes: Sequence[AnyChange]) -> None:
        """Take what happened to the mailbox, soon."""
        self._changes += changes
        self._arrived.set()
        self._changed.set()

    async def _keep_taking(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            changes, self._changes = self._changes, []
            kinds = (SessionOpened, SessionUpdated, SessionClosed)
            sessions = {one.name for one in changes if isinstance(one, kinds)}
            try:
                # Asking takes long where there is much, and the keys must not wait for it.
                wanted = await asyncio.to_thread(self.app.contents.of_interest, sessions)
            except MailboxError as error:
                self.app.tell(str(error), bad=True)
                continue
            self._take(changes, sessions, wanted)
            # Painting each mail of a thousand would leave no time for the keys.
            await asyncio.sleep(_PACE)

    def _take(
        self, changes: Sequence[AnyChange], sessions: Collection[str], wanted: set[str]
    ) -> None:
        """Show what happened. sessions: that did something. wanted: those the list shows."""
        self.app.contents.forget()
        for change in changes:
            if isinstance(change, Trimmed):
                gone = f"{count(change.messages, 'message')}, {count(change.sessions, 'session')}"
                limits = safe_text(", ".join(change.why), 100)
                self.app.tell(f"The server removed {gone}: past the limit of {limits}.")
        rebuilt = any(isinstance(change, Rebuilt) for change in changes)
        if rebuilt or not self._asked.plain or not self._put(changes, sessions, wanted):
            self.ask()
        self.list.update()
        self._retitle()
        opened = self.message.opened
        touched = {change.name for change in changes if isinstance(change, Change)}
        if opened is not None and {opened.name, opened.session_name} & touched:
            self._reopen_soon()

    def _put(
        self, changes: Sequence[AnyChange], sessions: Collection[str], wanted: set[str]
    ) -> bool:
        """Put what changed into the plain list; return whether that was possible."""
        gone = {one.name for one in changes if isinstance(one, (Removed, SessionRemoved))}
        here = self.listing.among(sessions)
        self.listing.forget(gone | (here - wanted))
        new = {one.name for one in changes if isinstance(one, Added)} - gone | (wanted - here)
        if not new:
            return True
        newest = next((one for one in self.listing.rows if isinstance(one, str)), "")
        rising = sorted(new)
        if rising[0] <= newest or not all(map(tells_its_time, rising)):
            return False
        self.listing.add(rising)
        return True

    def _reopen_soon(self) -> None:
        """Show what became of the message; not more often than it can be read."""
        if self._reopening is None:
            wait = max(self._reopened + _AGAIN - monotonic(), _SOON)
            self._reopening = self.set_timer(wait, self._reopen)

    def _reopen(self) -> None:
        self._reopening, self._reopened = None, monotonic()
        self.message.reopen()

    async def _keep_counting(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                self.counts = await asyncio.to_thread(self.app.contents.counts)
            except MailboxError as error:
                self.app.tell(str(error), bad=True)
                continue
            self.tick()
            self._retitle()
            await asyncio.sleep(0.1)
