"""TLS from a client that cuts its records anywhere, or spoils them."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailcatch import Catcher
from mailcatch.mailbox.events import Close
from tests.reading import close_of, eventually, is_over, sessions
from tests.smtp.secure import Client

SAID = b"EHLO x\r\nMAIL FROM:<a@b.test>\r\nNOOP\r\nQUIT\r\n"


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catcher]:
    place = tmp_path_factory.mktemp("tls")
    catcher = Catcher(port=0, mailbox=place / "mail", tls="implicit", ca_dir=place / "ca")
    with catcher.in_thread():
        yield catcher


def cut(octets: bytes, data: st.DataObject) -> list[bytes]:
    """Return octets in pieces."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(octets) - 1), max_size=8)))
    return [octets[begin:end] for begin, end in zip([0, *cuts], [*cuts, None], strict=True)]


@settings(max_examples=40)
@given(data=st.data())
def test_records_may_be_cut_anywhere(listening: Catcher, data: st.DataObject) -> None:
    client = Client(listening)
    with client.socket:
        for piece in cut(client.hello(), data):
            client.socket.sendall(piece)
        for piece in cut(client.finish(SAID), data):
            client.socket.sendall(piece)
        lines = client.heard().splitlines()
    assert [line[:3] for line in lines if line[3:4] == b" "] == [
        b"220",
        b"250",
        b"250",
        b"250",
        b"221",
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_spoilt_records_end_the_session_and_nothing_else(
    listening: Catcher, caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    client = Client(listening)
    with client.socket, caplog.at_level(logging.ERROR):
        spoils_hello = data.draw(st.booleans())
        hello = client.hello()
        octets = hello if spoils_hello else None
        if octets is None:
            client.socket.sendall(hello)
            octets = client.finish(SAID)
        at = data.draw(st.integers(0, len(octets) - 1))
        spoilt = data.draw(st.binary(min_size=1, max_size=40))
        # The server may have had enough before all is sent.
        with suppress(OSError):
            client.socket.sendall(octets[:at] + spoilt + octets[at:])
            client.socket.shutdown(socket.SHUT_WR)
            while client.socket.recv(65536):
                pass
    assert not caplog.records

    assert "error" not in {event.how for event in closes(listening)}


def closes(catcher: Catcher) -> list[Close]:
    """Return the ends of all sessions, once all are over."""

    def ends() -> list[Close]:
        told = sessions(catcher.mailbox)
        return [close_of(one) for one in told] if all(map(is_over, told)) else []

    return eventually(ends)
