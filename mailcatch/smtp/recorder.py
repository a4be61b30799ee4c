"""The second seam: a recorder is told all that happens in a session and keeps its messages.

Where it cannot keep something it raises OSError, and the client hears of it; the server stays up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from mailcatch.smtp.handshake import Handshake
from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import Firing
from mailcatch.smtp.proxy_header import ProxyHeader
from mailcatch.smtp.transaction import Outcome, Recipient, Transaction


class Deposit(Protocol):
    """A message on its way: written as it arrives, whole or not there at all."""

    def write(self, octets: bytes, /) -> None:
        """Take the next octets. Raises OSError."""

    def content(self) -> bytes:
        """Return all octets written so far. Raises OSError."""

    async def commit(self) -> str:
        """Make the message appear and return its name. Raises OSError, and then nothing remains."""

    def discard(self) -> None:
        """Forget the message, also after a commit. Never raises."""


class Recorder(Protocol):
    """Keeps one session. Nothing but `deposit`, its deposits and `settle` may raise."""

    def client(self, line: bytes, end: str, /) -> None:
        """Record a line the client sent, with secrets masked by the caller, without its `end`."""

    def server(self, octets: bytes, /) -> None:
        """Record octets the server is about to send, as they go on the wire."""

    def auth(self, mechanism: str, user: str, /, *, accepted: bool, secret: str) -> None:
        """Record an authentication; `secret` is "" unless the user asked to keep credentials."""

    def tls(self, handshake: Handshake, /) -> None:
        """Record a TLS handshake, successful or not."""

    def proxy(self, header: ProxyHeader, via: str, /) -> None:
        """Record what a proxy said of the client, right after the beginning; `via` is its end."""

    def became(self, attributes: Mapping[str, str], client: str, /) -> None:
        """Record that XCLIENT makes the session that of `client`."""

    def forwarded(self, attributes: Mapping[str, str], /) -> None:
        """Record what XFORWARD tells of the next transaction."""

    def turned(self, domains: tuple[str, ...], messages: int, /) -> None:
        """Record that the server sends from now on, and the client answers."""

    def relayed(self, file: str, recipients: list[Recipient], answer: str, /) -> None:
        """Record that a message was sent, or tried to; `answer` is the last one."""

    def note(self, note: Note, /) -> None:
        """Record something worth telling about the session."""

    def fault(self, stage: str, firing: Firing, /) -> None:
        """Record what a policy did on purpose, or would have done."""

    def transaction(self, transaction: Transaction, outcome: Outcome, file: str, /) -> None:
        """Record the end of a transaction; `file` names the stored message, or is ""."""

    def close(self, by: str, how: str, reason: str, /) -> None:
        """Record the end of the session, put everything in its place and let go of it."""

    def deposit(self) -> Deposit:
        """Begin to keep a message. Raises OSError."""

    async def settle(self) -> None:
        """Return when all that was recorded is safe. Raises OSError."""

    def flush(self) -> None:
        """Pass on what was gathered; called about ten times a second. Never raises."""


class MemoryDeposit:
    """A message kept in memory only."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def write(self, octets: bytes, /) -> None:
        """Take the next octets."""
        self._octets += octets

    def content(self) -> bytes:
        """Return all octets."""
        return bytes(self._octets)

    async def commit(self) -> str:
        """Pretend that the message is kept."""
        return "memory"

    def discard(self) -> None:
        """Forget the octets."""
        self._octets.clear()


class Forgetful:
    """A recorder that keeps nothing, for a connection that only its handler listens to."""

    def client(self, line: bytes, end: str, /) -> None: ...
    def server(self, octets: bytes, /) -> None: ...
    def auth(self, mechanism: str, user: str, /, *, accepted: bool, secret: str) -> None: ...
    def tls(self, handshake: Handshake, /) -> None: ...
    def proxy(self, header: ProxyHeader, via: str, /) -> None: ...
    def became(self, attributes: Mapping[str, str], client: str, /) -> None: ...
    def forwarded(self, attributes: Mapping[str, str], /) -> None: ...
    def turned(self, domains: tuple[str, ...], messages: int, /) -> None: ...
    def relayed(self, file: str, recipients: list[Recipient], answer: str, /) -> None: ...
    def note(self, note: Note, /) -> None: ...
    def fault(self, stage: str, firing: Firing, /) -> None: ...
    def transaction(self, transaction: Transaction, outcome: Outcome, file: str, /) -> None: ...
    def close(self, by: str, how: str, reason: str, /) -> None: ...
    def flush(self) -> None: ...

    def deposit(self) -> MemoryDeposit:
        """Begin to keep a message in memory."""
        return MemoryDeposit()

    async def settle(self) -> None:
        """Return at once: nothing is kept."""
