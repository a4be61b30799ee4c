"""Faults of TLS, as a client meets them: certificates, versions, handshakes, STARTTLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch import Catcher, Stage, TlsFault, Verdict
from mailcatch.mailbox.events import Fault, Tls
from mailcatch.smtp.policy import Facts
from tests.reading import close_of, ended_session
from tests.smtp.secure import SecureTalk

Start = Callable[..., Catcher]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture
def start(mailbox: Path, authority: Path) -> Start:
    def make(*faults: str) -> Catcher:
        return Catcher(port=0, mailbox=mailbox, tls="both", ca_dir=authority, faults=faults)

    return make


def events(mailbox: Path, number: int = 0) -> tuple[list[Tls], list[Fault]]:
    session = ended_session(mailbox, number)
    told = [event for event in session if isinstance(event, Tls)]
    return told, [event for event in session if isinstance(event, Fault)]


def begin_tls(catcher: Catcher, *, implicit: bool, seconds: float = 20) -> None:
    with SecureTalk(catcher, implicit=implicit, seconds=seconds) as talk:
        if not implicit:
            talk.start_tls()


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize(
    ("kind", "complaint", "alert"),
    [
        ("expired", "certificate has expired", "certificate_expired"),
        ("not-yet-valid", "certificate is not yet valid", "bad_certificate"),
        ("wrong-host", "certificate is not valid for 'localhost'", ""),
        ("unknown-ca", "unable to get local issuer certificate", "unknown_ca"),
        ("self-signed", "self-signed certificate", "unknown_ca"),
    ],
)
def test_a_certificate_is_wrong_once(
    start: Start, mailbox: Path, implicit: bool, kind: str, complaint: str, alert: str
) -> None:
    with start(f"tls-{kind}-x1").in_thread() as catcher:
        with pytest.raises(ssl.SSLCertVerificationError) as refused:
            begin_tls(catcher, implicit=implicit)
        assert complaint in refused.value.verify_message.lower()
        with SecureTalk(catcher, implicit=implicit) as talk:
            if not implicit:
                talk.start_tls()
            assert talk.send(b"Subject: x\r\n").startswith(b"250")
    (told,), (fault,) = events(mailbox)
    assert told.failure
    assert told.alert == alert or not alert
    assert (fault.stage, fault.effect) == ("tls", f"certificate {kind}")
    assert close_of(ended_session(mailbox)).how == "tls"


def test_a_weak_version_alone_is_refused_by_clients_of_today(start: Start, mailbox: Path) -> None:
    with start("tls-1.0").in_thread() as catcher, pytest.raises(ssl.SSLError):
        begin_tls(catcher, implicit=True)
    (told,), (fault,) = events(mailbox)
    assert told.failure
    assert fault.effect == "TLS 1.0 only"


def test_a_version_can_be_kept_to(start: Start) -> None:
    with start("tls-1.2").in_thread() as catcher, SecureTalk(catcher, implicit=True) as talk:
        assert talk.version == "TLSv1.2"


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize(
    ("how", "error", "told"),
    [
        ("refuse", ssl.SSLError, "HANDSHAKE_FAILURE"),
        ("close", (ssl.SSLError, OSError), "EOF|reset"),
        ("garbage", ssl.SSLError, "WRONG_VERSION_NUMBER"),
        ("stall", TimeoutError, "timed out"),
    ],
)
def test_a_handshake_fails(
    start: Start,
    mailbox: Path,
    implicit: bool,
    how: str,
    error: type[Exception] | tuple[type[Exception], ...],
    told: str,
) -> None:
    seconds = 1 if how == "stall" else 20
    with start(f"tls-{how}").in_thread() as catcher, pytest.raises(error, match=told):
        begin_tls(catcher, implicit=implicit, seconds=seconds)
    session = ended_session(mailbox)
    (fault,) = [event for event in session if isinstance(event, Fault)]
    instead = "instead of " if how in {"close", "garbage"} else ""
    assert fault.effect == f"{how} {instead}the handshake"
    assert close_of(session).how == "fault"


def test_starttls_is_refused_and_then_works(start: Start) -> None:
    with start("starttls-454-x1").in_thread() as catcher:
        with SecureTalk(catcher) as talk:
            talk.ask(b"EHLO x")
            assert talk.ask(b"STARTTLS").startswith(b"454 ")
        with SecureTalk(catcher) as talk:
            talk.start_tls()
            assert talk.ask(b"NOOP").startswith(b"250 ")


def test_what_is_offered_changes_after_tls(start: Start) -> None:
    rule = (
        '[[faults.rule]]\nat = "ehlo"\nmatch.tls = true\n'
        'capabilities = { hide = ["AUTH"], add = ["XNEW"] }\n'
    )
    with start(rule).in_thread() as catcher, SecureTalk(catcher) as talk:
        assert b"AUTH " in talk.ask(b"EHLO x")
        talk.start_tls()
        offered = talk.ask(b"EHLO x")
        assert b"AUTH " not in offered
        assert b"XNEW" in offered
        assert talk.ask(b"AUTH PLAIN =").startswith(b"502 ")


def test_a_rule_can_ask_for_the_host_that_was_asked_for(start: Start) -> None:
    rule = '[[faults.rule]]\nat = "mail"\nmatch.tls_sni = "local*"\nreply = 451\n'
    with start(rule).in_thread() as catcher:
        with SecureTalk(catcher, implicit=True) as talk:
            talk.ask(b"EHLO x")
            assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"451 ")
        with SecureTalk(catcher) as talk:
            talk.ask(b"EHLO x")
            assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"250 ")


def test_a_handshake_can_be_late(start: Start, mailbox: Path) -> None:
    with start("tls-d50ms").in_thread() as catcher, SecureTalk(catcher, implicit=True) as talk:
        talk.ask(b"QUIT")
    (told,), (fault,) = events(mailbox)
    assert fault.effect == "delay 0.05 s"
    assert told.t >= 50_000


def test_a_policy_chooses_what_is_wrong(mailbox: Path, authority: Path) -> None:
    class Expired:
        def decide(self, stage: Stage, _facts: Facts) -> Verdict | None:
            return Verdict(tls=TlsFault(certificate="expired")) if stage is Stage.TLS else None

    options = Catcher(port=0, mailbox=mailbox, tls="implicit", ca_dir=authority, policy=Expired())
    with options.in_thread() as catcher, pytest.raises(ssl.SSLCertVerificationError):
        begin_tls(catcher, implicit=True)
    _, (fault,) = events(mailbox)
    assert fault.effect == "certificate expired"
