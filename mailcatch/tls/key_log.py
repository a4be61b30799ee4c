"""The channel binding of TLS 1.3, `tls-exporter` (RFC 9266), which Python's TLS does not tell.

OpenSSL writes the secrets of its sessions into a log where it is asked to, and from them a binding
is derived as TLS does it (RFC 8446 section 7.5). The log is in memory and nowhere else, and is
emptied whenever it is looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import ssl
import weakref
from typing import Final

# By the octets of a secret, the hash function of its session (RFC 8446 appendix B.4).
_HASHES: Final = {32: "sha256", 48: "sha384"}
_LABEL: Final = b"EXPORTER-Channel-Binding"
_BINDING_OCTETS: Final = 32
# Sessions that may be in the middle of their handshakes, and are remembered.
MOST_REMEMBERED: Final = 1000


class KeyLog:
    """The log of the sessions that a context makes.

    Raises OSError where there is no file that is in memory only (Linux has them).
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        if not hasattr(os, "memfd_create"):
            raise OSError("there are no files in memory here")
        self._descriptor = os.memfd_create("tls")
        weakref.finalize(self, os.close, self._descriptor)
        context.keylog_filename = f"/proc/self/fd/{self._descriptor}"
        self._secrets: dict[bytes, bytes] = {}

    def binding(self, client_random: bytes) -> bytes:
        """Return the binding of a session, once; b"" where it is not known, as before TLS 1.3.

        client_random: the 32 octets that its client began with.
        """
        self._look()
        secret = self._secrets.pop(client_random, b"")
        return exported(secret, _LABEL, _BINDING_OCTETS) if len(secret) in _HASHES else b""

    def _look(self) -> None:
        """Remember what was logged, and empty the log."""
        size = os.fstat(self._descriptor).st_size
        octets = os.pread(self._descriptor, size, 0)
        os.ftruncate(self._descriptor, 0)
        for line in octets.splitlines():
            if line.startswith(b"EXPORTER_SECRET "):
                _, client_random, secret = line.decode().split()
                self._secrets[bytes.fromhex(client_random)] = bytes.fromhex(secret)
        while len(self._secrets) > MOST_REMEMBERED:
            del self._secrets[next(iter(self._secrets))]


def exported(secret: bytes, label: bytes, octets: int) -> bytes:
    """Return keying material of a session of TLS 1.3, with no context (RFC 8446 section 7.5).

    secret: its exporter_master_secret. octets: how many; no more than the secret has.
    """
    kind = _HASHES[len(secret)]
    nothing = hashlib.new(kind).digest()
    derived = _expanded(kind, secret, label, nothing, len(secret))
    return _expanded(kind, derived, b"exporter", nothing, octets)


def _expanded(kind: str, secret: bytes, label: bytes, context: bytes, octets: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446 section 7.1), of which one round is enough here."""
    name = b"tls13 " + label
    info = b"%c%b%c%b" % (len(name), name, len(context), context)
    return hmac.digest(secret, octets.to_bytes(2) + info + b"\1", kind)[:octets]
