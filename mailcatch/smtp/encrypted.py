"""A transport whose octets are encrypted: TLS (RFC 8446) between a connection and its socket.

It stands in the place of the socket's transport, and is the protocol of that. asyncio's own does
the same; this one tells why a handshake failed, keeps the connection when it did, and is the same
with every event loop.
"""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import Any, Final, Protocol

from mailcatch.smtp.handshake import hear_names

_PORTION: Final = 64 * 1024
# Where the random octets of the client's first message are (RFC 8446 sections 4.1.2 and 5.1),
# behind the heads of a record and a message, and a version.
_RANDOM: Final = slice(11, 43)
# Octets that may wait for the handshake to begin.
_MOST_WAITING: Final = 64 * 1024


class Above(Protocol):
    """The connection, as the transport under it tells it what happens."""

    def data_received(self, data: bytes) -> None:
        """Take octets of the client."""

    def eof_received(self) -> bool:
        """Note that the client sends no more."""

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the connection is gone."""

    def pause_writing(self) -> None:
        """Send no more for now."""

    def resume_writing(self) -> None:
        """Go on sending."""

    def handshake_moved(self) -> None:
        """Look at the state of the handshake again."""

    def tls_broke(self, error: ssl.SSLError) -> None:
        """Note that what came is no TLS, or an alert."""


class Encrypted(asyncio.Transport, asyncio.Protocol):
    """Speaks TLS over a transport, once `begin` is called.

    end: the server's end, after that. shaken: whether the handshake is over and there is TLS.
    error: why there is none, where the handshake failed. greeted: whether the client sent anything.
    """

    def __init__(self, raw: asyncio.Transport, above: Above) -> None:
        super().__init__()
        self._raw = raw
        self._above = above
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._paused = False
        self._deaf = False
        self._closing = False
        self._ended = False
        self.end: ssl.SSLObject | None = None
        self.shaken = False
        self.greeted = False
        self._first = b""
        self.error: Exception | None = None
        raw.set_protocol(self)

    def begin(self, context: ssl.SSLContext) -> None:
        """Begin the handshake, with what the client has sent already."""
        hear_names(context)
        self.end = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        if self._paused:
            self._paused = False
            self._raw.resume_reading()
        self._go_on(self.end)

    def refuse(self, octets: bytes) -> None:
        """Send octets in the place of a handshake, as they are; hear nothing more."""
        self._deaf = True
        self._raw.write(octets)

    @property
    def client_random(self) -> bytes:
        """The random octets that the client began with."""
        return self._first[_RANDOM]

    @property
    def shaking(self) -> bool:
        """Whether the handshake goes on."""
        return not self.shaken and self.error is None

    # What the socket's transport tells.

    def data_received(self, data: bytes) -> None:
        """Take records."""
        if self._deaf:
            return
        if len(self._first) < _RANDOM.stop:
            self._first += data[: _RANDOM.stop]
        self._incoming.write(data)
        if self.end is not None:
            self._go_on(self.end)
            return
        if not self.greeted:
            self.greeted = True
            self._above.handshake_moved()
        if self._incoming.pending > _MOST_WAITING and not self._paused:
            self._paused = True
            self._raw.pause_reading()

    def eof_received(self) -> bool:
        """Tell that the client sends no more; it may still hear what is said."""
        self._end_of_octets()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that the connection is gone."""
        self._deaf = self._closing = True
        self._above.connection_lost(error)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._above.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._above.resume_writing()

    def _go_on(self, end: ssl.SSLObject) -> None:
        if not self.shaken and not self._shake(end):
            return
        while not self._deaf:
            try:
                octets = end.read(_PORTION)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                octets = b""
            except ssl.SSLError as error:
                self._deaf = True
                self._flush()
                self._above.tls_broke(error)
                return
            if not octets:
                self._end_of_octets()
                break
            self._above.data_received(octets)
        self._flush()

    def _shake(self, end: ssl.SSLObject) -> bool:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except (ssl.SSLError, ssl.CertificateError) as error:
            self.error = error
            self._deaf = True
        else:
            self.shaken = True
        # Where it failed, this is the alert.
        self._flush()
        self._above.handshake_moved()
        return self.shaken

    def _end_of_octets(self) -> None:
        if not self._ended:
            self._ended = True
            self._above.eof_received()

    def _flush(self) -> None:
        octets = self._outgoing.read()
        if octets and not self._raw.is_closing():
            self._raw.write(octets)

    # What the connection asks of its transport.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send octets; before TLS is there, nothing can be said."""
        if not self.shaken or self._closing or self.end is None:
            return
        rest = memoryview(data)
        with suppress(ssl.SSLError):
            while rest:
                rest = rest[self.end.write(rest) :]
        self._flush()

    def can_write_eof(self) -> bool:
        """Return whether one direction can be closed."""
        return self._raw.can_write_eof()

    def write_eof(self) -> None:
        """Close this direction, and hear nothing more but the client's end."""
        self._farewell()
        self._deaf = True
        if not self._raw.is_closing():
            self._raw.write_eof()

    def close(self) -> None:
        """Close, when all is sent."""
        if not self._closing:
            self._farewell()
            self._closing = self._deaf = True
        self._raw.close()

    def abort(self) -> None:
        """Close at once."""
        self._closing = self._deaf = True
        self._raw.abort()

    def is_closing(self) -> bool:
        """Return whether it is closed, or about to be."""
        return self._closing or self._raw.is_closing()

    def pause_reading(self) -> None:
        """Pass it on."""
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Pass it on."""
        self._raw.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of TLS, and else of the socket."""
        return self.end if name == "ssl_object" else self._raw.get_extra_info(name, default)

    def _farewell(self) -> None:
        """Send the end of the octets, so that the client knows that none is missing."""
        if self.shaken and self.end is not None and not self._closing:
            with suppress(ssl.SSLError):
                self.end.unwrap()
            self._flush()
