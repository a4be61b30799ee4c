"""`sendmail -bs`: what a program says on standard input goes to the server, and back."""

from __future__ import annotations

import os
import socket
import sys
import threading
from contextlib import suppress

_CHUNK = 65536


def relay(stream: socket.socket) -> None:
    """Pass octets in both directions until the server closes, or nobody listens any more."""
    stream.settimeout(None)
    # It may wait for input when the server has left already; then nobody waits for it.
    threading.Thread(target=_upward, args=(stream,), daemon=True).start()
    with suppress(OSError):
        while octets := stream.recv(_CHUNK):
            _write(octets)


def _upward(stream: socket.socket) -> None:
    with suppress(OSError):
        while octets := os.read(sys.stdin.fileno(), _CHUNK):
            stream.sendall(octets)
        stream.shutdown(socket.SHUT_WR)


def _write(octets: bytes) -> None:
    while octets:
        octets = octets[os.write(sys.stdout.fileno(), octets) :]
