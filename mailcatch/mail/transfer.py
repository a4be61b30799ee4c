"""Content-Transfer-Encoding undone, within a bound (RFC 2045 section 6)."""

import binascii
import re
from typing import Literal

import msgspec

Problem = Literal["transfer-encoding-unknown", "transfer-encoding-broken"]

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_NOT_BASE64_NOR_SPACE = bytes(set(range(256)) - set(_BASE64) - set(b" \t\r\n="))
_BROKEN_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*(?:\r?\n|\Z))")
_AS_IS = frozenset({"", "7bit", "8bit", "binary"})
# Written by old systems and never defined by a standard: the text itself is shown.
_SHOWN_AS_IS = frozenset({"uuencode", "x-uuencode", "uue", "x-uue"})


class DecodedContent(msgspec.Struct, frozen=True):
    """The content of a part with its transfer encoding undone.

    Attributes:
        data: the octets, at most as many as the bound allows.
        problem: what was wrong with the encoding; `data` is then the best that could be read.
        cut: whether the bound was met and `data` is only the beginning.
    """

    data: bytes
    problem: Problem | None = None
    cut: bool = False


def undo_transfer_encoding(raw: bytes, encoding: str, most: int) -> DecodedContent:
    """Decode the body of a part.

    Args:
        raw: the body as it stands in the message.
        encoding: the value of Content-Transfer-Encoding in lower case, "" when there is none.
        most: the most octets returned.
    """
    if encoding == "base64":
        return _undo_base64(raw, most)
    if encoding == "quoted-printable":
        encoded = raw[: 3 * most + 3]
        data = binascii.a2b_qp(encoded)
        problem: Problem | None = (
            "transfer-encoding-broken" if _BROKEN_QUOTED.search(encoded) else None
        )
        return DecodedContent(data[:most], problem, cut=len(data) > most)
    known = encoding in _AS_IS or encoding in _SHOWN_AS_IS
    unknown: Problem | None = None if known else "transfer-encoding-unknown"
    return DecodedContent(raw[:most], unknown, cut=len(raw) > most)


def _undo_base64(raw: bytes, most: int) -> DecodedContent:
    """Read every character of the alphabet and skip all others, as RFC 2045 section 6.8 asks."""
    # A line of 76 characters carries 57 octets; twice the bound leaves room for shorter lines.
    encoded = raw[: 2 * most + 4096]
    alphabet = encoded.translate(None, _NOT_BASE64)
    whole = len(alphabet) - len(alphabet) % 4
    rest = len(alphabet) % 4
    tail = alphabet[whole:] + b"=" * (4 - rest) if rest > 1 else b""
    data = binascii.a2b_base64(alphabet[:whole] + tail)
    strange = len(encoded.translate(None, _NOT_BASE64_NOR_SPACE)) != len(encoded)
    unpadded = rest and (rest == 1 or encoded.count(b"=") == 0)
    broken = len(encoded) == len(raw) and (strange or unpadded)
    return DecodedContent(
        data[:most],
        "transfer-encoding-broken" if broken else None,
        cut=len(data) > most or len(encoded) < len(raw),
    )
