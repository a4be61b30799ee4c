"""The file of one session: only ever appended to, one event a line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from mailcatch.mailbox.events import (
    AnyEvent,
    Connect,
    Note,
    SessionNote,
    Transaction,
    decode,
    encode,
)

if TYPE_CHECKING:
    from mailcatch.mailbox.directory import Directory

# What an event takes in the file, about.
EVENT_SIZE: Final = 100

LEAVING: Final = frozenset(("client-gave-up", "no-quit"))
"""Notes of a session that tell how the client left after its last transaction."""
# What stands in the lines that tell of that: another transaction, or a note.
_TELLING: Final = (b'"transaction"', b'"note"')


EXCERPT: Final = 512 * 1024
"""Octets of a session's file that are looked at together: some thousands of events."""

_FAILED: Final = re.compile(rb'"transaction"(?![^\n]*"outcome":"stored")')


class Around(Enum):
    """What somebody looks at in a session: the first transaction that failed, or the end."""

    FAILURE = "failure"
    END = "end"


class LeftOut(msgspec.Struct, frozen=True):
    """What stands in the place of events that are not told. lines: of the file, an event each."""

    lines: int


class SessionFile:
    """Writes the events of a session.

    The file appears with the first write.

    directory: where. opening: its first event, which names the session.
    gather: keeps an event for the next write.
    """

    __slots__ = ("_descriptor", "_directory", "_gathered", "_opening", "_size", "gather")

    def __init__(self, directory: Directory, opening: Connect) -> None:
        self._directory = directory
        self._opening = opening
        self._gathered: list[AnyEvent] = [opening]
        self.gather = self._gathered.append
        self._descriptor = -1
        self._size = 0

    @property
    def size(self) -> int:
        """Octets in the file, and about those of the events that wait."""
        return self._size + EVENT_SIZE * len(self._gathered)

    @property
    def waiting(self) -> bool:
        """Whether there is something to write."""
        return bool(self._gathered)

    def forget(self, event_type: type[AnyEvent]) -> None:
        """Drop the events of a type that wait to be written."""
        self._gathered[:] = [one for one in self._gathered if type(one) is not event_type]

    def write(self) -> None:
        """Append what was gathered.

        Raises OSError, and then the file is as it was and everything still waits to be written.
        """
        if not self._gathered:
            return
        lines = encode(self._gathered)
        if self._descriptor < 0:
            self._descriptor = self._directory.open_session(self._opening.session)
            self._size = 0
        try:
            written = os.write(self._descriptor, lines)
            while written < len(lines):
                written += os.write(self._descriptor, lines[written:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += written
        self._gathered.clear()

    def settle(self) -> None:
        """Append what was gathered, to a new file where somebody removed the one there was.

        Raises OSError as `write` does.
        """
        if self._descriptor >= 0 and os.fstat(self._descriptor).st_nlink == 0:
            # Somebody emptied the directory while the session was going on.
            self._let_go()
            self._gathered.insert(0, self._opening)
        self.write()

    async def sync(self) -> None:
        """Return when what was written is on the disk. Raises OSError."""
        if self._descriptor >= 0:
            await self._directory.sync((self._descriptor,))

    def close(self) -> None:
        """Write what is left, as far as that is possible, and let go of the file."""
        with suppress(OSError):
            self.write()
        self._let_go()

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def read_session(path: Path) -> list[AnyEvent]:
    """Return the events of a session file, also of one that is being written. Raises OSError."""
    return decode(path.read_bytes())


def read_excerpt(path: Path, around: str | Around, most: int = EXCERPT) -> list[AnyEvent | LeftOut]:
    """Return what happened in a session, with `LeftOut` for what is too much to be looked at.

    The beginning is always there. around: the file of a message, of which the transaction is there
    with what happened before and after it, or what is there instead. most: octets of the session's
    file that are kept, about.
    Raises OSError.
    """
    octets = path.read_bytes()
    if len(octets) <= most:
        return [*decode(octets)]
    opening = _line_end(octets, most // 4)
    start = max(_line_end(octets, _place(octets, around) - most // 2), opening)
    end = _line_end(octets, start + most)
    shown: list[AnyEvent | LeftOut] = [*decode(octets[:opening])]
    shown += _left_out(octets, opening, start)
    shown += decode(octets[start:end])
    shown += _left_out(octets, end, len(octets))
    return shown


def _place(octets: bytes, around: str | Around) -> int:
    """Return where in a session's file it is that somebody looks at."""
    if around is Around.FAILURE:
        failed = _FAILED.search(octets)
        return failed.start() if failed else len(octets)
    place = octets.find(around.encode()) if isinstance(around, str) else -1
    return place if place >= 0 else len(octets)


def _left_out(octets: bytes, start: int, end: int) -> list[LeftOut]:
    lines = octets.count(b"\n", start, end)
    return [LeftOut(lines)] if lines else []


def _line_end(octets: bytes, place: int) -> int:
    """Return where the next line begins; the end where there is none."""
    return octets.find(b"\n", max(place, 0)) + 1 or len(octets)


def read_transaction(path: Path, message: str) -> Transaction | None:
    """Return the transaction of a session that brought a message. Raises OSError.

    How the client left is noted on the last one.
    """
    # A session may have brought thousands: only the lines that matter are understood.
    name = message.encode()
    lines = iter(path.read_bytes().split(b"\n"))
    for one in _understood(line for line in lines if name in line):
        if isinstance(one, Transaction) and one.file == message:
            telling = (line for line in lines if any(word in line for word in _TELLING))
            return with_leaving(one, _understood(telling))
    return None


def with_leaving(transaction: Transaction, rest: Iterable[AnyEvent]) -> Transaction:
    """Return a transaction with what is noted on how the client left after it.

    rest: what happened in the session since. Where another transaction came it is as it was.
    """
    notes: list[Note] = []
    for event in rest:
        if isinstance(event, Transaction):
            return transaction
        if isinstance(event, SessionNote) and event.name in LEAVING:
            notes.append(Note(event.name, event.detail))
    return replace(transaction, notes=(*transaction.notes, *notes)) if notes else transaction


def _understood(lines: Iterable[bytes]) -> Iterator[AnyEvent]:
    for line in lines:
        yield from decode(line + b"\n")
