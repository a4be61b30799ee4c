"""PIPELINING (RFC 2920): replies together, in order, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading import ended_session, messages, transactions
from tests.talk import Talk

WHOLE = (
    b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\n"
    b"RCPT TO:<c@example.com>\r\nDATA\r\nSubject: one\r\n\r\n.\r\n"
)


def codes(octets: bytes) -> list[str]:
    lines = octets.decode().splitlines()
    return [line[:3] for line in lines if line[3] == " "]


def test_a_whole_session_in_one_segment_is_obeyed_in_order(talk: Talk, mailbox: Path) -> None:
    talk.say(WHOLE + WHOLE.replace(b"one", b"two") + b"QUIT\r\n")
    once = ["250", "250", "250", "250", "354", "250"]
    assert codes(talk.rest()) == [*once, *once, "221"]
    assert messages(mailbox) == [b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n"]


def test_replies_to_pipelined_commands_leave_together(talk: Talk) -> None:
    talk.say(b"EHLO x\r\n" + b"NOOP\r\n" * 50)
    first = talk.socket.recv(65536)
    assert first.count(b"250 2.0.0 Ok\r\n") == 50


def test_a_blind_dot_after_a_refused_data_makes_no_message(talk: Talk, mailbox: Path) -> None:
    talk.say(b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<>\r\nDATA\r\n.\r\nQUIT\r\n")
    assert codes(talk.rest()) == ["250", "250", "501", "554", "554", "221"]
    assert messages(mailbox) == []


def test_a_client_that_closes_its_half_gets_all_replies(talk: Talk, mailbox: Path) -> None:
    talk.say(WHOLE)
    talk.half_close()
    assert codes(talk.rest()) == ["250", "250", "250", "250", "354", "250"]
    assert len(messages(mailbox)) == 1


def test_a_message_whose_dot_never_comes_is_aborted(talk: Talk, mailbox: Path) -> None:
    talk.say(WHOLE.removesuffix(b".\r\n") + b"more")
    talk.half_close()
    talk.rest()
    ended_session(mailbox)
    assert [one.outcome for one in transactions(mailbox)] == ["aborted"]
    assert messages(mailbox) == []
    assert list((mailbox / "messages").iterdir()) == []


@pytest.mark.parametrize(
    ("command", "count"),
    [(b"NOOP\r\n", 30_000), (b"NOOP 123\r\n", 40_000), (b"NOOP " + b"x" * 300 + b"\r\n", 4_000)],
    ids=["short", "longer", "long"],
)
def test_a_client_that_reads_no_replies_for_long_is_still_served(
    talk: Talk, command: bytes, count: int
) -> None:
    sent = command * count
    talk.socket.setblocking(False)
    position = 0
    heard = b""
    expected = len(b"250 2.0.0 Ok\r\n") * count
    while position < len(sent) or len(heard) < expected:
        if position < len(sent):
            try:
                position += talk.socket.send(sent[position : position + 65536])
                continue
            except BlockingIOError:
                pass
        talk.socket.settimeout(20)
        heard += talk.socket.recv(1 << 20)
        talk.socket.setblocking(False)
    assert heard == b"250 2.0.0 Ok\r\n" * count
