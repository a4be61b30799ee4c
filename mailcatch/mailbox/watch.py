"""Following a mailbox: its changes as they happen.

`watchfiles` says that something happened, and only that: what happened is found by looking at the
files. Watchers lose events, and file systems of other machines tell of nothing, so the files are
looked at every 30 s in any case, or as often as the caller wants.

    async for changes in watch(reader): ...

    for changes in follow(reader, stop=event): ...
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Generator
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Final

from mailcatch.mailbox.changes import AnyChange
from mailcatch.mailbox.index.reading import get_ready
from mailcatch.mailbox.marks import NAME as MARKS
from mailcatch.mailbox.names import MESSAGE_SUFFIX, SESSION_SUFFIX
from mailcatch.mailbox.reader import Reader

RESCAN: Final = 30.0
"""Seconds after which the files are looked at, whatever the watcher says."""

# Milliseconds: how long files are gathered that change together, and a turn without any.
_GATHERED: Final = 30
_STEP: Final = 10
_TURN: Final = 20
# A look at all files is followed by so many times as long without one.
_LEISURE: Final = 10
_SUFFIXES: Final = (MESSAGE_SUFFIX, SESSION_SUFFIX)


def follow(
    reader: Reader,
    *,
    stop: threading.Event | None = None,
    timeout: float = inf,
    rescan: float = RESCAN,
) -> Generator[list[AnyChange], None, None]:
    """Give what changes, from now on, until `stop` is set or the caller goes away.

    The first look at the files is taken at once, and another one at the end. timeout: seconds after
    which it ends. rescan: seconds between looks at the latest; more, where a look takes long.
    Raises MailboxError where the mailbox cannot be read any more.
    """
    deadline = monotonic() + timeout
    watcher = _Watcher(reader.root, rescan, stop or threading.Event())
    watcher.start()
    try:
        names: frozenset[str] | None = None
        while True:
            changes = _look(reader, watcher, names)
            if changes:
                yield changes
            if watcher.stop.is_set() or monotonic() >= deadline:
                return
            if names is None:
                get_ready()
            names = watcher.wait(deadline)
    finally:
        watcher.end()


async def watch(reader: Reader, *, rescan: float = RESCAN) -> AsyncGenerator[list[AnyChange], None]:
    """Give what changes, from now on, until the caller is cancelled or goes away.

    Files are looked at on another thread. Otherwise as `follow`.
    """
    watcher = _Watcher(reader.root, rescan, threading.Event())
    watcher.start()
    try:
        names: frozenset[str] | None = None
        while True:
            changes = await asyncio.to_thread(_look, reader, watcher, names)
            if changes:
                yield changes
            if names is None:
                await asyncio.to_thread(get_ready)
            names = await asyncio.to_thread(watcher.wait)
    finally:
        watcher.end()


def _look(reader: Reader, watcher: _Watcher, names: frozenset[str] | None) -> list[AnyChange]:
    began = monotonic()
    changes = reader.refresh(only=names)
    if names is None:
        watcher.looked_at_all(monotonic() - began)
    return changes


class _Watcher:
    """A thread that waits for the file system to say something.

    root: what is watched. rescan: seconds. stop: ends it.
    """

    def __init__(self, root: Path, rescan: float, stop: threading.Event) -> None:
        self.stop = stop
        self._root = root
        self._rescan = rescan
        self._something = threading.Event()
        self._lock = threading.Lock()
        self._names: set[str] | None = set()
        self._looked = monotonic()
        self._rest = rescan
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailcatch-watch", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def looked_at_all(self, took: float) -> None:
        """Take note of a look at all files. took: seconds."""
        self._looked = monotonic()
        self._rest = max(self._rescan, _LEISURE * took)

    def wait(self, deadline: float = inf) -> frozenset[str] | None:
        """Return when something may have happened, when it is time to look, or at the end.

        deadline: of the monotonic clock.
        Returns the names of the files it happened to; None where all are to be looked at.
        """
        due = min(self._looked + self._rest, deadline)
        # In short steps, because `stop` is another's event, and so that Ctrl-C is heard.
        while (left := due - monotonic()) > 0:
            if self._something.wait(min(left, 0.05)):
                break
            if self.stop.is_set() or self._ending.is_set():
                break
        # Cleared first: what is heard meanwhile is in both.
        heard = self._something.is_set()
        self._something.clear()
        with self._lock:
            names, self._names = self._names, set()
        if not heard or names is None or monotonic() - self._looked >= self._rest:
            return None
        return frozenset(names)

    def end(self) -> None:
        """End the thread. May be called more than once."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        from watchfiles import watch as watch_files

        while not self._ending.is_set():
            try:
                ready = False
                for heard in watch_files(
                    self._root,
                    watch_filter=_concerns,
                    debounce=_GATHERED,
                    step=_STEP,
                    stop_event=self._ending,
                    rust_timeout=_TURN,
                    yield_on_timeout=True,
                    raise_interrupt=False,
                    ignore_permission_denied=True,
                ):
                    # The first time, also for what happened before it was listening.
                    if heard or not ready:
                        self._hear(heard if ready else None)
                    ready = True
            # The watcher fails in many ways: too many watches, a directory that is gone, a file
            # system that does not tell. Looking at the files goes on without it.
            except Exception:  # noqa: BLE001
                self._hear(None)
            self._ending.wait(min(self._rescan, 1.0))

    def _hear(self, heard: set[tuple[Any, str]] | None) -> None:
        names = {path.rpartition(os.sep)[2] for _, path in heard} if heard is not None else None
        with self._lock:
            if names is None or self._names is None or not all(map(_is_file, names)):
                self._names = None
            else:
                self._names |= names
        self._something.set()


def _is_file(name: str) -> bool:
    """Whether a name is that of a file that is known one by one; directories are not."""
    return name.endswith(_SUFFIXES) or name == MARKS


def _concerns(_: object, path: str) -> bool:
    """Whether a path is one that a mailbox is made of; the index itself is none."""
    name = path.rpartition(os.sep)[2]
    return name.endswith(_SUFFIXES) or not name.startswith((".", "server.json"))
