"""Syncing to the disk in groups: those who ask while one sync runs share the next."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable


class GroupSync:
    """Makes files and directories safe from the death of the machine, off the event loop."""

    def __init__(self) -> None:
        self._waiting: list[tuple[list[int], frozenset[str], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def sync(self, descriptors: Iterable[int], directories: Iterable[str] = ()) -> None:
        """Return when the files, and the names in the directories, are on the disk.

        Raises OSError.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        # Copies, because a session may end and close its own while the sync still runs.
        copies = [os.dup(descriptor) for descriptor in descriptors]
        self._waiting.append((copies, frozenset(directories), done))
        if self._task is None:
            self._task = loop.create_task(self._run())
        await done

    async def finish(self) -> None:
        """Return when nothing is being synced any more."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                failures = await loop.run_in_executor(None, _sync_group, group)
                for (_, _, done), failure in zip(group, failures, strict=True):
                    if done.done():
                        continue
                    if failure is None:
                        done.set_result(None)
                    else:
                        done.set_exception(failure)
        finally:
            self._task = None


def _sync_group(
    group: list[tuple[list[int], frozenset[str], asyncio.Future[None]]],
) -> list[OSError | None]:
    """Sync each file once and each directory once; return what went wrong for each member."""
    failures: list[OSError | None] = []
    for descriptors, _, _ in group:
        failure: OSError | None = None
        for descriptor in descriptors:
            try:
                os.fsync(descriptor)
            except OSError as error:
                failure = error
            finally:
                os.close(descriptor)
        failures.append(failure)
    broken = {path: _sync_directory(path) for path in frozenset().union(*(d for _, d, _ in group))}
    for number, (_, directories, _) in enumerate(group):
        for path in directories:
            failures[number] = failures[number] or broken[path]
    return failures


def _sync_directory(path: str) -> OSError | None:
    if os.name == "nt":
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        return error
    return None
