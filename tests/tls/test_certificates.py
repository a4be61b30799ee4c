from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from mailcatch.tls.authority import Authority
from mailcatch.tls.certificates import Certificate, Kind, issue, load
from mailcatch.tls.contexts import Version, context
from mailcatch.tls.errors import CertificateError
from tests.tls.handshaking import shake_hands, trusting


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_takes_the_good_certificate(
    authority: Authority, host: str
) -> None:
    client, _ = shake_hands(
        context(issue(authority, Kind.GOOD)), trusting(authority.certificate_file), host
    )
    assert client.version() == "TLSv1.3"


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Kind.EXPIRED, "certificate has expired"),
        (Kind.NOT_YET_VALID, "certificate is not yet valid"),
        (Kind.WRONG_HOST, "certificate is not valid for 'localhost'"),
        (Kind.UNKNOWN_CA, "unable to get local issuer certificate"),
        (Kind.SELF_SIGNED, "self-signed certificate"),
    ],
)
def test_a_bad_certificate_is_bad_in_its_own_way(
    authority: Authority, kind: Kind, complaint: str
) -> None:
    server = context(issue(authority, kind))
    with pytest.raises(ssl.SSLCertVerificationError, match="verify failed") as error:
        shake_hands(server, trusting(authority.certificate_file))
    assert complaint in error.value.verify_message.lower()


@pytest.mark.parametrize("version", list(Version))
def test_a_server_can_be_kept_to_one_version(authority: Authority, version: Version) -> None:
    server = context(issue(authority, Kind.GOOD), only=version)
    client = trusting(authority.certificate_file)
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    spoken = shake_hands(server, client)[0].version()
    assert spoken == f"TLSv{version}".removesuffix(".0")


def test_a_client_of_today_refuses_an_old_version(authority: Authority) -> None:
    server = context(issue(authority, Kind.GOOD), only=Version.TLS_1_0)
    with pytest.raises(ssl.SSLError):
        shake_hands(server, trusting(authority.certificate_file))


def test_a_client_may_show_a_certificate_and_may_do_without(authority: Authority) -> None:
    server = context(issue(authority, Kind.GOOD), clients_from=authority.certificate_file)
    client = trusting(authority.certificate_file)
    assert shake_hands(server, client)[1].getpeercert() is None
    authority.ca.issue_cert("alice@example.test").configure_cert(client)
    shown = shake_hands(server, client)[1].getpeercert()
    assert shown
    assert ("email", "alice@example.test") in shown["subjectAltName"]


def test_a_certificate_of_the_users_own_is_read(authority: Authority, tmp_path: Path) -> None:
    issued = issue(authority, Kind.GOOD)
    (tmp_path / "cert").write_bytes(issued.chain)
    (tmp_path / "key").write_bytes(issued.key)
    (tmp_path / "both").write_bytes(issued.key + issued.chain)
    assert load(tmp_path / "cert", tmp_path / "key") == issued
    client = trusting(authority.certificate_file)
    assert shake_hands(context(load(tmp_path / "both")), client)


def test_what_is_no_certificate_is_said_to_be_so(authority: Authority, tmp_path: Path) -> None:
    issued, other = issue(authority, Kind.GOOD), issue(authority, Kind.GOOD)
    (tmp_path / "cert").write_bytes(issued.chain)
    (tmp_path / "key").write_bytes(other.key)
    (tmp_path / "text").write_text("hello")
    for certificate, key in [("cert", "key"), ("text", "key"), ("cert", "text"), ("cert", None)]:
        with pytest.raises(CertificateError, match="no certificate and its key"):
            load(tmp_path / certificate, tmp_path / key if key else None)
    with pytest.raises(CertificateError, match=r"cannot read .*missing"):
        load(tmp_path / "missing")


def test_the_end_point_of_a_binding_is_the_hash_of_the_certificate(authority: Authority) -> None:
    issued = issue(authority, Kind.GOOD)
    assert len(issued.end_point) == 32
    assert Certificate(issued.chain, b"").end_point == issued.end_point
    assert issue(authority, Kind.GOOD).end_point != issued.end_point
