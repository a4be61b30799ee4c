"""Making notices, each when its time has come, and putting them into the mailbox.

No reply waits for one: what a transaction asks for is noted, and made on a task of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count

from mailcatch.mailbox import events
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.names import MESSAGES, written_out
from mailcatch.notifying.notices import Notice, bounces, notices_of
from mailcatch.notifying.report import compose
from mailcatch.recording import SERVER, Tally
from mailcatch.smtp.limits import Limits
from mailcatch.smtp.transaction import Outcome, Transaction

NoticeWatcher = Callable[[Notice, str], None]
"""Called with a notice that was made, and its file."""

log = logging.getLogger("mailcatch")


class Posting:
    """Makes the notices of a server that runs.

    mailbox: where they are put. tally: where they are counted, and what is heeded comes from.
    hostname: of the server. limits: of it. successes: whether those are told who ask to hear that
    all is well. watcher: called on the event loop when one was made.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        tally: Tally,
        *,
        hostname: str,
        limits: Limits,
        successes: bool,
        watcher: NoticeWatcher | None = None,
    ) -> None:
        self._mailbox = mailbox
        self._tally = tally
        self._hostname = hostname
        self._limits = limits
        self._successes = successes
        self._watcher = watcher
        self._waiting: list[tuple[float, int, Notice]] = []
        self._numbers = count()
        self._stopped = False
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._tally.heed = self.heed
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> int:
        """Make what is due, and return how many that were to come later are dropped.

        May be called more than once.
        """
        self._stopped = True
        self._woken.set()
        if self._task is not None:
            await self._task
            self._task = None
        dropped, self._waiting = len(self._waiting), []
        return dropped

    def heed(self, transaction: Transaction, outcome: Outcome, about: str) -> None:
        """Take note of what a transaction asks for. about: its message, or else its session."""
        try:
            successes = self._successes
            if not successes and not bounces(transaction):
                return
            now = datetime.now(UTC)
            for notice in notices_of(transaction, outcome, about, now, successes=successes):
                self._note(notice)
        except Exception:
            # The message is kept, and its reply must not fail for want of a notice.
            log.exception("a delivery status notification could not be noted")

    def _note(self, notice: Notice) -> None:
        if len(self._waiting) >= self._limits.notifications:
            self._tally.last_error = (
                f"more than {self._limits.notifications} delivery status notifications wait:"
                " further ones are dropped"
            )
            return
        due = asyncio.get_running_loop().time() + notice.delay
        heappush(self._waiting, (due, next(self._numbers), notice))
        self._woken.set()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            while self._waiting and self._waiting[0][0] <= asyncio.get_running_loop().time():
                await self._make(heappop(self._waiting)[2])
            if self._stopped:
                return
            await self._rest()

    async def _rest(self) -> None:
        """Wait until the next notice is due, or another one comes."""
        wait = None
        if self._waiting:
            wait = max(self._waiting[0][0] - asyncio.get_running_loop().time(), 0)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), wait)

    async def _make(self, notice: Notice) -> None:
        try:
            file = await self._put(notice)
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._tally.last_error = f"cannot keep a delivery status notification: {why}"
            return
        except Exception:
            log.exception("a delivery status notification could not be made")
            return
        self._tally.counters.notifications += 1
        if self._watcher is None:
            return
        try:
            self._watcher(notice, file)
        except Exception:
            log.exception("the watcher of notifications failed")

    async def _put(self, notice: Notice) -> str:
        """Store the mail of a notice, and then the session that tells of it, as of any message.

        Returns the name of its file. Raises OSError.
        """
        name = self._mailbox.directory.names.new()
        octets = await asyncio.to_thread(self._composed, notice, name)
        deposit = self._mailbox.new_message()
        deposit.write(octets)
        file = await deposit.commit()
        at = written_out(name)
        opening = events.Connect(0, events.FORMAT, name, at, events.SELF, events.SELF, SERVER)
        session = self._mailbox.new_session(opening)
        try:
            session.gather(_transaction(notice, file, len(octets)))
            session.settle()
            if self._mailbox.directory.syncs:
                await session.sync()
        except OSError:
            deposit.discard()
            session.forget(events.Transaction)
            raise
        finally:
            session.gather(events.Close(0, "server", "made", _reason(notice)))
            session.close()
        return file

    def _composed(self, notice: Notice, name: str) -> bytes:
        content = self._content(notice.about) if notice.whole else None
        made = datetime.now(UTC)
        return compose(notice, hostname=self._hostname, made=made, name=name, content=content)

    def _content(self, file: str) -> bytes | None:
        """Return a message that comes back whole; None where it is gone, or too large for that."""
        path = self._mailbox.root / MESSAGES / file
        with suppress(OSError):
            if path.stat().st_size <= self._limits.returned:
                return path.read_bytes()
        return None


def _transaction(notice: Notice, file: str, octets: int) -> events.Transaction:
    recipient = events.Recipient(notice.to, "", accepted=True)
    parameters = ("SMTPUTF8",) if notice.utf8 or not notice.to.isascii() else ()
    return events.Transaction(
        0,
        outcome="stored",
        verb="MAIL",
        sender="",
        reply="",
        recipients=(recipient,),
        octets=octets,
        file=file,
        parameters=parameters,
        status_of=notice.about,
    )


def _reason(notice: Notice) -> str:
    return f"delivery status ({notice.action}) of {notice.about}, asked for by {notice.why}"
