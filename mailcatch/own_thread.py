"""A catcher on a thread and an event loop of its own, for synchronous code."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Protocol


class Startable(Protocol):
    """What runs on the thread."""

    async def start(self) -> None:
        """Begin, on the thread's loop."""

    async def stop(self, grace: float, /) -> None:
        """End, within some seconds of grace."""


class OwnThread:
    """Runs something for as long as a block lasts. Raises what starting it raises."""

    def __init__(self, running: Startable) -> None:
        self._running = running
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mailcatch", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._running.start(), self._loop).result()
        except BaseException:
            self._end()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._running.stop(0), self._loop).result()
        finally:
            self._end()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
