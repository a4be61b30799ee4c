"""Messages that are signed, and the zone files that say by whom."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from unittest.mock import patch

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

SIGNED = datetime(2026, 11, 23, 12, tzinfo=UTC)
DOMAIN = "shop.example"
SELECTOR = "2026"
FIELDS = ("from", "to", "subject", "date")
RAW = (
    b"From: Shop <app@shop.example>\r\nTo: ann@example.com\r\nSubject: Your order\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n\r\n"
    b"Thank you.\r\n\r\nYour  shop \r\n"
)


@cache
def key(bits: int = 2048) -> RSAPrivateKey:
    """Return a key; making one takes a while, and all tests share them."""
    return generate_private_key(65537, bits)


def private(bits: int = 2048) -> bytes:
    return key(bits).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def public(bits: int = 2048) -> str:
    """Return p= of a key's record."""
    octets = key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(octets).decode()


def written_key(modulus: int, exponent: int) -> str:
    """Return p= of an RSA key of any size, also of one that no library makes."""

    def sized(tag: bytes, octets: bytes) -> bytes:
        return tag + b"\x82" + len(octets).to_bytes(2, "big") + octets

    def integer(value: int) -> bytes:
        return sized(b"\x02", b"\0" + value.to_bytes((value.bit_length() + 7) // 8, "big"))

    return b64encode(sized(b"\x30", integer(modulus) + integer(exponent))).decode()


@cache
def edwards() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def zone(
    record: str | None = None,
    *,
    spf: str = "v=spf1 ip4:192.0.2.0/24 -all",
    dmarc: str = "v=DMARC1; p=reject",
    more: str = "",
) -> str:
    """Return the zone file of a domain. record: of its key, that of `key` without one."""
    record = f"v=DKIM1; k=rsa; p={public()}" if record is None else record
    lines = [f"$ORIGIN {DOMAIN}."]
    lines += [f'{SELECTOR}._domainkey TXT "{record}"'] if record else []
    lines += [f'@ TXT "{spf}"'] if spf else []
    lines += [f'_dmarc TXT "{dmarc}"'] if dmarc else []
    return "\n".join([*lines, more, ""])


class Signer(dkim.DKIM):  # type: ignore[misc]
    """Signs as if it were another time. times: t= and x=."""

    def __init__(self, raw: bytes, times: Mapping[str, int], algorithm: bytes) -> None:
        super().__init__(raw, signature_algorithm=algorithm)
        self._times = [(name.encode(), b"%d" % value) for name, value in times.items()]

    def gen_header(self, tags: Sequence[tuple[bytes, bytes]], *rest: object) -> bytes:
        version, *others = [tag for tag in tags if tag[0] != b"t"]
        made: bytes = super().gen_header([version, *self._times, *others], *rest)
        return made


def signature(
    raw: bytes = RAW,
    *,
    domain: str = DOMAIN,
    selector: str = SELECTOR,
    identity: str | None = None,
    fields: Sequence[str] = FIELDS,
    bits: int = 2048,
    canonical: tuple[str, str] = ("relaxed", "relaxed"),
    length: bool = False,
    algorithm: str = "rsa-sha256",
    times: Mapping[str, int] | None = None,
) -> bytes:
    """Return a DKIM-Signature field, made at SIGNED where no times are given."""
    if times is None:
        times = {"t": int(SIGNED.timestamp())}
    secret = b64encode(edwards().private_bytes_raw()) if "ed" in algorithm else private(bits)
    made: bytes = Signer(raw, times, algorithm.encode()).sign(
        selector.encode(),
        domain.encode(),
        secret,
        identity=identity.encode() if identity else None,
        include_headers=[name.encode() for name in fields],
        canonicalize=(canonical[0].encode(), canonical[1].encode()),
        length=length,
    )
    return made


def public_edwards() -> str:
    """Return p= of the record of an ed25519 key (RFC 8463)."""
    return b64encode(edwards().public_key().public_bytes_raw()).decode()


def sealed(raw: bytes, *, domain: str = DOMAIN, arc: str = "") -> bytes:
    """Return a message that somebody passed on with ARC. arc: what they found, such as "pass"."""
    found = f"; arc={arc}" if arc else ""
    told = f"Authentication-Results: {domain}; spf=pass smtp.mailfrom=app@{DOMAIN}{found}\r\n"
    message = told.encode() + raw
    # Long ago: dkimpy takes no seal from the future.
    with patch.object(dkim.time, "time", lambda: 1_600_000_000):
        fields = dkim.arc_sign(
            message,
            SELECTOR.encode(),
            domain.encode(),
            private(),
            domain.encode(),
            include_headers=[name.encode() for name in FIELDS],
        )
    return b"".join(fields) + message
