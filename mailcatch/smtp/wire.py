"""The wire of one connection: octets into a buffer, replies out.

The invariant: replies leave in the order in which they were pushed, those to commands that came
together in one write (RFC 2920 section 3.2).
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Final, cast

from mailcatch.smtp.aiosmtpd import SMTP
from mailcatch.smtp.heartbeat import Heartbeat
from mailcatch.smtp.leading import Leader, TaskLeader
from mailcatch.smtp.outbox import Outbox, Prompt
from mailcatch.smtp.policy import Ending
from mailcatch.smtp.recorder import Recorder
from mailcatch.smtp.reply import Reply
from mailcatch.smtp.service import Service
from mailcatch.smtp.session_over import SessionOver

HIGH_WATER: Final = 256 * 1024
NEVER: Final = float("inf")
# Octets of replies that wait for the end of a turn.
MOST_HELD: Final = 4096
PROMPT: Final = Prompt()
_QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


class Wire(SMTP):
    """The transport's side of a connection, on the names that aiosmtpd gives its parts."""

    service: Service
    recorder: Recorder

    _over: SessionOver | None = None
    _interruption: SessionOver | None = None
    _buffer = b""
    _start = 0
    _scanned = 0
    _eof = False
    _lost = False
    _leader: Leader | TaskLeader
    _deadline = 0.0
    _late = False
    _waiting_since = 0.0
    _held = b""
    _write_paused: asyncio.Future[None] | None = None
    _read_paused = False
    _deaf = False
    _untouched = True
    # Whether the next octets want a closer look, and whether the next wait does.
    _unusual = True
    _roused = False
    _encrypted = False
    # Whether other people's methods are at work. A task leads then, because they may ask for it.
    _foreign = False
    _outbox: Outbox | Prompt

    def __init__(
        self, service: Service, heartbeat: Heartbeat | None, outbox: Outbox | None
    ) -> None:
        # SMTP.__init__ is not called: it looks through all methods for each connection, which
        # costs more than a whole message does here. What it sets is set here, and asserted by
        # tests/smtp/test_aiosmtpd.py.
        self.service = service
        self._enhanced = service.enhanced
        self._heartbeat = heartbeat or Heartbeat(self.loop)
        self._outbox = PROMPT if self._foreign else outbox or Outbox(self.loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the session."""
        # uvloop's transports have the methods of asyncio.Transport without being one.
        stream = cast(asyncio.Transport, transport)
        self.transport: asyncio.Transport | None = stream
        self._encrypted = stream.get_extra_info("ssl_object") is not None
        self._heartbeat.add(self)
        self._greet(stream)
        if self._foreign:
            self._leader = leader = TaskLeader(self.loop, self._handle_client())
            self._handler_coroutine = leader.ended
        else:
            self._leader = Leader(self.loop, self._handle_client())
            self._leader.go_on()

    def data_received(self, data: bytes) -> None:
        """Put octets where the session's coroutine finds them, and go on with it."""
        if self._buffer or self._unusual:
            self._received(data)
            return
        self._buffer = data
        leader = self._leader
        if leader.waits:
            leader.go_on()

    def _received(self, data: bytes) -> None:
        """Take octets that are the first, or unwanted, or come while others are waiting."""
        if self._deaf:
            return
        if self._untouched:
            self._untouched = self._unusual = False
            if not self._look(data):
                return
        self._scanned -= self._start
        self._buffer = self._buffer[self._start :] + data
        self._start = 0
        self._wake()
        if len(self._buffer) - self._start > HIGH_WATER and not self._wants_octets:
            self._pause_reading()

    @property
    def _wants_octets(self) -> bool:
        """Whether the session waits for the client, and for nothing else."""
        return self._leader.waits and self._deadline != NEVER

    def _pause_reading(self) -> None:
        """Take no more octets until the session wants some."""
        if not self._read_paused and self.transport is not None:
            self._read_paused = self._roused = True
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """Note that the client sends no more; what it sent is still obeyed and answered."""
        self._eof = self._roused = True
        self._wake()
        # A half-closed connection stays open for replies; TLS has no half-close.
        return not self._encrypted

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the connection is gone."""
        if self._over is None and self._interruption is None and not self._eof:
            how = "reset" if error else "closed"
            self._interruption = SessionOver("client", how, self._why_gone(error))
        self._eof = self._lost = self._roused = True
        self.transport = None
        self._wake()
        self.resume_writing()

    def _why_gone(self, error: Exception | None) -> str:
        """Return what is known of why the client closed the connection."""
        return str(error) if error else ""

    def pause_writing(self) -> None:
        """Hold back replies: the client does not read them."""
        if self._write_paused is None:
            self._write_paused = self.loop.create_future()

    def resume_writing(self) -> None:
        """Go on with replies."""
        if self._write_paused is not None:
            if not self._write_paused.done():
                self._write_paused.set_result(None)
            self._write_paused = None

    async def push(self, status: str | bytes | Reply) -> None:
        """Let a reply leave at the end of this turn, with those to other waiting commands.

        status: a reply, or octets or text without the last line end.
        """
        if self._enhanced and isinstance(status, Reply):
            octets = status.octets
        else:
            octets = self._octets(status)
        self.recorder.server(octets)
        held = self._held
        self._held = held + octets + b"\r\n"
        if not held:
            self._outbox.post(self)
        elif len(held) > MOST_HELD:
            self.send_held()
        if self._write_paused is not None:
            await self._until_read(self._write_paused)

    def interrupt(self, over: SessionOver) -> None:
        """End the session at the next moment in which it waits for the client."""
        self._interruption = over
        self._roused = True
        self._wake()

    def send_raw(self, octets: bytes) -> None:
        """Send octets as they are, after the replies that are held."""
        self.recorder.server(octets)
        self.send_held()
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(octets)

    async def drained(self) -> None:
        """Wait until the client has read what was sent. Raises SessionOver if it never does."""
        if self._write_paused is not None:
            await self._until_read(self._write_paused)

    @property
    def ended(self) -> asyncio.Future[None]:
        """Done when the session is over."""
        return self._leader.ended

    @property
    def waits(self) -> bool:
        """Whether the session waits for the client."""
        return self._leader.waits

    def cut_off(self) -> None:
        """End the session, whatever it is doing."""
        self._leader.cancel()

    def _acknowledge(self) -> None:
        """Let the kernel acknowledge at once what came so far.

        A client that sends small segments (Nagle's algorithm) waits for that before it sends the
        rest, and the kernel takes 40 ms when it is left to itself.
        """
        if _QUICK_ACK is None or self.transport is None:
            return
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family != getattr(socket, "AF_UNIX", None):
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)

    async def _until_read(self, paused: asyncio.Future[None]) -> None:
        """Wait until the client has read replies. Raises SessionOver when it never does."""
        read, _ = await asyncio.wait({paused}, timeout=self.service.limits.idle)
        if not read:
            reason = "the client does not read its replies"
            raise SessionOver("server", "idle", reason, ending=Ending.RST)

    def _look(self, first: bytes) -> bool:
        """Look at the first octets of the session. Returns whether to heed them."""
        raise NotImplementedError

    def _set_post_data_state(self) -> None:
        """Begin with an empty envelope."""
        self.envelope = self._create_envelope()

    def _greet(self, transport: asyncio.Transport) -> None:
        raise NotImplementedError

    def send_held(self) -> None:
        """Write all replies held back, in one go."""
        held = self._held
        if not held:
            return
        self._held = b""
        transport = self.transport
        if transport is not None and not transport.is_closing():
            transport.write(held)

    def _octets(self, status: str | bytes | Reply) -> bytes:
        if isinstance(status, Reply):
            return (status.full if self._enhanced else status.bare).encode()
        return status.encode() if isinstance(status, str) else status

    def _say(self, said: Reply) -> None:
        """Send a reply without waiting for anything."""
        octets = self._octets(said)
        self.recorder.server(octets)
        self._held += octets + b"\r\n"
        self.send_held()

    def _wake(self) -> None:
        if self._leader.waits:
            self._leader.go_on()

    async def _handle_client(self) -> None:
        raise NotImplementedError

    def beat(self, now: float) -> None:
        """Do what is due while the session is quiet."""
        self.recorder.flush()
        if self._leader.waits:
            if now > self._deadline:
                self._late = True
                self._wake()
            elif self._deadline != NEVER:
                self._while_quiet(now)

    def _while_quiet(self, now: float) -> None:
        raise NotImplementedError
