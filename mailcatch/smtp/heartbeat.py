"""One timer for all connections of a server: what they do when nothing happens."""

from __future__ import annotations

import asyncio
from typing import Protocol

INTERVAL = 0.1


class Beating(Protocol):
    """Something that wants to be called while it lives."""

    def beat(self, now: float, /) -> None:
        """Do what is due; now is the loop's time in seconds."""


class Heartbeat:
    """Calls its members ten times a second, and sleeps when it has none."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._members: set[Beating] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def members(self) -> tuple[Beating, ...]:
        """Those who are called now."""
        return tuple(self._members)

    def add(self, member: Beating) -> None:
        """Begin to call member."""
        self._members.add(member)
        if self._timer is None:
            self._timer = self._loop.call_later(INTERVAL, self._beat)

    def remove(self, member: Beating) -> None:
        """Call member no more."""
        self._members.discard(member)

    def stop(self) -> None:
        """Call nobody any more."""
        self._members.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self) -> None:
        if not self._members:
            self._timer = None
            return
        self._timer = self._loop.call_later(INTERVAL, self._beat)
        now = self._loop.time()
        for member in self.members:
            member.beat(now)
