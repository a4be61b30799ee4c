"""Clients that mean harm, or are lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailcatch import Catcher
from tests.asides import asides
from tests.reading import (
    close_of,
    ended_session,
    eventually,
    is_over,
    messages,
    session_notes,
    sessions,
)
from tests.talk import Talk

CLIENT_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(range(190))


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "delete"])
def test_a_web_page_cannot_plant_mail(catcher: Catcher, mailbox: Path, verb: str) -> None:
    with Talk(catcher) as talk:
        body = b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nDATA\r\nplanted\r\n.\r\nQUIT\r\n"
        talk.say(verb.encode() + b" / HTTP/1.1\r\nHost: localhost:1025\r\n\r\n" + body)
        assert talk.rest() in {
            b"421 4.7.0 This is an SMTP server, not a web server, closing\r\n",
            b"",
        }
    assert session_notes(mailbox) == ["http-on-smtp-port"]
    assert close_of(ended_session(mailbox)).how == "protocol"
    assert messages(mailbox) == []


@pytest.mark.parametrize("hello", [CLIENT_HELLO, CLIENT_HELLO + b"\nMAIL FROM:<a@b>\r\n"])
def test_a_tls_handshake_on_the_plain_port_is_closed(
    catcher: Catcher, mailbox: Path, hello: bytes
) -> None:
    with Talk(catcher) as talk:
        talk.say(hello)
        assert talk.rest() == b""
    assert session_notes(mailbox) == ["tls-on-plain-port"]


def test_ten_thousand_recipients_are_answered_one_by_one(catcher: Catcher) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction()
        talk.say(b"".join(b"RCPT TO:<%d@example.com>\r\n" % n for n in range(10_000)))
        replies = [talk.hear()[:3] for _ in range(10_000)]
        assert replies == [b"250"] * 999 + [b"452"] * 9001


@pytest.mark.parametrize("seed", range(5))
def test_garbage_gets_replies_and_harms_nobody(catcher: Catcher, mailbox: Path, seed: int) -> None:
    dice = random.Random(seed)
    with Talk(catcher) as good, Talk(catcher) as bad:
        bad.say(b"\n" + dice.randbytes(50_000).replace(b"\x16", b"") + b"\r\nQUIT\r\n")
        bad.half_close()
        heard = bad.rest()
        assert heard.startswith(b"500 ")
        assert good.send(b"Subject: x\r\n").startswith(b"250")
    eventually(lambda: len([one for one in sessions(mailbox) if is_over(one)]) == 2)


def test_a_storm_of_connections_leaves_the_server_standing(catcher: Catcher, mailbox: Path) -> None:
    with ExitStack() as storm:
        for _ in range(300):
            storm.enter_context(Talk(catcher, greeting=False))
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
    eventually(lambda: catcher.counters.live == 0)
    assert catcher.counters.sessions == 301


def test_a_reset_in_the_middle_of_data_keeps_nothing(catcher: Catcher, mailbox: Path) -> None:
    talk = Talk(catcher)
    talk.open_transaction()
    talk.ask(b"DATA")
    talk.say(b"x" * 100_000)
    talk.reset()
    assert close_of(ended_session(mailbox)).how in {"reset", "closed"}
    assert list((mailbox / "messages").iterdir()) == []


def test_a_spooled_message_that_breaks_off_leaves_nothing(catcher: Catcher, mailbox: Path) -> None:
    with Talk(catcher) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"x" * 3_000_000)
        eventually(lambda: asides(mailbox))
    ended_session(mailbox)
    assert list((mailbox / "messages").iterdir()) == []
    assert asides(mailbox) == []


def test_a_slow_client_does_not_slow_another(catcher: Catcher) -> None:
    with Talk(catcher) as slow, Talk(catcher) as quick:
        slow.open_transaction()
        slow.ask(b"DATA")
        slow.say(b"never ending")
        for _ in range(50):
            assert quick.send(b"Subject: x\r\n").startswith(b"250")


@pytest.mark.parametrize(
    "lines",
    [
        [b"STARTTLS", b"AUTH", b"DATA", b"RCPT TO:<a@b>", b"AUTH LOGIN", b"*", b"STARTTLS x"],
        [b"MAIL FROM:<a@b>", b"AUTH PLAIN AGEAYg==", b"STARTTLS", b"DATA", b"EHLO", b"RSET"],
        [b"EHLO x", b"AUTH LOGIN", b"MAIL FROM:<a@b>", b"AUTH PLAIN", b"QUIT"],
    ],
)
def test_commands_out_of_order_each_get_a_reply(
    start: Callable[..., Catcher], lines: list[bytes]
) -> None:
    with Talk(start()) as talk:
        for line in lines:
            assert talk.ask(line)[:1] in {b"2", b"3", b"4", b"5"}
