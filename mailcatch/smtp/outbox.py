"""Replies leave together, at the end of a turn of the event loop.

A client that gets its reply at once wakes at once, and takes the processor from the sessions whose
commands are waiting already. When all that is waiting is answered first and sent then, clients
wake up to several replies, and servers to several commands.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Sending(Protocol):
    """Something that holds replies."""

    def send_held(self) -> None:
        """Send them."""


class Prompt:
    """Lets everyone send at once, for other people's methods: they may close after a push."""

    def post(self, member: Sending) -> None:
        """Let member send."""
        member.send_held()


class Outbox:
    """Lets its members send what they hold, once a turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._members: list[Sending] = []

    def post(self, member: Sending) -> None:
        """Let member send at the end of this turn."""
        if not self._members:
            self._loop.call_soon(self._deliver)
        self._members.append(member)

    def _deliver(self) -> None:
        members, self._members = self._members, []
        for member in members:
            member.send_held()
