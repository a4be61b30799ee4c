"""Taking lines and segments of what the client sent, each within a time.

The invariant: what is read is taken from one buffer, by one coroutine.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from mailcatch.smtp.reply import IDLE
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.streams import LineReader, RawWriter
from mailcatch.smtp.wire import Wire

# Octets of a dropped line that are told: a verb, and what follows it.
BEGINNING: Final = 5


class LineTooLongError(ValueError):
    """A line is longer than it may be, and was dropped.

    octets: how long it is. beginning: its first octets, such as a verb.
    """

    def __init__(self, octets: int, beginning: bytes) -> None:
        super().__init__(f"a line of {octets} octets")
        self.octets = octets
        self.beginning = beginning


class Reading(Wire):
    """A connection whose session takes what the transport's callbacks put into the buffer."""

    @property
    def _reader(self) -> LineReader:  # type: ignore[override]
        return LineReader(self)

    @property
    def _writer(self) -> RawWriter:  # type: ignore[override]
        return RawWriter(self)

    async def take_some(self) -> bytes:
        """Return the octets that are waiting, or the next that come; b"" at their end.

        Raises SessionOver where none come in time.
        """
        if not self._buffer:
            try:
                await self._more(self.service.limits.idle)
            except TimeoutError:
                reason = f"nothing came for {self.service.limits.idle:g} s"
                raise SessionOver("server", "idle", reason, IDLE) from None
        return self._take()

    def put_back(self, octets: bytes) -> None:
        """Give back octets that were taken, so that they are taken next."""
        if octets:
            self._buffer, self._start, self._scanned = octets + self._buffer[self._start :], 0, 0

    async def _more(self, seconds: float) -> bool:
        """Wait for more octets, for some seconds at most.

        Returns False at the end of the client's octets. Raises TimeoutError when the time is over
        and SessionOver when the session was interrupted.
        """
        if self._roused and not self._may_wait():
            return False
        await self._octets_within(seconds)
        return self._woken()

    def _octets_within(self, seconds: float) -> Awaitable[None]:
        """Begin to wait; await what is returned."""
        self._waiting_since = now = self.loop.time()
        self._deadline = now + seconds
        return self._leader.pause()

    def _may_wait(self) -> bool:
        """Return whether more octets can come. Raises SessionOver where the session is to end."""
        if self._interruption is not None:
            raise self._interruption
        if self._read_paused and self.transport is not None:
            self._read_paused = False
            self.transport.resume_reading()
        self._roused = self._eof
        return not self._eof

    def _woken(self) -> bool:
        """Return, after a wait, whether there are octets or more can come."""
        if self._buffer and not self._late:
            return True
        if self._late:
            self._late = False
            raise TimeoutError
        if self._interruption is not None:
            raise self._interruption
        return not self._eof

    async def _next_line(self, limit: int, seconds: float) -> bytes:
        """Return the next line with its end, or what stood before the end of the client's octets.

        limit: octets that a line may have. seconds: how long to wait for all of it.
        Raises LineTooLongError for a line that was longer, once it is over, and as `_more` does.
        """
        if not self._buffer:
            # As in `_more`, which would cost a coroutine more in each command.
            if self._roused and not self._may_wait():
                return b""
            await self._octets_within(seconds)
            if not self._woken():
                return b""
        line = self._buffer
        if not self._start and line.find(b"\n") + 1 == len(line) <= limit:
            # One whole line and nothing else, as it comes from all clients that do not pipeline.
            self._buffer, self._scanned = b"", 0
            return line
        return await self._line_of_several(limit, seconds)

    async def _line_of_several(self, limit: int, seconds: float) -> bytes:
        """Return the next line of a buffer that holds more or less than one."""
        dropped, beginning = 0, b""
        until = self.loop.time() + seconds
        while (end := self._buffer.find(b"\n", self._scanned)) < 0:
            self._scanned = len(self._buffer)
            waiting = self._scanned - self._start
            if waiting > limit:
                beginning = beginning or self._buffer[self._start : self._start + BEGINNING]
                dropped += waiting
                self._buffer, self._start, self._scanned = b"", 0, 0
                if dropped > 16 * limit:
                    raise OverflowError(dropped)
            if not await self._more(until - self.loop.time()):
                return self._take()
        line = self._buffer[self._start : end + 1]
        self._start = self._scanned = end + 1
        if self._start == len(self._buffer):
            self._buffer, self._start, self._scanned = b"", 0, 0
        if dropped or len(line) > limit:
            raise LineTooLongError(dropped + len(line), beginning or line[:BEGINNING])
        return line

    def _take(self, most: int | None = None) -> bytes:
        """Return the octets that are waiting: all of them, or `most` of them at most."""
        if most is not None and len(self._buffer) - self._start > most:
            octets = self._buffer[self._start : self._start + most]
            self._start = self._scanned = self._start + most
            return octets
        octets = self._buffer[self._start :] if self._start else self._buffer
        self._buffer, self._start, self._scanned = b"", 0, 0
        return octets
