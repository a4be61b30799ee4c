"""A client that speaks TLS, and says exactly what a test tells it to."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.talk import Talk


def trusting(catcher: Catcher) -> ssl.SSLContext:
    """Return the context of a client that trusts what a catcher's certificate is signed by."""
    assert catcher.authority_file is not None
    return ssl.create_default_context(cafile=str(catcher.authority_file))


class SecureTalk(Talk):
    """A Talk inside of TLS, from the first octet on, or once `start_tls` is called.

    before: what is said in front of all else, such as a PROXY header.
    """

    def __init__(
        self,
        catcher: Catcher,
        context: ssl.SSLContext | None = None,
        *,
        implicit: bool = False,
        before: bytes = b"",
        seconds: float = 20,
    ) -> None:
        self.context = context or trusting(catcher)
        self._heard = b""
        port = catcher.tls_port if implicit else catcher.port
        self.plain = socket.create_connection((catcher.host, port), timeout=seconds)
        self.socket: socket.socket = self.plain
        self.say(before)
        if implicit:
            self.shake_hands()
        self.greeting = self.hear()

    def shake_hands(self, host: str = "localhost") -> None:
        """Shake hands. Raises ssl.SSLError and OSError."""
        self.socket = self.context.wrap_socket(
            self.plain, server_hostname=host, suppress_ragged_eofs=False
        )

    def start_tls(self, behind: bytes = b"") -> None:
        """Say STARTTLS, with something behind it in plain text, and shake hands."""
        assert self.ask(b"EHLO x").startswith(b"250")
        self.say(b"STARTTLS\r\n" + behind)
        assert self.hear() == b"220 Ready to start TLS\r\n"
        self.shake_hands()

    @property
    def version(self) -> str | None:
        """The version of TLS that is spoken."""
        assert isinstance(self.socket, ssl.SSLSocket)
        return self.socket.version()


class Client:
    """A client that holds its octets back, so that a test sends them as it likes."""

    def __init__(self, catcher: Catcher) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.end = trusting(catcher).wrap_bio(
            self.incoming, self.outgoing, server_hostname="localhost"
        )
        self.socket = socket.create_connection((catcher.host, catcher.tls_port), timeout=20)

    def hello(self) -> bytes:
        """Return the octets that begin the handshake."""
        with pytest.raises(ssl.SSLWantReadError):
            self.end.do_handshake()
        return self.outgoing.read()

    def finish(self, said: bytes) -> bytes:
        """Hear the server, and return the octets that end the handshake and say something."""
        while True:
            octets = self.socket.recv(65536)
            assert octets, "the server closed in the handshake"
            self.incoming.write(octets)
            try:
                self.end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            self.end.write(said)
            return self.outgoing.read()

    def heard(self) -> bytes:
        """Return all that the server says until it closes."""
        heard = b""
        while True:
            try:
                octets = self.end.read(65536)
            except ssl.SSLWantReadError:
                octets = self.socket.recv(65536)
                assert octets, "the end of TLS was not told"
                self.incoming.write(octets)
                continue
            if not octets:
                return heard
            heard += octets


def client_certificate(authority: Path, key: Path, name: str, into: Path) -> Path:
    """Write a certificate that an authority signs for a client, and return its file."""
    import trustme

    ca = trustme.CA.from_pem(authority.read_bytes(), key.read_bytes())
    ca.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(into)
    return into
