"""Sessions without a socket: segments in, and what was written, told and kept out."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any, cast

from mailcatch.smtp.connection import Connection
from mailcatch.smtp.lmtp import LmtpConnection
from mailcatch.smtp.recorder import Forgetful, MemoryDeposit
from mailcatch.smtp.service import Service
from mailcatch.smtp.transaction import Outcome, Transaction


class Kept(Forgetful):
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.messages: list[bytes] = []

    def client(self, line: bytes, end: str, /) -> None:
        self.told.append(("client", line, end))

    def server(self, octets: bytes, /) -> None:
        self.told.append(("server", octets))

    def transaction(self, transaction: Transaction, outcome: Outcome, file: str, /) -> None:
        names = sorted(note.name for note in transaction.notes)
        self.told.append((outcome, transaction.sender.address, transaction.octets, names, file))

    def close(self, by: str, how: str, reason: str, /) -> None:
        self.told.append((by, how))

    def deposit(self) -> MemoryDeposit:
        kept = self.messages

        class Deposit(MemoryDeposit):
            async def commit(self) -> str:
                kept.append(self.content())
                return str(len(kept))

        return Deposit()


class Loopback:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def get_extra_info(self, name: str) -> object:
        return {"peername": ("127.0.0.1", 4242), "sockname": ("127.0.0.1", 1025)}.get(name)

    def write(self, octets: bytes) -> None:
        self.writes.append(octets)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def can_write_eof(self) -> bool:
        return False

    abort = pause_reading = resume_reading = close


Led = tuple[bytes, list[tuple[Any, ...]], list[bytes]]


def run(segments: list[bytes], *, lmtp: bool = False, proxied: bool = False) -> Led:
    """Lead a session with these segments: what was written, what was told, what was kept."""
    transport, recorder = lead(segments, lmtp=lmtp, proxied=proxied)
    return b"".join(transport.writes), recorder.told, recorder.messages


def lead(
    segments: list[bytes], *, lmtp: bool = False, proxied: bool = False
) -> tuple[Loopback, Kept]:
    """Lead a session with these segments, ended by the client's half-close."""
    recorder = Kept()
    transport = Loopback()

    async def session() -> None:
        service = Service(open_recorder=lambda _client, _server: recorder)
        kind = LmtpConnection if lmtp else Connection
        connection = kind(service=service, proxied=proxied)
        connection.connection_made(cast(asyncio.Transport, transport))
        for segment in segments:
            await asyncio.sleep(0)
            connection.data_received(segment)
        await asyncio.sleep(0)
        connection.eof_received()
        await connection.ended

    asyncio.run(session())
    return transport, recorder


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    """Cut octets at these places, counted around and around."""
    edges = sorted({0, len(octets), *(place % (len(octets) + 1) for place in places)})
    return [octets[start:stop] for start, stop in pairwise(edges)]
