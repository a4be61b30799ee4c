from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailcatch.tls.authority import CERTIFICATE, KEY, Authority
from mailcatch.tls.errors import CertificateError


def test_an_authority_is_made_once_and_then_kept(tmp_path: Path) -> None:
    first = Authority.open(tmp_path / "ca")
    octets = first.certificate_file.read_bytes()
    second = Authority.open(tmp_path / "ca")
    assert second.certificate_file.read_bytes() == octets
    assert second.ca.cert_pem.bytes() == octets


def test_its_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    Authority.open(tmp_path / "ca")
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "ca" / KEY).stat().st_mode) == 0o600


def test_those_who_begin_at_once_get_the_same_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(Authority.open, [tmp_path / "ca"] * 8))
    assert len({one.ca.cert_pem.bytes() for one in opened}) == 1


@pytest.mark.parametrize("broken", [CERTIFICATE, KEY])
def test_a_broken_authority_says_what_to_do(tmp_path: Path, broken: str) -> None:
    Authority.open(tmp_path)
    (tmp_path / broken).write_bytes(b"?")
    with pytest.raises(CertificateError, match="remove the directory"):
        Authority.open(tmp_path)


def test_a_place_that_cannot_be_written_says_what_else_to_use(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CertificateError, match="--cert and --key"):
        Authority.open(tmp_path / "file" / "ca")
