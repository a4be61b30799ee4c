"""TLS on real sockets: STARTTLS, listeners where it comes first, and clients that refuse it."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailcatch import Catcher, CertificateError, Limits, ListenError
from mailcatch.mailbox.events import Close, SessionNote, Tls
from tests.reading import ended_session, messages, sessions
from tests.smtp.secure import SecureTalk, client_certificate, trusting
from tests.talk import Talk

Start = Callable[..., Catcher]
MAIL = b"Subject: secret\r\n\r\n" + bytes(range(256)) * 600 + b"\r\n"


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture
def secure(start: Start, authority: Path) -> Callable[..., Catcher]:
    """Start a catcher that speaks TLS in both ways."""
    return partial(start, tls="both", ca_dir=authority)


def handshake(mailbox: Path) -> Tls:
    (event,) = [event for event in ended_session(mailbox) if isinstance(event, Tls)]
    return event


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_a_message_arrives_inside_of_tls(
    secure: Start, mailbox: Path, implicit: bool, own: bool
) -> None:
    with SecureTalk(secure(handler=object() if own else None), implicit=implicit) as talk:
        if not implicit:
            talk.start_tls()
        assert talk.send(MAIL).startswith(b"250")
        assert talk.ask(b"QUIT").startswith(b"221")
        assert talk.rest() == b""
    assert messages(mailbox) == [MAIL]
    event = handshake(mailbox)
    assert (event.version, event.server_name, event.failure) == ("TLSv1.3", "localhost", "")
    assert event.cipher.startswith("TLS_")


def test_chunks_arrive_inside_of_tls(secure: Start, mailbox: Path) -> None:
    with SecureTalk(secure()) as talk:
        talk.start_tls()
        talk.open_transaction()
        talk.say(b"BDAT %d\r\n" % len(MAIL) + MAIL + b"BDAT 6 LAST\r\nQUIT\r\n")
        assert talk.hear().startswith(b"250 ")
        assert talk.hear().startswith(b"250 2.0.0 Ok: queued as ")
    assert messages(mailbox) == [MAIL + b"QUIT\r\n"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_today_are_spoken(secure: Start, version: ssl.TLSVersion) -> None:
    catcher = secure()
    context = trusting(catcher)
    context.minimum_version = context.maximum_version = version
    with SecureTalk(catcher, context, implicit=True) as talk:
        assert talk.version == version.name.replace("_", ".")
        assert talk.send(MAIL).startswith(b"250")


def test_starttls_is_offered_where_it_works_and_nowhere_else(secure: Start) -> None:
    catcher = secure()
    with SecureTalk(catcher) as talk:
        assert b"STARTTLS" in talk.ask(b"EHLO x")
        assert talk.ask(b"STARTTLS now").startswith(b"501 5.5.4 ")
        talk.start_tls()
        assert b"STARTTLS" not in talk.ask(b"EHLO x")
        assert talk.ask(b"STARTTLS").startswith(b"503 5.5.1 ")
    with SecureTalk(catcher, implicit=True) as talk:
        assert b"STARTTLS" not in talk.ask(b"EHLO x")
        assert talk.ask(b"STARTTLS").startswith(b"503 5.5.1 ")


def test_without_tls_starttls_is_not_there(talk: Talk) -> None:
    assert b"STARTTLS" not in talk.ask(b"EHLO x")
    assert talk.ask(b"STARTTLS").startswith(b"502 5.5.1 ")


def test_each_listener_speaks_tls_as_its_mark_says(start: Start, authority: Path) -> None:
    listen = [f"{mark}127.0.0.1:0" for mark in ("", "plain:", "starttls:", "tls:")]
    catcher = start(listen=listen, ca_dir=authority)
    assert [str(one.security) for one in catcher.addresses] == [
        "plain",
        "plain",
        "starttls",
        "implicit",
    ]
    offers = []
    for address in catcher.addresses[:3]:
        with Talk(address) as talk:
            offers.append(b"STARTTLS" in talk.ask(b"EHLO x"))
    assert offers == [False, False, True]
    with SecureTalk(catcher, implicit=True) as secure_talk:
        assert secure_talk.greeting.startswith(b"220 ")


def test_nothing_that_was_said_before_tls_counts(secure: Start, mailbox: Path) -> None:
    with SecureTalk(secure()) as talk:
        talk.open_transaction()
        talk.start_tls()
        assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(b"503 5.5.1 Send EHLO")
        assert talk.ask(b"DATA").startswith(b"503 ")
        assert talk.send(MAIL).startswith(b"250")
    assert len(messages(mailbox)) == 1


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_commands_behind_starttls_are_never_obeyed(
    secure: Start, running: dict[str, Catcher], data: st.DataObject
) -> None:
    """CVE-2024-34083, CVE-2021-33515: however the octets are cut into segments."""
    catcher = running.get("catcher") or running.setdefault("catcher", secure())
    injected = b"EHLO evil\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<b@x.test>\r\n"
    octets = b"EHLO x\r\nSTARTTLS\r\n" + injected[: data.draw(st.integers(1, len(injected)))]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(octets) - 1), max_size=5)))
    last = octets.index(b"STARTTLS") + len("STARTTLS\r\n")
    # Behind the end of STARTTLS a later segment would be part of the handshake.
    cuts = [cut for cut in cuts if cut < last]
    with SecureTalk(catcher) as talk:
        for begin, end in zip([0, *cuts], [*cuts, len(octets)], strict=True):
            talk.say(octets[begin:end])
        assert talk.hear().startswith(b"250-")
        assert talk.hear() == b"220 Ready to start TLS\r\n"
        talk.shake_hands()
        assert talk.ask(b"NOOP").startswith(b"250 ")
        assert talk.ask(b"DATA").startswith(b"503 ")
        assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(b"503 ")


@pytest.fixture
def running() -> dict[str, Catcher]:
    return {}


def test_what_was_thrown_away_before_tls_is_noted(secure: Start, mailbox: Path) -> None:
    with SecureTalk(secure()) as talk:
        talk.start_tls(b"RSET\r\n")
        talk.ask(b"QUIT")
    notes = [event for event in ended_session(mailbox) if isinstance(event, SessionNote)]
    assert [(note.name, note.detail) for note in notes] == [("discarded-before-tls", "6 octets")]


def test_mail_may_be_taken_inside_of_tls_only(secure: Start) -> None:
    with SecureTalk(secure(require_tls=True)) as talk:
        for line in (b"MAIL FROM:<a@b>", b"AUTH PLAIN AGEAYg==", b"RSET"):
            assert talk.ask(line).startswith(b"530 5.7.0 ")
        assert b"AUTH" not in talk.ask(b"EHLO x")
        talk.start_tls()
        assert b"AUTH PLAIN" in talk.ask(b"EHLO x")
        assert talk.send(MAIL).startswith(b"250")


@pytest.mark.parametrize("implicit", [True, False])
def test_a_client_that_leaves_right_after_the_handshake_may_have_wanted_another_host(
    secure: Start, mailbox: Path, implicit: bool
) -> None:
    with SecureTalk(secure(), implicit=implicit) as talk:
        if not implicit:
            talk.start_tls()
        talk.half_close()
        talk.rest()
    (close,) = [event for event in ended_session(mailbox) if isinstance(event, Close)]
    assert (close.by, close.how) == ("client", "eof")
    assert "right after the handshake: it may want another certificate" in close.reason


def test_a_reset_right_after_the_handshake_is_told_like_that(secure: Start, mailbox: Path) -> None:
    with SecureTalk(secure(), implicit=True) as talk:
        talk.reset()
    (close,) = [event for event in ended_session(mailbox) if isinstance(event, Close)]
    assert (close.by, close.how) == ("client", "reset")
    assert "right after the handshake: it may want another certificate" in close.reason


def test_where_tls_is_required_and_comes_first_no_other_port_is_open(
    start: Start, authority: Path
) -> None:
    catcher = start(tls="implicit", require_tls=True, ca_dir=authority)
    assert [str(one.security) for one in catcher.addresses] == ["implicit"]
    with pytest.raises(ListenError, match="no address speaks it"):
        Catcher(require_tls=True)


def test_a_client_that_does_not_trust_the_certificate_is_told_of(
    secure: Start, mailbox: Path
) -> None:
    untrusting = ssl.create_default_context()
    with SecureTalk(secure(), untrusting) as talk, pytest.raises(ssl.SSLCertVerificationError):
        talk.start_tls()
    event = handshake(mailbox)
    assert event.alert == "unknown_ca"
    assert "mailcatch ca" in event.failure
    close = ended_session(mailbox)[-1]
    assert isinstance(close, Close)
    assert (close.by, close.how, close.reason) == ("client", "tls", event.failure)


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"EHLO x\r\n", "speaks no TLS"),
        (b"GET / HTTP/1.1\r\n\r\n", "speaks HTTP"),
        (b"\x16\x03\x01\x00\x05hello", "handshake failed"),
        (b"", "left in the handshake"),
        (b"\x16\x03\x01", "left in the handshake"),
    ],
)
def test_what_is_no_handshake_is_told_of(
    secure: Start, mailbox: Path, octets: bytes, told: str
) -> None:
    catcher = secure()
    with socket.create_connection((catcher.host, catcher.tls_port), timeout=20) as client:
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        while client.recv(1000):
            pass
    assert told in handshake(mailbox).failure


def test_a_client_that_resets_in_the_handshake_is_told_of(secure: Start, mailbox: Path) -> None:
    catcher = secure()
    client = socket.create_connection((catcher.host, catcher.tls_port), timeout=20)
    client.sendall(b"\x16\x03\x01")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert "left in the handshake" in handshake(mailbox).failure


def test_a_handshake_takes_no_longer_than_its_limit(secure: Start, mailbox: Path) -> None:
    catcher = secure(limits=Limits(handshake=0.2))
    with socket.create_connection((catcher.host, catcher.tls_port), timeout=20) as client:
        client.sendall(b"\x16\x03\x01")
        with pytest.raises(ConnectionResetError):
            client.recv(1000)
    assert handshake(mailbox).failure == "the TLS handshake took more than 0.2 s"


def test_a_stalled_handshake_holds_up_nobody_else(secure: Start) -> None:
    catcher = secure()
    stalled = [
        socket.create_connection((catcher.host, catcher.tls_port), timeout=20) for _ in range(20)
    ]
    for client in stalled:
        client.sendall(b"\x16\x03\x01")
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
    for client in stalled:
        client.close()


def test_a_server_that_stops_does_not_wait_for_a_handshake(authority: Path, mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox, tls="implicit", ca_dir=authority).in_thread() as catcher:
        client = socket.create_connection((catcher.host, catcher.tls_port), timeout=20)
        client.sendall(b"\x16\x03\x01")
        with Talk(catcher) as talk:
            talk.ask(b"NOOP")
    assert client.recv(1000) == b""
    client.close()
    assert len(sessions(mailbox)) == 2


def test_an_alert_in_the_middle_of_a_session_ends_it(secure: Start, mailbox: Path) -> None:
    with SecureTalk(secure(), implicit=True) as talk:
        talk.ask(b"EHLO x")
        talk.socket = socket.socket(fileno=talk.socket.detach())
        talk.socket.sendall(b"\x15\x03\x03\x00\x02\x02\x28")
    close = ended_session(mailbox)[-1]
    assert isinstance(close, Close)
    assert close.how == "tls"


def test_a_client_may_show_a_certificate_and_log_in_with_it(
    secure: Start, authority: Path, mailbox: Path, tmp_path: Path
) -> None:
    catcher = secure(client_ca=authority / "ca.pem")
    shown = client_certificate(
        authority / "ca.pem", authority / "ca.key", "ann@shop.test", tmp_path / "ann.pem"
    )
    context = trusting(catcher)
    context.load_cert_chain(shown)
    with SecureTalk(catcher, context, implicit=True) as talk:
        assert b"EXTERNAL" in talk.ask(b"EHLO x")
        assert talk.ask(b"AUTH EXTERNAL =").startswith(b"235 ")
        talk.ask(b"QUIT")
    event = handshake(mailbox)
    assert len(event.fingerprint) == 64
    assert "commonName" in event.subject or "organizationName" in event.subject
    with SecureTalk(catcher, implicit=True) as talk:
        assert b"EXTERNAL" not in talk.ask(b"EHLO x")


def test_a_certificate_of_the_users_own_is_shown(
    start: Start, authority: Path, tmp_path: Path
) -> None:
    own = client_certificate(
        authority / "ca.pem", authority / "ca.key", "mail.shop.test", tmp_path / "own.pem"
    )
    catcher = start(tls="implicit", cert=own)
    assert catcher.authority_file is None
    context = ssl.create_default_context(cafile=str(authority / "ca.pem"))
    client = socket.create_connection((catcher.host, catcher.tls_port), timeout=20)
    with context.wrap_socket(client, server_hostname="mail.shop.test") as talk:
        assert talk.recv(1000).startswith(b"220 ")
    with pytest.raises(CertificateError, match="cannot read"):
        Catcher(tls="implicit", cert=tmp_path / "none.pem")
