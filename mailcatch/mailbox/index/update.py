"""Bringing the index up to date with the files: only what is new, gone or grown is looked at."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from mailcatch.mailbox.index import writing
from mailcatch.mailbox.index.digest import Digest, Read
from mailcatch.mailbox.index.joining import Change, addresses, join_all, join_around, named
from mailcatch.mailbox.index.marking import load_marks
from mailcatch.mailbox.index.reading import (
    MessageTask,
    ReadingRoom,
    SessionTask,
)
from mailcatch.mailbox.index.schema import MOST_NAMES, of_files, placeholders
from mailcatch.mailbox.index.store import Store
from mailcatch.mailbox.layout import Layout, Stamp, is_file_name, is_named_by_us
from mailcatch.mailbox.marks import Marks

_AT_ONCE: Final = 2_000
_GARBAGE: Final = 10_000
# Past so many changes, all tries are joined anew.
_FEW_CHANGES: Final = 400
# A server names a message's file, and then tells of it in the session's: seconds between looks for
# that, and the age past which a message is one that no session tells of. Clocks differ a little.
_LOOK: Final = 0.005
_MOMENT: Final = 0.05
_AHEAD: Final = 1.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an update is. done, total: files, sessions and messages counted together."""

    done: int
    total: int


ProgressReport = Callable[[Progress], None]


class Update:
    """One pass over the files of a mailbox.

    layout: where they are. store: the index. marks: the user's own facts. room: reads files.
    report: is told how far it is, at least once where there is anything to do. only: names of
    files to which something may have happened; None for all there are. pause: waits, in seconds.
    """

    def __init__(
        self,
        layout: Layout,
        store: Store,
        marks: Marks,
        room: ReadingRoom,
        report: ProgressReport | None = None,
        only: Collection[str] | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self._layout = layout
        self._store = store
        self._marks = marks
        self._room = room
        self._report = report
        self._only = only
        self._pause = pause
        self._done = self._total = 0
        self._touched: set[str] = set()
        self._near: set[Change] = set()

    def run(self) -> None:
        """Do it. Raises MailboxError and sqlite3.Error."""
        if self._store.follow():
            self._only = None
        if self._is_mostly_garbage():
            self._store.empty()
            self._only = None
        # Messages first: by the time their sessions are read, the events that name them are there.
        messages = self._layout.message_stamps(self._only)
        sessions = self._layout.session_stamps(self._only)
        load_marks(self._marks, self._store)
        changed, gone = self._compare_messages(messages)
        grown, closed = self._compare_sessions(sessions)
        self._total = len(changed) + len(grown)
        self._drop(gone, closed)
        self._read_sessions(grown)
        self._hear_of(_fresh(changed))
        self._read_messages(messages, changed)
        stamps = self._layout.message_stamps(self._without_their_try())
        self._total += len(stamps)
        self._read_messages(stamps, sorted(stamps))
        self._join()
        if len(changed) > _AT_ONCE:
            self._store.tidy()
        if self._done:
            self._tell(0)

    def _is_mostly_garbage(self) -> bool:
        connection = self._store.connection
        row = connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'messages'"
        ).fetchone()
        if row is None or row[0] < _GARBAGE:
            return False
        live = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        return bool(row[0] - live > max(_GARBAGE, live))

    def _compare_messages(self, there: dict[str, Stamp]) -> tuple[list[str], list[str]]:
        """Return the messages that are new or changed, and those that are gone."""
        gone: list[str] = []
        same: set[str] = set()
        for name, *known in self._known("SELECT name, size, modified, inode FROM messages"):
            stamp = there.get(name)
            if stamp is None:
                gone.append(name)
            elif stamp == tuple(known):
                same.add(name)
        return sorted(there.keys() - same), sorted(gone)

    def _compare_sessions(self, there: dict[str, Stamp]) -> tuple[list[str], list[str]]:
        """Return the sessions that are new or grew, and those that are gone."""
        gone: list[str] = []
        same: set[str] = set()
        for name, size in self._known("SELECT name, size FROM sessions"):
            stamp = there.get(name)
            if stamp is None:
                gone.append(name)
            elif stamp.size == size:
                same.add(name)
        return sorted(there.keys() - same), sorted(gone)

    def _known(self, query: str) -> Iterator[tuple[Any, ...]]:
        if self._only is None:
            yield from self._store.connection.execute(query)
            return
        for chunk in _chunks(self._only, MOST_NAMES):
            among = f"{query} WHERE name IN ({placeholders(chunk)})"
            yield from self._store.connection.execute(among, chunk)

    def _drop(self, gone: list[str], closed: list[str]) -> None:
        for chunk in _chunks(gone, MOST_NAMES):
            with self._store.writing() as writer:
                # Another process may have seen them come back meanwhile.
                still = [name for name in chunk if _is_gone(self._layout.messages, name)]
                self._remember(writer, still)
                writing.drop_messages(writer, still)
        for chunk in _chunks(closed, MOST_NAMES):
            with self._store.writing() as writer:
                for name in chunk:
                    if _is_gone(self._layout.sessions, name):
                        self._drop_session(writer, name)

    def _read_sessions(self, names: list[str]) -> None:
        tasks = self._session_tasks(names)
        for gathered in _gathered(self._room.sessions(tasks)):
            with self._store.writing() as writer:
                for task, read in gathered:
                    if read is not None and read.size > task.size:
                        self._put_session(writer, task, read)
            self._tell(len(gathered))

    def _hear_of(self, fresh: list[str]) -> None:
        """Wait until sessions tell of messages that appeared just now, for a moment at most."""
        pauses = round(_MOMENT / _LOOK)
        while fresh and pauses:
            known: set[str] = set()
            for chunk in _chunks(fresh, MOST_NAMES):
                known.update(writing.delivered_to(self._store.connection, chunk))
            fresh = [name for name in fresh if name not in known]
            if fresh:
                self._pause(_LOOK)
                self._only, only = None, self._only
                grown, _ = self._compare_sessions(self._layout.session_stamps())
                self._only = only
                self._total += len(grown)
                self._read_sessions(grown)
                pauses -= 1

    def _put_session(self, connection: sqlite3.Connection, task: SessionTask, read: Read) -> None:
        self._touched.update(writing.put_session(connection, task.name, task.size, read))
        for one in read.tries:
            if one.outcome != "stored":
                self._note(Change(one.sender, read.digest.began + one.began, named(one.recipients)))

    def _drop_session(self, connection: sqlite3.Connection, name: str) -> None:
        for file, sender, began, recipients in writing.drop_session(connection, name):
            self._touched.add(file)
            self._note(Change(sender, began, addresses(recipients)))

    def _session_tasks(self, names: list[str]) -> Iterator[SessionTask]:
        """Give where to read on in sessions; nothing where another process has done it."""
        directory = f"{self._layout.sessions}{os.sep}"
        for chunk in _chunks(names, MOST_NAMES):
            known = writing.read_so_far(self._store.connection, chunk)
            for name in chunk:
                if name not in known:
                    yield SessionTask(name, directory + name, 0, Digest())
                elif (task := self._reading_on(name, directory + name, *known[name])) is not None:
                    yield task

    def _reading_on(self, name: str, path: str, read: int, carried: bytes) -> SessionTask | None:
        """Return where to read on in a session of which `read` octets were read."""
        with suppress(OSError):
            size = os.stat(path).st_size  # noqa: PTH116 - of each session that goes on
            if size == read:
                return None
            if carried and size > read:
                digest = msgspec.msgpack.decode(carried, type=Digest)
                return SessionTask(name, path, read, digest)
        # Not the file any more that was read: a session file only grows, and not past its end.
        with self._store.writing() as writer:
            self._drop_session(writer, name)
        return SessionTask(name, path, 0, Digest())

    def _read_messages(self, stamps: dict[str, Stamp], names: list[str]) -> None:
        tasks = self._message_tasks(stamps, names)
        for gathered in _gathered(self._room.messages(tasks)):
            with self._store.writing() as writer:
                for task, record in gathered:
                    if record is not None:
                        stamp = stamps[task.name]
                        writing.put_message(writer, task.name, stamp, task.delivered, record)
                for part in _chunks(gathered, MOST_NAMES):
                    self._remember(writer, [task.name for task, _ in part])
            self._tell(len(gathered))

    def _message_tasks(self, stamps: dict[str, Stamp], names: list[str]) -> Iterator[MessageTask]:
        directory = f"{self._layout.messages}{os.sep}"
        for chunk in _chunks(names, MOST_NAMES):
            known = writing.delivered_to(self._store.connection, chunk)
            for name in chunk:
                yield MessageTask(name, directory + name, stamps[name].size, known.get(name))

    def _remember(self, connection: sqlite3.Connection, names: Sequence[str]) -> None:
        """Keep in mind whose tries a change of these messages may concern."""
        if len(self._near) > _FEW_CHANGES:
            return
        condition, values = of_files(names)
        rows = connection.execute(
            f"SELECT sender, began, recipients FROM tries WHERE {condition}", values
        )
        for sender, began, recipients in rows:
            self._note(Change(sender, began, addresses(recipients)))

    def _note(self, change: Change) -> None:
        if len(self._near) <= _FEW_CHANGES:
            self._near.add(change)

    def _without_their_try(self) -> list[str]:
        """Return messages whose session came, or went, after they were read."""
        found: list[str] = []
        for chunk in _chunks(sorted(self._touched), MOST_NAMES):
            known = writing.delivered_to(self._store.connection, chunk)
            rows = self._store.connection.execute(
                f"SELECT name, try FROM messages WHERE name IN ({placeholders(chunk)})", chunk
            )
            for name, number in rows:
                there = known.get(name)
                if number != (there.number if there is not None else None):
                    found.append(name)
        return found

    def _join(self) -> None:
        if not self._near:
            return
        with self._store.writing() as writer:
            if len(self._near) > _FEW_CHANGES:
                join_all(writer)
            else:
                join_around(writer, self._near)

    def _tell(self, files: int) -> None:
        self._done += files
        if self._report is not None:
            self._report(Progress(self._done, self._total))


def _is_gone(directory: Path, name: str) -> bool:
    """Return whether a file is not there; a name that leads elsewhere is none of a file."""
    return not is_file_name(name) or not (directory / name).exists()


def _fresh(names: Iterable[str]) -> list[str]:
    """Return the names that messages got a moment ago: names of ours sort as their times do."""
    now = datetime.now(UTC)
    first = f"{now - timedelta(seconds=_MOMENT):%Y%m%dT%H%M%S.%f}"
    last = f"{now + timedelta(seconds=_AHEAD):%Y%m%dT%H%M%S.%f}"
    return [name for name in names if first < name < last and is_named_by_us(name)]


def _gathered(batches: Iterable[list[T]]) -> Iterator[list[T]]:
    """Join batches: a transaction costs more than a message."""
    gathered: list[T] = []
    for batch in batches:
        gathered += batch
        if len(gathered) >= _AT_ONCE:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _chunks(names: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(names)
    while chunk := list(islice(rest, size)):
        yield chunk
