"""A client that says exactly what a test tells it to."""

from __future__ import annotations

import socket
import struct
from types import TracebackType
from typing import Protocol, Self


class Listening(Protocol):
    """A server that a client can connect to."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class Talk:
    """A plain socket, with replies read whole."""

    def __init__(self, server: Listening, *, greeting: bool = True, seconds: float = 20) -> None:
        self.socket = socket.create_connection((server.host, server.port), timeout=seconds)
        self._heard = b""
        self.greeting = self.hear() if greeting else b""

    def say(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def hear(self) -> bytes:
        """Return the next reply, all its lines, with their ends; b"" at the end."""
        reply = b""
        while True:
            while b"\n" not in self._heard:
                try:
                    octets = self.socket.recv(65536)
                except ConnectionError:
                    octets = b""
                if not octets:
                    rest, self._heard = self._heard, b""
                    return reply + rest
                self._heard += octets
            line, _, self._heard = self._heard.partition(b"\n")
            reply += line + b"\n"
            if line[3:4] != b"-":
                return reply

    def ask(self, line: bytes) -> bytes:
        """Send a line and return the reply to it."""
        self.say(line + b"\r\n")
        return self.hear()

    def rest(self) -> bytes:
        """Return all that comes before the server closes."""
        heard, self._heard = self._heard, b""
        while True:
            try:
                octets = self.socket.recv(65536)
            except ConnectionError:
                return heard
            if not octets:
                return heard
            heard += octets

    def is_reset(self) -> bool:
        """Return whether the server resets the connection."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            return True
        return False

    def open_transaction(self, *recipients: bytes) -> None:
        """Greet, and name a sender and recipients that the server accepts."""
        assert self.ask(b"EHLO test").startswith(b"250")
        assert self.ask(b"MAIL FROM:<a@example.com>").startswith(b"250")
        for recipient in recipients or (b"b@example.com",):
            assert self.ask(b"RCPT TO:<" + recipient + b">").startswith(b"250")

    def send(self, content: bytes, *recipients: bytes) -> bytes:
        """Send a message and return the reply to its end."""
        self.open_transaction(*recipients)
        assert self.ask(b"DATA").startswith(b"354")
        self.say(stuffed(content) + b".\r\n")
        return self.hear()

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a reset instead of a farewell."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.socket.close()


def stuffed(content: bytes) -> bytes:
    """Return content with a second dot before each line that begins with one."""
    return (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]


def is_silent(talk: Talk) -> bool:
    """Return whether nothing comes for a while."""
    before = talk.socket.gettimeout()
    talk.socket.settimeout(0.2)
    try:
        talk.socket.recv(1)
    except TimeoutError:
        return True
    finally:
        talk.socket.settimeout(before)
    return False
