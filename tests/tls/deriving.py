"""Channel bindings calculated apart from the code under test, by another library's HKDF."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def tls_exporter(secret: bytes) -> bytes:
    """Return the binding that belongs to an exporter_master_secret.

    RFC 9266, and RFC 8446 sections 7.1 and 7.5.
    """
    kind = hashes.SHA384() if len(secret) == 48 else hashes.SHA256()
    nothing = bytes((len(secret),)) + hashes.Hash(kind).finalize()
    head = len(secret).to_bytes(2) + b"\x1etls13 EXPORTER-Channel-Binding"
    derived = HKDFExpand(kind, len(secret), head + nothing).derive(secret)
    return HKDFExpand(kind, 32, b"\0\x20" + b"\x0etls13 exporter" + nothing).derive(derived)


def bindings_in(keys: Path) -> dict[bytes, bytes]:
    """Return the bindings of the sessions in a client's log, by what each client began with."""
    lines = [line.split() for line in keys.read_text().splitlines()]
    return {
        bytes.fromhex(line[1]): tls_exporter(bytes.fromhex(line[2]))
        for line in lines
        if line[0] == "EXPORTER_SECRET"
    }
