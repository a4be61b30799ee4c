"""Following a mailbox: its changes as they happen.

`watchfiles` says that something happened, and only that: what happened is found by looking at the
files. Watchers lose events and fail on some file systems, so the files are looked at every 30 s in
any case.

    async for changes in watch(reader): ...

    for changes in follow(reader, stop=event): ...
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Final

from mailcatch.mailbox.changes import AnyChange
from mailcatch.mailbox.names import MESSAGE_SUFFIX, SESSION_SUFFIX
from mailcatch.mailbox.reader import Reader

RESCAN: Final = 30.0
"""Seconds after which the files are looked at, whatever the watcher says."""

_GATHERED: Final = 30
_STEP: Final = 10
_SUFFIXES: Final = (MESSAGE_SUFFIX, SESSION_SUFFIX)


def follow(
    reader: Reader, *, stop: threading.Event | None = None, rescan: float = RESCAN
) -> Iterator[list[AnyChange]]:
    """Give what changes, from now on, until `stop` is set or the caller goes away.

    The first look at the files is taken at once. rescan: seconds between looks at the latest.
    Raises MailboxError where the mailbox cannot be read any more.
    """
    watcher = _Watcher(reader.root, rescan, stop or threading.Event())
    watcher.start()
    try:
        while not watcher.stop.is_set():
            changes = reader.refresh()
            if changes:
                yield changes
            watcher.wait()
    finally:
        watcher.end()


async def watch(reader: Reader, *, rescan: float = RESCAN) -> AsyncGenerator[list[AnyChange], None]:
    """Give what changes, from now on, until the caller is cancelled or goes away.

    Files are looked at on another thread. Otherwise as `follow`.
    """
    watcher = _Watcher(reader.root, rescan, threading.Event())
    watcher.start()
    try:
        while True:
            changes = await asyncio.to_thread(reader.refresh)
            if changes:
                yield changes
            await asyncio.to_thread(watcher.wait)
    finally:
        watcher.end()


class _Watcher:
    """A thread that waits for the file system to say something.

    root: what is watched. rescan: seconds. stop: ends it.
    """

    def __init__(self, root: Path, rescan: float, stop: threading.Event) -> None:
        self.stop = stop
        self._root = root
        self._rescan = rescan
        self._something = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailcatch-watch", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def wait(self) -> None:
        """Return when something may have happened, when it is time to look, or at the end."""
        waited = 0.0
        # In short steps, because `stop` is another's event, and so that Ctrl-C is heard.
        while waited < self._rescan and not self.stop.is_set() and not self._ending.is_set():
            if self._something.wait(0.05):
                break
            waited += 0.05
        self._something.clear()

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
                    rust_timeout=100,
                    yield_on_timeout=True,
                    raise_interrupt=False,
                    ignore_permission_denied=True,
                ):
                    # The first time, also for what happened before it was listening.
                    if heard or not ready:
                        self._something.set()
                    ready = True
            # The watcher fails in many ways: too many watches, a directory that is gone, a file
            # system that does not tell. Looking at the files goes on without it.
            except Exception:  # noqa: BLE001
                self._something.set()
            self._ending.wait(min(self._rescan, 1.0))


def _concerns(_: object, path: str) -> bool:
    """Whether a path is one that a mailbox is made of; the index itself is none."""
    name = path.rpartition(os.sep)[2]
    return name.endswith(_SUFFIXES) or not name.startswith((".", "server.json"))
