"""The streams that methods written for aiosmtpd use, over the buffer of a connection."""

from __future__ import annotations

from asyncio import IncompleteReadError
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailcatch.smtp.wire import Wire


class LineReader:
    """Reads what the client sends, as asyncio.StreamReader does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def read(self, most: int = -1) -> bytes:
        """Return what is there, `most` octets of it at most; all until the end for -1."""
        octets = await self._wire.take_some()
        while most < 0 and (more := await self._wire.take_some()):
            octets += more
        if 0 <= most < len(octets):
            self._wire.put_back(octets[most:])
            octets = octets[:most]
        return octets

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Return octets up to a separator, and it. Raises asyncio.IncompleteReadError."""
        octets = b""
        while (end := octets.find(separator)) < 0:
            more = await self._wire.take_some()
            if not more:
                raise IncompleteReadError(octets, None)
            octets += more
        end += len(separator)
        self._wire.put_back(octets[end:])
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
            more = await self._wire.take_some()
            if not more:
                raise IncompleteReadError(octets, count)
            octets += more
        self._wire.put_back(octets[count:])
        return octets[:count]


class RawWriter:
    """Writes to the client, as asyncio.StreamWriter does."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def write(self, octets: bytes) -> None:
        """Send octets as they are, after the replies that are held."""
        self._wire.send_raw(octets)

    async def drain(self) -> None:
        """Wait until the client has read what was written. Raises SessionOver if it never does."""
        await self._wire.drained()

    def close(self) -> None:
        """Close the connection."""
        if self._wire.transport is not None:
            self._wire.transport.close()

    def is_closing(self) -> bool:
        """Return whether the connection is closed or closing."""
        return self._wire.transport is None or self._wire.transport.is_closing()
