"""Certificates of a server: the good one, and each way in which one can be bad."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mailcatch.tls.authority import Authority
from mailcatch.tls.errors import CertificateError

# Apple's clients take no certificate of a server that is good for more than 398 days.
_LIFE: Final = datetime.timedelta(days=397)
_DAY: Final = datetime.timedelta(days=1)
ELSEWHERE: Final = "wrong-host.invalid"
HOSTS: Final = ("localhost", "127.0.0.1", "::1")


class Kind(StrEnum):
    """What is right or wrong with a certificate."""

    GOOD = "good"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_HOST = "wrong-host"
    UNKNOWN_CA = "unknown-ca"
    SELF_SIGNED = "self-signed"


class Certificate(msgspec.Struct, frozen=True):
    """A certificate and its key. chain: PEM, the server's own first. key: PEM."""

    chain: bytes
    key: bytes

    @property
    def end_point(self) -> bytes:
        """What the channel binding tls-server-end-point is (RFC 5929 section 4.1)."""
        certificate = x509.load_pem_x509_certificate(self.chain)
        algorithm = certificate.signature_hash_algorithm
        if algorithm is None or algorithm.name in {"md5", "sha1"}:
            algorithm = hashes.SHA256()
        return certificate.fingerprint(algorithm)


def issue(
    authority: Authority,
    kind: Kind,
    *,
    hosts: Iterable[str] = HOSTS,
    now: datetime.datetime | None = None,
) -> Certificate:
    """Make a certificate of a kind.

    hosts: names and addresses that the server is reached by. now: the time that decides what is
    over, by default that of the clock.
    """
    today = now or datetime.datetime.now(datetime.UTC)
    start, end = _valid(kind, today)
    names = (ELSEWHERE,) if kind is Kind.WRONG_HOST else tuple(hosts)
    if kind is Kind.SELF_SIGNED:
        return _self_signed(names, start, end)
    ca = trustme.CA() if kind is Kind.UNKNOWN_CA else authority.ca
    leaf = ca.issue_cert(*names, common_name=names[0], not_before=start, not_after=end)
    return Certificate(
        b"".join(pem.bytes() for pem in leaf.cert_chain_pems), leaf.private_key_pem.bytes()
    )


def load(certificate_file: Path, key_file: Path | None = None) -> Certificate:
    """Read a certificate that the user has. key_file: by default the same file.

    Raises CertificateError.
    """
    try:
        chain = certificate_file.read_bytes()
        key = (key_file or certificate_file).read_bytes()
    except OSError as error:
        raise CertificateError(
            f"cannot read {error.filename}: {(error.strerror or '').lower()}"
        ) from None
    certificate = Certificate(chain, key)
    try:
        x509.load_pem_x509_certificate(chain)
        load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), certificate)
    except (ValueError, ssl.SSLError) as error:
        raise CertificateError(
            f"{certificate_file} and {key_file or certificate_file} are no certificate and its"
            f" key, both in PEM and without a password: {error}"
        ) from None
    return certificate


def load_into(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Let a context use a certificate. Raises ssl.SSLError.

    The ssl module reads keys from files only, so it gets one that nobody else can read, for the
    moment that takes.
    """
    descriptor, name = tempfile.mkstemp(prefix="mailcatch-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.key + b"\n" + certificate.chain)
        # A password is never asked for at the terminal: an empty one fails.
        context.load_cert_chain(name, password="")
    finally:
        Path(name).unlink()


def _valid(kind: Kind, today: datetime.datetime) -> tuple[datetime.datetime, datetime.datetime]:
    if kind is Kind.EXPIRED:
        return today - _LIFE, today - _DAY
    if kind is Kind.NOT_YET_VALID:
        return today + _DAY, today + _LIFE
    return today - _DAY, today + _LIFE - _DAY


def _self_signed(
    names: tuple[str, ...], start: datetime.datetime, end: datetime.datetime
) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), False)
        .sign(key, hashes.SHA256())
    )
    return Certificate(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
