"""Messages that are signed, and the zone files that say by whom."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

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
    return key(bits).private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )


def public(bits: int = 2048) -> str:
    """Return p= of a key's record."""
    octets = key(bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(octets).decode()


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
    sha1: bool = False,
) -> bytes:
    """Return a DKIM-Signature field."""
    made: bytes = dkim.sign(
        raw,
        selector.encode(),
        domain.encode(),
        private(bits),
        identity=identity.encode() if identity else None,
        include_headers=[name.encode() for name in fields],
        canonicalize=(canonical[0].encode(), canonical[1].encode()),
        length=length,
        signature_algorithm=b"rsa-sha1" if sha1 else b"rsa-sha256",
    )
    return made


def with_edwards(raw: bytes = RAW) -> tuple[bytes, str]:
    """Return a message signed by ed25519 (RFC 8463), and the record of its key."""
    secret = b64encode(edwards().private_bytes_raw())
    field: bytes = dkim.sign(
        raw,
        SELECTOR.encode(),
        DOMAIN.encode(),
        secret,
        include_headers=[name.encode() for name in FIELDS],
        signature_algorithm=b"ed25519-sha256",
    )
    shown = b64encode(edwards().public_key().public_bytes_raw()).decode()
    return field + raw, f"v=DKIM1; k=ed25519; p={shown}"


def sealed(raw: bytes, *, domain: str = DOMAIN) -> bytes:
    """Return a message that somebody passed on with ARC."""
    told = f"Authentication-Results: {domain}; spf=pass smtp.mailfrom=app@shop.example\r\n"
    message = told.encode() + raw
    fields = dkim.arc_sign(
        message,
        SELECTOR.encode(),
        domain.encode(),
        private(),
        domain.encode(),
        include_headers=[name.encode() for name in FIELDS],
    )
    return b"".join(fields) + message
