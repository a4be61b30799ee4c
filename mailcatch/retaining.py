"""Keeping a served mailbox within its limits, beside the serving and never in its way."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.keeping import Keeper, Standing
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.retention import Removal, Retention
from mailcatch.mailbox.server_file import Removed
from mailcatch.recording import Tally

log = logging.getLogger("mailcatch")

EVERY: Final = 1.0
"""Seconds between two looks. What came since the last one stays, so that whoever waits sees it."""

LONGEST: Final = 10.0
"""Seconds between two looks at most, because what comes meanwhile goes past the limits."""

_LEISURE: Final = 20
_TRASH_EVERY: Final = 3_600.0

RemovalWatcher = Callable[[Removal], None]
"""Called with what was removed because of a limit."""


def rest_after(took: float) -> float:
    """Return how long to rest after a look that took so long. Both in seconds."""
    return min(max(EVERY, _LEISURE * took), LONGEST)


class Retaining:
    """Looks after a mailbox from time to time, on a thread of its own.

    mailbox: the one that is served. retention: its limits. tally: what the server has in hand, and
    where removals are counted. watcher: called on the event loop when something was removed.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        retention: Retention,
        tally: Tally,
        watcher: RemovalWatcher,
    ) -> None:
        self._names = mailbox.directory.names
        self._retention = retention
        self._tally = tally
        self._watcher = watcher
        self._keeper = Keeper(mailbox.root, retention)
        self._stopped = threading.Event()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, where there are limits."""
        if self._retention.limits or self._retention.trash is not None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; nothing is removed any more. May be called more than once."""
        self._stopped.set()
        self._woken.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        newest = self._names.new()
        trash = monotonic()
        rest = EVERY if self._retention.limits else _TRASH_EVERY
        await self._work(self._keeper.empty_trash)
        while not await self._told_to_stop(rest):
            standing = Standing(
                newest, frozenset(self._tally.unanswered), frozenset(self._tally.live)
            )
            newest = self._names.new()
            # Replies that were given leave at the end of this turn.
            await asyncio.sleep(0)
            began = monotonic()
            if self._retention.limits:
                await self._work(self._sweep, standing)
                rest = rest_after(monotonic() - began)
            if began - trash >= _TRASH_EVERY:
                trash = began
                await self._work(self._keeper.empty_trash)

    async def _told_to_stop(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)
        return self._stopped.is_set()

    async def _work(self, work: Callable[..., object], *given: object) -> None:
        try:
            done = await asyncio.to_thread(work, *given)
        except (MailboxError, OSError) as error:
            self._tally.last_error = str(error)
            return
        if isinstance(done, Removal) and done != Removal():
            self._tell(done)

    def _sweep(self, standing: Standing) -> Removal:
        return self._keeper.sweep(standing, datetime.now(UTC), self._stopped.is_set)

    def _tell(self, removal: Removal) -> None:
        before = self._tally.removed or Removed()
        self._tally.removed = Removed(
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            messages=len(removal.messages),
            sessions=len(removal.sessions),
            octets=removal.octets,
            why=removal.why,
            all_messages=before.all_messages + len(removal.messages),
            all_sessions=before.all_sessions + len(removal.sessions),
        )
        try:
            self._watcher(removal)
        except Exception:
            # The limits hold, whatever somebody who listens makes of it.
            log.exception("the watcher of removals failed")
