"""xtext: octets as printable ASCII, as extensions of SMTP carry them (RFC 3461 section 4)."""

from __future__ import annotations

import re
from typing import Final

_HEXCHAR: Final = re.compile(rb"\+([0-9A-F]{2})")
_XTEXT: Final = re.compile(rb"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")


def decode(text: bytes) -> bytes:
    """Return the octets that xtext stands for. Raises ValueError for what is none."""
    if not _XTEXT.fullmatch(text):
        raise ValueError("no xtext")
    return _HEXCHAR.sub(lambda found: bytes.fromhex(found[1].decode()), text)
