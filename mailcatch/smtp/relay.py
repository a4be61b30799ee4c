"""The third seam, for ATRN: mail that is kept for clients that come and fetch it (RFC 2645)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec


class Waiting(msgspec.Struct, frozen=True):
    """A message that waits to be fetched.

    name: of its file. sender: the reverse-path; "" is the null one. recipients: those that it is to
    be delivered to. parameters: of MAIL, as the message came with them.
    """

    name: str
    sender: str
    recipients: tuple[str, ...]
    parameters: tuple[str, ...] = ()


class Relay(Protocol):
    """Where the mail waits."""

    async def take(self, domains: tuple[str, ...], /) -> list[Waiting]:
        """Return what waits for domains (small letters), for all where none are given.

        Nobody else gets it until `give_back`. Raises OSError.
        """

    async def content(self, waiting: Waiting, /) -> bytes:
        """Return the octets of a message. Raises OSError."""

    def settle(self, waiting: Waiting, recipient: str, /) -> None:
        """Note that a recipient had an answer that is final: it waits no longer."""

    def give_back(self, taken: Iterable[Waiting], /) -> None:
        """Let what was taken and is not settled wait for the next one."""
