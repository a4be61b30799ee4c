"""The mail of a mailbox, for those who fetch it by ATRN: each message goes to a recipient once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from mailcatch.mailbox.envelopes import enveloped
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.names import MESSAGES
from mailcatch.smtp.relay import Waiting


class Relaying:
    """What waits in a mailbox to be fetched (`mailcatch.smtp.relay.Relay`).

    That is every stored message, those of earlier runs too, but for the recipients who got it since
    this server started. root: returns the mailbox, whose place may not be known before it starts.
    """

    def __init__(self, root: Callable[[], Path]) -> None:
        self._root = root
        self._settled: set[tuple[str, str]] = set()
        self._taken: set[tuple[str, str]] = set()

    async def take(self, domains: tuple[str, ...], /) -> list[Waiting]:
        """Return what waits for domains. Raises OSError."""
        try:
            kept = await asyncio.to_thread(enveloped, self._root(), domains)
        except MailboxError as error:
            raise OSError(str(error)) from None
        found = []
        for one in kept:
            wanted = tuple(
                recipient
                for recipient in dict.fromkeys(one.recipients)
                if (one.file, recipient) not in self._settled | self._taken
            )
            if wanted:
                found.append(Waiting(one.file, one.sender, wanted, one.parameters))
        self._taken.update(_pairs(found))
        return found

    async def content(self, waiting: Waiting, /) -> bytes:
        """Return the octets of a message. Raises OSError."""
        return await asyncio.to_thread((self._root() / MESSAGES / waiting.name).read_bytes)

    def settle(self, waiting: Waiting, recipient: str, /) -> None:
        """Note that a recipient had an answer that is final."""
        self._settled.add((waiting.name, recipient))

    def give_back(self, taken: Iterable[Waiting], /) -> None:
        """Let what was taken and is not settled wait for the next one."""
        self._taken.difference_update(_pairs(taken))


def _pairs(waiting: Iterable[Waiting]) -> Iterable[tuple[str, str]]:
    return ((one.name, recipient) for one in waiting for recipient in one.recipients)
