"""What a server does besides answering: it waits, hangs, and closes in every way there is."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final

from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import Ending
from mailcatch.smtp.reading import Reading
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.wire import NEVER

DRAIN_SECONDS: Final = 2.0
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class Closing(Reading):
    """A connection that can hold back a reply, and end."""

    _stopping: SessionOver | None = None
    # Whether the session waits on purpose, for no command.
    _holding = False

    async def _pause(self, seconds: float, since: float | None = None) -> None:
        """Hold back the next reply. No time limit of the session runs meanwhile.

        since: when the client began to wait, in the loop's time; None for now.
        A server that stops waits no longer. Raises SessionOver where the client is gone.
        """
        self.send_held()
        self._holding = True
        try:
            await self._wait(seconds, self.loop.time() if since is None else since)
        finally:
            self._holding = False

    async def _wait(self, seconds: float, began: float) -> None:
        until = self.loop.time() + seconds
        told = self._eof
        while (now := self.loop.time()) < until and not self._lost and self._stopping is None:
            if self._interruption is not None and self._interruption.by == "server":
                raise self._interruption
            if self._eof:
                if not told:
                    told = True
                    self._note_gone(began)
                await asyncio.sleep(min(until - now, 0.1))
                continue
            self._deadline = NEVER
            timer = self.loop.call_at(until, self._wake)
            try:
                await self._leader.pause()
            finally:
                timer.cancel()
        if self._lost:
            if not told:
                self._note_gone(began)
            raise self._interruption or SessionOver("client", "closed")

    def _note_gone(self, began: float) -> None:
        waited = self.loop.time() - began
        self.recorder.note(Note("client-gave-up", f"after {waited:.3f} s"))

    async def _hang_up(self, over: SessionOver) -> None:
        """End the connection as `over` says, and return when it has ended."""
        if over.reply is not None and not self._lost:
            self._say(over.reply)
        self.send_held()
        transport = self.transport
        if transport is None:
            return
        if over.ending is Ending.RST:
            sock = transport.get_extra_info("socket")
            if sock is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()
        elif over.ending is Ending.HANG:
            began = self.loop.time()
            await self._ignore(None)
            if self._eof:
                self._note_gone(began)
        elif over.ending is Ending.HALF:
            self._close_half(transport)
            await self._ignore(None)
        elif over.by == "server" and over.how != "stopped" and not self._eof:
            # Closing with octets unread makes the kernel reset the connection, and the client
            # never sees the last reply: close one half, read on for a while, then close.
            self._close_half(transport)
            await self._ignore(DRAIN_SECONDS)
        if self._write_paused is not None:
            transport.abort()
        transport.close()

    def _close_half(self, transport: asyncio.Transport) -> None:
        if transport.can_write_eof() and not transport.is_closing():
            transport.write_eof()

    async def _ignore(self, seconds: float | None) -> None:
        """Throw away what the client sends until it closes; seconds bounds the wait."""
        self._deaf = self._unusual = True
        self._take()
        if self._read_paused and self.transport is not None:
            self._read_paused = False
            self.transport.resume_reading()
        until = None if seconds is None else self.loop.time() + seconds
        self._holding = until is None
        while not self._eof and not (self._holding and self._stopping is not None):
            self._deadline = NEVER
            timer = None if until is None else self.loop.call_at(until, self._wake)
            try:
                await self._leader.pause()
            finally:
                if timer is not None:
                    timer.cancel()
            if until is not None and self.loop.time() >= until:
                return
            if self._interruption is not None:
                return
