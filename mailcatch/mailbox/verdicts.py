"""Who the messages of a mailbox are from: verified once, and kept in the index.

A verdict is derived from a message, its session and the user's records. It is kept under the digest
of these records, for those of one source at a time, and goes with the row of its message, which is
made anew where the session turns out to say something else. What the DNS said is never kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from mailcatch.mail.errors import MailError, TookTooLongError
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.verdicts import Brought, Kept, brought

if TYPE_CHECKING:
    from mailcatch.mail.worker import Worker
    from mailcatch.verifying.results import Verdict
    from mailcatch.verifying.verdict import Source

T = TypeVar("T")

TIME: Final = 10.0
"""Seconds for a message. One that takes longer is told so, and not tried again by this process."""
_AT_ONCE: Final = 32
_OCTETS: Final = 4 * 1024 * 1024
"""Octets that are verified together."""

Task = tuple[str, Brought]
"""A message to be verified: its file, and how it came."""

Keeping = Callable[[Mapping[str, Kept], bytes], None]
"""Puts verdicts into the index, by the names of messages and under the digest of a source."""


class Asking(Protocol):
    """Asks the index a question."""

    def __call__(self, question: Callable[[sqlite3.Connection], T], /) -> T: ...


class UnverifiedError(MailboxError):
    """Messages cannot be verified. The message says what is missing."""


class NothingVerifiesError(UnverifiedError):
    """What verifies messages is not installed."""


class Verdicts:
    """Verifies messages of a mailbox by the user's records.

    source: where records are looked up. ask, keep: how the index is read and written. place: tells
    where the file of a message is. seconds: for a message. Threads may share it.
    """

    def __init__(
        self,
        source: Source,
        ask: Asking,
        keep: Keeping,
        place: Callable[[str], Path],
        seconds: float = TIME,
    ) -> None:
        self._source = source
        self._ask = ask
        self._keep = keep
        self._place = place
        self._seconds = seconds
        self._late: dict[str, Verdict] = {}
        self._worker: Worker | None = None
        self._checked = False
        self._lock = Lock()

    def close(self) -> None:
        """End the process that verifies. May be called more than once."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def check(self) -> None:
        """Find out whether messages can be verified. Raises UnverifiedError."""
        from mailcatch.verifying.errors import NotInstalledError, VerifyingError

        if self._checked:
            return
        try:
            self._source.check()
        except NotInstalledError as error:
            raise NothingVerifiesError(str(error)) from None
        except VerifyingError as error:
            raise UnverifiedError(str(error)) from None
        self._checked = True

    def of(self, names: Sequence[str]) -> dict[str, Verdict]:
        """Return the verdicts of messages by the names of their files; without those that are gone.

        Raises UnverifiedError.
        """
        self.check()
        found: dict[str, Verdict] = {}
        for start in range(0, len(names), _AT_ONCE):
            with self._lock:
                found |= self._some(list(names[start : start + _AT_ONCE]))
        return found

    def _some(self, names: list[str]) -> dict[str, Verdict]:
        digest = self._source.digest
        there = self._ask(lambda connection: brought(connection, names, digest))
        lasts = self._source.lasts
        known = {name: kept for name, (_, kept) in there.items() if kept is not None and lasts}
        known |= {name: self._late[name] for name in there if name in self._late}
        missing = [name for name in there if name not in known]
        verified = self._verify([(name, there[name][0]) for name in missing])
        new = {name: one for name, one in zip(missing, verified, strict=True) if one is not None}
        if new and lasts:
            self._keep({name: (there[name][0].number, one) for name, one in new.items()}, digest)
        return known | new | {name: self._late[name] for name in missing if name in self._late}

    def _verify(self, tasks: list[Task]) -> list[Verdict | None]:
        """Return verdicts, None for a message that is gone and for one that takes too long."""
        return [verdict for batch in _batches(tasks) for verdict in self._together(batch)]

    def _together(self, tasks: list[Task]) -> list[Verdict | None]:
        from mailcatch.mail.worker import Worker

        if self._worker is None:
            self._worker = Worker(self._seconds)
        paths = [(str(self._place(name)), how) for name, how in tasks]
        try:
            return self._worker.call(verify_files, paths, self._source)
        except MailError as error:
            if len(tasks) == 1:
                self._give_up(tasks[0][0], late=isinstance(error, TookTooLongError))
                return [None]
        half = len(tasks) // 2
        return [*self._together(tasks[:half]), *self._together(tasks[half:])]

    def _give_up(self, name: str, *, late: bool) -> None:
        """Remember that a message cannot be verified: but not for good, a machine may be busy."""
        from mailcatch.verifying.verdict import unverified

        why = f"verifying took more than {self._seconds:g} s" if late else "verifying ended badly"
        self._late[name] = unverified(why)


def _batches(tasks: list[Task]) -> Iterator[list[Task]]:
    batch: list[Task] = []
    octets = 0
    for task in tasks:
        if batch and octets + task[1].size > _OCTETS:
            yield batch
            batch, octets = [], 0
        batch.append(task)
        octets += task[1].size
    if batch:
        yield batch


def verify_files(tasks: list[Task], source: Source) -> list[Verdict | None]:
    """Verify messages in a reading process; None for a file that is gone.

    tasks: the path of each, and how it came.
    """
    from mailcatch.verifying.arrival import Arrival
    from mailcatch.verifying.errors import UnreachableError
    from mailcatch.verifying.verdict import unverified, verify

    found: list[Verdict | None] = []
    for path, how in tasks:
        try:
            raw = Path(path).read_bytes()
        except OSError:
            found.append(None)
            continue
        try:
            found.append(verify(raw, Arrival(how.client, how.helo, how.sender, how.at), source))
        except UnreachableError as error:
            found.append(unverified(str(error)))
    return found
