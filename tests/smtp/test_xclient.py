"""XCLIENT and XFORWARD: a client on this machine speaks for another."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch import Catcher, Facts, Stage, Verdict
from mailcatch.mailbox.events import Auth, Xclient, Xforward
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from tests.reading import ended_session, messages, only_transaction, transactions
from tests.smtp.secure import SecureTalk
from tests.talk import Talk

Start = Callable[..., Catcher]
SPIKE = b"XCLIENT NAME=spike.porcupine.org ADDR=168.100.189.2 PORT=1234 PROTO=ESMTP"


class Watching:
    """Remembers what is known of the session at each stage."""

    def __init__(self) -> None:
        self.seen: list[tuple[object, ...]] = []

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        if stage is not Stage.IDLE:
            about = (stage, facts.client, facts.destination.rpartition(":")[2], facts.client_name)
            self.seen.append((*about, facts.helo, facts.user, dict(facts.forwarded)))
        return None


def test_xclient_begins_the_session_anew_as_another_client(start: Start, mailbox: Path) -> None:
    policy = Watching()
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO me.test")
        talk.ask(b"AUTH PLAIN AGEAYg==")
        reply = talk.ask(SPIKE + b" HELO=spike LOGIN=ann DESTADDR=192.0.2.25 DESTPORT=25")
        assert reply == talk.greeting
        assert talk.ask(b"MAIL FROM:<a@example.com>").startswith(b"250")
        talk.ask(b"QUIT")
    client = "168.100.189.2:1234"
    name = "spike.porcupine.org"
    assert policy.seen[3] == (Stage.CONNECT, client, "25", name, "spike", "ann", {})
    assert policy.seen[4] == (Stage.MAIL, client, "25", name, "spike", "ann", {})
    events = ended_session(mailbox)
    (told,) = [event for event in events if isinstance(event, Xclient)]
    assert told.peer == client
    assert told.attributes == {
        "NAME": name,
        "ADDR": "168.100.189.2",
        "PORT": "1234",
        "PROTO": "ESMTP",
        "HELO": "spike",
        "LOGIN": "ann",
        "DESTADDR": "192.0.2.25",
        "DESTPORT": "25",
    }
    logins = [(one.mechanism, one.user) for one in events if isinstance(one, Auth)]
    assert logins == [("PLAIN", "a"), ("XCLIENT", "ann")]
    assert "no-helo" not in [note.name for note in only_transaction(mailbox).notes]


def test_what_xclient_does_not_say_is_forgotten_but_the_address(start: Start) -> None:
    policy = Watching()
    with Talk(start(policy=policy)) as talk:
        port = str(talk.socket.getsockname()[1])
        talk.ask(b"EHLO me.test")
        talk.ask(b"AUTH PLAIN AGEAYg==")
        assert talk.ask(b"XCLIENT HELO=[UNAVAILABLE]").startswith(b"220 ")
        assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(b"503 5.5.1 Send EHLO")
        talk.ask(b"EHLO me.test")
        assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(b"235 ")
    assert [one[1] for one in policy.seen] == [f"127.0.0.1:{port}"] * len(policy.seen)
    assert [one[4:6] for one in policy.seen if one[0] is Stage.CONNECT] == [(None, None)] * 2


def test_an_unavailable_address_is_unknown(start: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nat = "mail"\nmatch.client_address = "0.0.0.0/0"\nreply = 450\n'
    with Talk(start(faults=rule)) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"450 ")
        assert talk.ask(b"XCLIENT ADDR=[UNAVAILABLE] PORT=[UNAVAILABLE]").startswith(b"220 ")
        talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"250 ")
        talk.ask(b"QUIT")
    (told,) = [event for event in ended_session(mailbox) if isinstance(event, Xclient)]
    assert told.peer == "unknown"


def test_faults_at_connect_know_the_other_client(start: Start) -> None:
    rule = (
        '[[faults.rule]]\nat = "connect"\nmatch.client_address = "168.100.0.0/16"\n'
        'reply = "550 5.7.1 Go away"\n'
    )
    with Talk(start(faults=rule)) as talk:
        assert talk.greeting.startswith(b"220 ")
        assert talk.ask(SPIKE) == b"550 5.7.1 Go away\r\n"


def test_who_became_somebody_else_is_authorized_no_more(start: Start) -> None:
    """As Postfix has it: once ADDR is sent, the client is usually no longer authorized."""
    with Talk(start()) as talk:
        assert b"XCLIENT" in talk.ask(b"EHLO x")
        assert b"XFORWARD" in talk.ask(b"HELP")
        talk.ask(SPIKE)
        assert b"XCLIENT" not in talk.ask(b"EHLO x")
        assert b"XFORWARD" not in talk.ask(b"HELP")
        for verb in (b"XCLIENT", b"XFORWARD"):
            assert talk.ask(verb + b" NAME=x") == (
                b"550 5.7.0 This command is for clients on this machine only\r\n"
            )


@pytest.mark.parametrize("verb", [b"XCLIENT", b"XFORWARD"])
def test_neither_is_for_the_middle_of_a_transaction(talk: Talk, verb: bytes) -> None:
    talk.open_transaction()
    assert talk.ask(verb + b" NAME=x") == b"503 5.5.1 Not inside a transaction\r\n"
    talk.ask(b"RSET")
    assert talk.ask(verb + b" NAME=x")[:1] == b"2"


@pytest.mark.parametrize("verb", ["XCLIENT", "XFORWARD"])
def test_either_can_be_hidden(start: Start, verb: str) -> None:
    with Talk(start(without=[verb])) as talk:
        assert verb.encode() not in talk.ask(b"EHLO x")
        assert verb.encode() not in talk.ask(b"HELP")
        assert talk.ask(verb.encode() + b" NAME=x").startswith(b"502 ")
        other = {"XCLIENT": b"XFORWARD", "XFORWARD": b"XCLIENT"}[verb]
        assert talk.ask(other + b" NAME=x")[:1] == b"2"


def test_a_rule_hides_them_for_a_session(start: Start) -> None:
    rule = '[[faults.rule]]\nat = "ehlo"\ncapabilities = { hide = ["XCLIENT"] }\n'
    with Talk(start(faults=rule)) as talk:
        assert b"XCLIENT" not in talk.ask(b"EHLO x")
        assert talk.ask(b"XCLIENT NAME=x").startswith(b"502 ")
        assert talk.ask(b"XFORWARD NAME=x").startswith(b"250 ")


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"XCLIENT", b"501 5.5.4 Syntax: XCLIENT attribute=value...\r\n"),
        (b"XCLIENT PORT=x", b"501 5.5.4 PORT is no port\r\n"),
        (b"XCLIENT \xff=\xff", b"501 5.5.4 the attributes are NAME ADDR PORT PROTO HELO LOGIN"),
        (b"XFORWARD LOGIN=x", b"501 5.5.4 the attributes are NAME ADDR PORT PROTO HELO IDENT"),
        (b"XFORWARD SOURCE=x", b"501 5.5.4 SOURCE is neither LOCAL nor REMOTE\r\n"),
    ],
)
def test_a_mistake_changes_nothing(talk: Talk, line: bytes, reply: bytes) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(line).startswith(reply)
    assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(b"235 ")


def test_xclient_inside_of_tls_stays_inside(start: Start, tmp_path: Path) -> None:
    with SecureTalk(start(tls="starttls", ca_dir=tmp_path)) as talk:
        talk.start_tls()
        assert talk.ask(SPIKE).startswith(b"220 ")
        assert b"STARTTLS" not in talk.ask(b"EHLO x")
        assert talk.send(b"Subject: x\r\n").startswith(b"250")


def test_sessions_are_found_by_the_other_client_and_user(talk: Talk, mailbox: Path) -> None:
    talk.ask(SPIKE + b" LOGIN=ann")
    assert talk.send(b"Subject: x\r\n").startswith(b"250")
    talk.ask(b"QUIT")
    ended_session(mailbox)
    with Reader(mailbox) as reader:
        reader.refresh()
        assert list(reader.search("peer:168.100.189.2 user:ann"))
        assert not list(reader.search("peer:127.0.0.1", Found.SESSIONS))


def test_xforward_tells_of_the_next_transaction_only(start: Start, mailbox: Path) -> None:
    policy = Watching()
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO x")
        assert talk.ask(b"XFORWARD NAME=spike ADDR=168.100.189.2") == b"250 2.0.0 Ok\r\n"
        assert talk.ask(b"XFORWARD IDENT=3CF6 SOURCE=REMOTE NAME=porcupine").startswith(b"250")
        for _ in range(2):
            talk.ask(b"MAIL FROM:<a@example.com>")
            talk.ask(b"RSET")
        talk.ask(b"QUIT")
    told = {
        "NAME": "porcupine",
        "ADDR": "168.100.189.2",
        "IDENT": "3CF6",
        "SOURCE": "REMOTE",
    }
    assert [one[-1] for one in policy.seen if one[0] is Stage.MAIL] == [told, {}]
    events = ended_session(mailbox)
    assert [event.attributes for event in events if isinstance(event, Xforward)] == [
        {"NAME": "spike", "ADDR": "168.100.189.2"},
        {"IDENT": "3CF6", "SOURCE": "REMOTE", "NAME": "porcupine"},
    ]
    assert len(transactions(mailbox)) == 2


def test_both_may_be_pipelined(talk: Talk, mailbox: Path) -> None:
    talk.say(SPIKE + b"\r\nEHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n")
    assert [talk.hear()[:3] for _ in range(5)] == [b"220", b"250", b"250", b"250", b"354"]
    assert talk.ask(b"Subject: x\r\n\r\n.").startswith(b"250")
    assert messages(mailbox) == [b"Subject: x\r\n\r\n"]


def test_clients_of_a_unix_socket_may_speak_for_others(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "mail.sock"
    start(listen=[f"unix:{path}"])
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        client.recv(1000)
        client.sendall(SPIKE + b"\r\n")
        assert client.recv(1000).startswith(b"220 ")
