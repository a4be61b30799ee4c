"""Who leads a session: runs its coroutine, and goes on with it when the client has sent something.

A task goes on in the turn of the event loop after the one in which what it waits for came, by way
of a future and a handle. A session waits for its client far more often than for anything else, and
then the transport's callback can go on with it at once: that is what a `Leader` does. It is no
task, so nothing that asks for the current task, such as `asyncio.timeout`, works under it. Where
other people's methods are at work, a `TaskLeader` leads.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any


class Leader:
    """Leads a coroutine from the callbacks of a transport, and through the futures it awaits.

    waits: whether the coroutine stands at `pause`, until somebody calls `go_on`.
    """

    __slots__ = ("_awaited", "_cancelled", "_ended", "_loop", "_over", "_resume", "waits")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, None, None]
    ) -> None:
        self._loop = loop
        self._resume = coroutine.send
        self._awaited: asyncio.Future[Any] | None = None
        self._ended: asyncio.Future[None] | None = None
        self._cancelled = False
        self._over = False
        self.waits = False

    @types.coroutine
    def pause(self) -> Generator[None, None, None]:
        """Wait for `go_on`. To be awaited by the coroutine that is led."""
        self.waits = True
        yield
        if self._cancelled:
            raise asyncio.CancelledError

    def go_on(self) -> None:
        """Go on until the coroutine waits again or is over."""
        self.waits = False
        try:
            awaited = self._resume(None)
        except (StopIteration, asyncio.CancelledError):
            self._end()
            return
        except BaseException:
            self._end()
            raise
        if not self.waits:
            self._wait_for(awaited)

    def cancel(self) -> None:
        """Let what the coroutine waits for raise CancelledError, and every pause after that."""
        self._cancelled = True
        if self._awaited is not None:
            self._awaited.cancel()
        elif self.waits:
            self.go_on()

    @property
    def ended(self) -> asyncio.Future[None]:
        """Done when the coroutine is over."""
        if self._ended is None:
            self._ended = self._loop.create_future()
            if self._over:
                self._ended.set_result(None)
        return self._ended

    def _wait_for(self, awaited: asyncio.Future[Any] | None) -> None:
        if awaited is None:
            # A bare yield, such as that of `asyncio.sleep(0)`.
            self._loop.call_soon(self.go_on)
            return
        self._awaited = awaited
        awaited.add_done_callback(self._go_on_after)

    def _go_on_after(self, _: asyncio.Future[Any]) -> None:
        self._awaited = None
        self.go_on()

    def _end(self) -> None:
        self._over = True
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


class TaskLeader:
    """Leads a coroutine as a task, in the manner of `Leader`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, None, None]
    ) -> None:
        self._loop = loop
        self._woken: asyncio.Future[None] | None = None
        self.ended: asyncio.Task[None] = loop.create_task(coroutine)

    @property
    def waits(self) -> bool:
        """Whether the coroutine stands at `pause`, until somebody calls `go_on`."""
        return self._woken is not None and not self._woken.done()

    async def pause(self) -> None:
        """Wait for `go_on`. To be awaited by the coroutine that is led."""
        self._woken = self._loop.create_future()
        try:
            await self._woken
        finally:
            self._woken = None

    def go_on(self) -> None:
        """Let the coroutine go on in the next turn."""
        if self._woken is not None:
            self._woken.set_result(None)

    def cancel(self) -> None:
        """Let what the coroutine waits for raise CancelledError."""
        self.ended.cancel()
