"""The streams that methods written for aiosmtpd use, over the buffer of a connection."""

from __future__ import annotations

from asyncio import IncompleteReadError, Transport
from typing import Protocol


class Octets(Protocol):
    """The two directions of a connection, as the streams need them."""

    transport: Transport | None

    async def take_some(self) -> bytes:
        """Return octets that are waiting, or the next that come; b"" at their end."""

    def put_back(self, octets: bytes, /) -> None:
        """Give back octets that were taken."""

    def send_raw(self, octets: bytes, /) -> None:
        """Send octets as they are."""

    async def drained(self) -> None:
        """Wait until the client has read what was sent."""


class LineReader:
    """Reads what the client sends, as asyncio.StreamReader does."""

    def __init__(self, octets: Octets) -> None:
        self._octets = octets

    async def read(self, most: int = -1) -> bytes:
        """Return what is there, `most` octets of it at most; all until the end for -1."""
        octets = await self._octets.take_some()
        while most < 0 and (more := await self._octets.take_some()):
            octets += more
        if 0 <= most < len(octets):
            self._octets.put_back(octets[most:])
            octets = octets[:most]
        return octets

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Return octets up to a separator, and it. Raises asyncio.IncompleteReadError."""
        octets = b""
        while (end := octets.find(separator)) < 0:
            more = await self._octets.take_some()
            if not more:
                raise IncompleteReadError(octets, None)
            octets += more
        end += len(separator)
        self._octets.put_back(octets[end:])
        return octets[:end]

    async def readline(self) -> bytes:
        """Return a line with its end, or what was left before the end."""
        try:
            return await self.readuntil(b"\n")
        except IncompleteReadError as error:
            return error.partial

    async def readexactly(self, count: int) -> bytes:
        """Return so many octets. Raises asyncio.IncompleteReadError."""
        octets = b""
        while len(octets) < count:
            more = await self._octets.take_some()
            if not more:
                raise IncompleteReadError(octets, count)
            octets += more
        self._octets.put_back(octets[count:])
        return octets[:count]


class RawWriter:
    """Writes to the client, as asyncio.StreamWriter does."""

    def __init__(self, octets: Octets) -> None:
        self._octets = octets

    def write(self, octets: bytes) -> None:
        """Send octets as they are, after the replies that are held."""
        self._octets.send_raw(octets)

    async def drain(self) -> None:
        """Wait until the client has read what was written. Raises SessionOver if it never does."""
        await self._octets.drained()

    def close(self) -> None:
        """Close the connection."""
        if self._octets.transport is not None:
            self._octets.transport.close()

    def is_closing(self) -> bool:
        """Return whether the connection is closed or closing."""
        return self._octets.transport is None or self._octets.transport.is_closing()
