"""The log of secrets in memory, and the channel bindings that come out of it."""

from __future__ import annotations

import gc
import os
import ssl
from pathlib import Path

import pytest

from mailcatch.tls.authority import Authority
from mailcatch.tls.certificates import Kind, issue
from mailcatch.tls.contexts import Version, context
from mailcatch.tls.key_log import KeyLog, exported
from tests.tls.deriving import bindings_in, tls_exporter
from tests.tls.handshaking import shake_hands, trusting


@pytest.fixture
def server(authority: Authority) -> ssl.SSLContext:
    return context(issue(authority, Kind.GOOD))


@pytest.fixture
def client(authority: Authority, tmp_path: Path) -> ssl.SSLContext:
    made = trusting(authority.certificate_file)
    made.keylog_filename = str(tmp_path / "keys")
    return made


def test_each_session_has_a_binding_and_tells_it_once(
    server: ssl.SSLContext, client: ssl.SSLContext, tmp_path: Path
) -> None:
    log = KeyLog(server)
    for _ in range(3):
        shake_hands(server, client)
    expected = bindings_in(tmp_path / "keys")
    assert len(expected) == 3
    assert {random: log.binding(random) for random in expected} == expected
    assert [log.binding(random) for random in expected] == [b""] * 3


@pytest.mark.parametrize("octets", [32, 48], ids=["SHA-256", "SHA-384"])
def test_material_is_derived_as_another_library_does(octets: int) -> None:
    secret = bytes(range(octets))
    assert exported(secret, b"EXPORTER-Channel-Binding", 32) == tls_exporter(secret)


def test_sessions_of_older_versions_have_none(authority: Authority, client: ssl.SSLContext) -> None:
    server = context(issue(authority, Kind.GOOD), only=Version.TLS_1_2)
    log = KeyLog(server)
    shake_hands(server, client)
    assert log.binding(b"") == b""


def test_sessions_that_nobody_asks_about_are_forgotten(
    server: ssl.SSLContext,
    client: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mailcatch.tls.key_log.MOST_REMEMBERED", 2)
    log = KeyLog(server)
    for _ in range(3):
        shake_hands(server, client)
    first, second, third = bindings_in(tmp_path / "keys")
    assert log.binding(third)
    assert log.binding(second)
    assert not log.binding(first)


def test_no_file_has_a_name_and_none_stays_open(server: ssl.SSLContext) -> None:
    log = KeyLog(server)
    place = Path(server.keylog_filename)
    assert str(place.readlink()) == "/memfd:tls (deleted)"
    del log
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(int(place.name))
