"""Addresses to listen on, and the sockets that listen there."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import suppress
from enum import StrEnum

import msgspec
from msgspec.structs import replace

BACKLOG = 1024
_LOOPBACK = {"localhost", "::1"}


class ListenError(Exception):
    """An address that cannot be listened on. The message says why, and what to do."""


class Security(StrEnum):
    """How a listener speaks TLS: not at all, after STARTTLS, or from the first octet on."""

    NONE = "plain"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


_SECURITY = {"plain": Security.NONE, "starttls": Security.STARTTLS, "tls": Security.IMPLICIT}
_MARKS = {*_SECURITY, "lmtp", "proxy"}


class Address(msgspec.Struct, frozen=True):
    """A host and a port, or the path of a Unix socket.

    port 0 stands for a free one. security: how TLS is spoken there; None where nothing was said.
    lmtp: whether LMTP is spoken there, instead of SMTP. proxied: whether each connection there
    begins with a PROXY header.
    """

    host: str = ""
    port: int = 0
    path: str = ""
    security: Security | None = None
    lmtp: bool = False
    proxied: bool = False

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read "HOST:PORT", "[IPv6]:PORT", ":PORT" or "unix:PATH".

        "tls:", "starttls:" or "plain:" before it says how TLS is spoken there, "lmtp:" that it is
        LMTP, "proxy:" that connections begin with a PROXY header; several may stand together.

        Raises ListenError.
        """
        mark, colon, rest = text.partition(":")
        # A host may have the name of a mark.
        if colon and mark in _MARKS and not rest.isdecimal():
            address = cls.parse(rest)
            if mark == "lmtp":
                return replace(address, lmtp=True)
            if mark == "proxy":
                return replace(address, proxied=True)
            if address.security is not None:
                raise ListenError(
                    f"cannot listen on '{text}': it says twice how TLS is spoken there, keep one of"
                    " tls:, starttls: and plain:"
                )
            return replace(address, security=_SECURITY[mark])
        if "/" in text or (text.startswith("unix:") and len(text) > 5):
            return cls(path=_must_be_told(text.removeprefix("unix:")))
        host, colon, port = text.rpartition(":")
        if not colon or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            raise ListenError(
                f"cannot listen on '{text}': write HOST:PORT, such as 127.0.0.1:1025 or [::1]:1025,"
                " or unix:PATH"
            )
        return cls(host=host.removeprefix("[").removesuffix("]") or "127.0.0.1", port=int(port))

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return bool(self.path) or self.host in _LOOPBACK or self.host.startswith("127.")

    @property
    def protocol(self) -> str:
        """What is spoken there: "smtp" or "lmtp"."""
        return "lmtp" if self.lmtp else "smtp"

    @property
    def marks(self) -> str:
        """How the address is spoken at, as `parse` reads it: "proxy:lmtp:tls:"."""
        tls = next((f"{mark}:" for mark, one in _SECURITY.items() if one is self.security), "")
        return "proxy:" * self.proxied + "lmtp:" * self.lmtp + tls

    def __str__(self) -> str:
        if self.path:
            return self.path
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def open_sockets(addresses: list[Address]) -> list[tuple[Address, socket.socket]]:
    """Return where each address really listens and its socket, of both families where it has two.

    Raises ListenError, and then none is left open.
    """
    opened: list[tuple[Address, socket.socket]] = []
    try:
        for address in addresses:
            sockets = [_unix(address.path)] if address.path else _tcp(address)
            opened.extend((_bound(sock, address), sock) for sock in sockets)
    except BaseException:
        for _, sock in opened:
            sock.close()
        raise
    return opened


def _bound(sock: socket.socket, asked: Address) -> Address:
    name = sock.getsockname()
    if isinstance(name, str):
        return replace(asked, path=name)
    return replace(asked, host=name[0], port=name[1])


def _tcp(address: Address) -> list[socket.socket]:
    hosts = ["127.0.0.1", "::1"] if address.host == "localhost" else [address.host]
    opened: list[socket.socket] = []
    port = address.port
    # The system would take the lowest sixteen bits of another one.
    if not 0 <= port <= 65535:
        raise ListenError(f"cannot listen on port {port}: choose one from 0 (a free one) to 65535")
    for host in hosts:
        try:
            sock = _bind(host, port, address)
        except ListenError:
            # A machine without IPv6 still has a localhost; one whose ::1 port is taken has not.
            if not opened or _ipv6_works():
                for other in opened:
                    other.close()
                raise
            continue
        opened.append(sock)
        port = sock.getsockname()[1]
    return opened


def _bind(host: str, port: int, address: Address) -> socket.socket:
    try:
        # As octets a host is not taken through IDNA, whose tables take a millisecond to load.
        found = socket.getaddrinfo(
            host.encode() if host.isascii() else host,
            port,
            type=socket.SOCK_STREAM,
            proto=socket.IPPROTO_TCP,
            flags=socket.AI_PASSIVE,
        )
    except (OSError, UnicodeError):
        raise ListenError(f"cannot listen on {address}: there is no host '{host}' here") from None
    family, kind, proto, _, where = found[0]
    # The protocol is named, because asyncio sets TCP_NODELAY only on sockets that name it.
    sock = socket.socket(family, kind, proto)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind(where)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(_refused(Address(host, port), error)) from None
    sock.setblocking(False)
    return sock


def _must_be_told(path: str) -> str:
    """Return a path as it is; raise ListenError where no transcript could tell it."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise ListenError(f"cannot listen on {shown}: write a path that is UTF-8") from None
    return path


def _unix(path: str) -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise ListenError(f"cannot listen on {path}: this system has no Unix sockets")
    _clear_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        os.chmod(path, 0o600)  # noqa: PTH101
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ListenError(_refused(Address(path=path), error)) from None
    sock.setblocking(False)
    return sock


def _clear_stale(path: str) -> None:
    """Remove a socket that nobody listens on any more, and nothing else."""
    with suppress(OSError):
        if not stat.S_ISSOCK(os.stat(path).st_mode):  # noqa: PTH116
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            if probe.connect_ex(path) == errno.ECONNREFUSED:
                os.unlink(path)  # noqa: PTH108


def _ipv6_works() -> bool:
    if not socket.has_ipv6:
        return False
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def _refused(address: Address, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        if address.path:
            return (
                f"{address} is in use by another program: stop it, or choose another path with"
                " --listen"
            )
        return (
            f"port {address.port} on {address.host} is in use by another program: stop it, or"
            " choose another port with --port (0 takes a free one)"
        )
    if error.errno in {errno.EACCES, errno.EPERM} and 0 < address.port < 1024:
        return (
            f"port {address.port} on {address.host} is for privileged programs only: choose a port"
            " from 1024 on with --port"
        )
    return f"cannot listen on {address}: {(error.strerror or str(error)).lower()}"
