"""Programs that put a PROXY header in front of a connection."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import AnyEvent, Client, Connect, Proxy
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, only
from tests.clients.programs import program, run
from tests.reading import eventually, is_over, sessions
from tests.talk import Talk


@pytest.fixture
def catcher(mailbox: Path, tmp_path: Path) -> Iterator[Catcher]:
    catcher = Catcher(
        port=0, mailbox=mailbox, proxy_protocol=True, tls="both", ca_dir=tmp_path / "ca"
    )
    with catcher.in_thread() as running:
        yield running


class Frontend:
    """Where haproxy listens."""

    def __init__(self, name: tuple[str, int]) -> None:
        self.host, self.port = name


@contextmanager
def haproxy(server: str, place: Path) -> Iterator[Frontend]:
    """Run haproxy in front of a server, until the block ends. server: its address, and options."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        configuration = place / "haproxy.cfg"
        configuration.write_text(
            "defaults\n mode tcp\n"
            " timeout connect 20s\n timeout client 20s\n timeout server 20s\n timeout check 20s\n"
            f"frontend f\n bind fd@{listening.fileno()}\n default_backend b\n"
            f"backend b\n option smtpchk EHLO check.test\n server s {server}\n"
        )
        process = subprocess.Popen(
            [program("haproxy"), "-db", "-f", configuration], pass_fds=[listening.fileno()]
        )
        try:
            yield Frontend(listening.getsockname())
        finally:
            process.kill()
            process.wait()


def told(events: list[AnyEvent]) -> tuple[Connect, Proxy]:
    """Return how a session began, and what a proxy said of it."""
    connect, proxy = events[:2]
    assert isinstance(connect, Connect)
    assert isinstance(proxy, Proxy)
    return connect, proxy


@pytest.mark.parametrize(
    ("options", "version"),
    [
        ("send-proxy", 1),
        ("send-proxy-v2", 2),
        ("send-proxy-v2 proxy-v2-options crc32c,unique-id", 2),
    ],
)
def test_haproxy_says_who_the_client_is(
    catcher: Catcher, tmp_path: Path, options: str, version: int
) -> None:
    server = f"{catcher.host}:{catcher.port} {options}"
    with haproxy(server, tmp_path) as frontend, Talk(frontend) as talk:
        assert talk.send(DIFFICULT).startswith(b"250")
        own = talk.socket.getsockname()
        talk.ask(b"QUIT")
    assert only(catcher.mailbox).octets == DIFFICULT
    (session,) = sessions(catcher.mailbox)
    connect, proxy = told(session)
    assert connect.peer == f"127.0.0.1:{own[1]}"
    assert proxy.version == version
    assert proxy.destination == f"127.0.0.1:{frontend.port}"
    assert proxy.via != connect.peer


def test_haproxy_in_front_of_tls(catcher: Catcher, tmp_path: Path) -> None:
    server = f"{catcher.host}:{catcher.tls_port} send-proxy-v2"
    context = ssl.create_default_context(cafile=str(catcher.authority_file))
    with haproxy(server, tmp_path) as frontend:
        where = ("localhost", frontend.port)
        with smtplib.SMTP_SSL(*where, context=context, timeout=20) as client:
            client.sendmail(SENDER, [RECIPIENT], DIFFICULT)
    assert only(catcher.mailbox).octets == DIFFICULT


@pytest.mark.parametrize("version", ["send-proxy", "send-proxy-v2"])
def test_the_checks_of_haproxy_are_its_own(catcher: Catcher, tmp_path: Path, version: str) -> None:
    server = f"{catcher.host}:{catcher.port} check inter 100 check-send-proxy {version}"
    with haproxy(server, tmp_path):

        def checked() -> list[AnyEvent]:
            over = [one for one in sessions(catcher.mailbox) if is_over(one)]
            return over[0] if over else []

        session = eventually(checked)
    connect, proxy = told(session)
    # Version 1 has no word for that, and haproxy names itself as the client.
    assert connect.peer == proxy.via
    assert proxy.local is (proxy.version == 2)
    said = [event.text for event in session if isinstance(event, Client)]
    assert said[0] == "EHLO check.test"


def test_curl_says_who_it_is(catcher: Catcher, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(DIFFICULT)
    run(
        program("curl"),
        *("--silent", "--show-error", "--haproxy-protocol", f"smtp://127.0.0.1:{catcher.port}"),
        *("--mail-from", SENDER, "--mail-rcpt", RECIPIENT, "--upload-file", str(file)),
        home=tmp_path,
    )
    assert only(catcher.mailbox).octets == DIFFICULT
    (session,) = sessions(catcher.mailbox)
    connect, proxy = told(session)
    assert (proxy.version, proxy.via) == (1, connect.peer)
