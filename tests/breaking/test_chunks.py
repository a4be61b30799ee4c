"""Rules at data, body and eom break messages that come in chunks as they break others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Fault
from tests.reading import close_of, ended_session, eventually, messages, only_transaction, sessions
from tests.talk import Talk

Start = Callable[..., Catcher]

HEADER = b"Subject: x\r\n\r\n"


@pytest.fixture
def start(mailbox: Path) -> Iterator[Start]:
    """Start a catcher with rules of the test's own."""
    with ExitStack() as running:

        def start_with(faults: str) -> Catcher:
            catcher = Catcher(port=0, mailbox=mailbox, faults=faults)
            return running.enter_context(catcher.in_thread())

        yield start_with


def chunk(octets: bytes, *, last: bool = False) -> bytes:
    return b"BDAT %d%s\r\n" % (len(octets), b" LAST" if last else b"") + octets


def said(talk: Talk, octets: bytes) -> bytes:
    talk.say(octets)
    return talk.hear()


def fired_at(mailbox: Path) -> list[str]:
    return [event.stage for event in sessions(mailbox)[0] if isinstance(event, Fault)]


@pytest.mark.parametrize("last", [False, True], ids=["first", "only"])
def test_a_rule_at_data_refuses_the_first_chunk_and_with_it_the_message(
    start: Start, mailbox: Path, last: bool
) -> None:
    with Talk(start("data-451-x1")) as talk:
        talk.open_transaction()
        assert said(talk, chunk(b"QUIT\r\n", last=last)).startswith(b"451 ")
        if not last:
            refused = said(talk, chunk(b"QUIT\r\n", last=True))
            assert refused == b"503 5.5.1 The message has failed already: send RSET\r\n"
        transaction = only_transaction(mailbox)
        assert (transaction.outcome, transaction.answer[:3]) == ("refused", "451")
        assert (transaction.octets, transaction.chunks) == (0, 0)
        talk.open_transaction()
        assert said(talk, chunk(HEADER, last=True)).startswith(b"250 ")
    assert messages(mailbox) == [HEADER]


def test_a_rule_at_data_is_asked_once_a_message(start: Start, mailbox: Path) -> None:
    with Talk(start('[[faults.rule]]\nid = "slow"\nat = "data"\ndelay = "1ms"\n')) as talk:
        talk.open_transaction()
        assert said(talk, chunk(HEADER)).startswith(b"250 ")
        assert said(talk, chunk(b"x")).startswith(b"250 ")
        assert said(talk, chunk(b"", last=True)).startswith(b"250 ")
        talk.open_transaction()
        assert said(talk, chunk(HEADER, last=True)).startswith(b"250 ")
    eventually(lambda: len(fired_at(mailbox)) == 2)
    assert messages(mailbox) == [HEADER + b"x", HEADER]


@pytest.mark.parametrize("last", [False, True], ids=["first", "only"])
@pytest.mark.parametrize("when", ["before", "after", "mid-reply"])
def test_a_session_that_ends_at_data_keeps_nothing(
    start: Start, mailbox: Path, when: str, last: bool
) -> None:
    rule = f'[[faults.rule]]\nid = "gone"\nat = "data"\ndisconnect = "fin"\nwhen = "{when}"\n'
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        talk.say(chunk(HEADER, last=last))
        whole = b"250 2.0.0 Ok: 14 octets\r\n"
        parts = {"before": b"", "after": whole, "mid-reply": whole[:13]}
        assert talk.rest() == (b"" if last else parts[when])
    assert close_of(ended_session(mailbox)).how == "fault"
    assert messages(mailbox) == []


@pytest.mark.parametrize("octets", [0, 1, 99, 100, 101, 70_000, 200_000])
def test_a_body_is_cut_off_after_exactly_so_many_octets_of_all_chunks(
    start: Start, mailbox: Path, octets: int
) -> None:
    rule = f'[[faults.rule]]\nid = "cut"\nat = "body"\ndisconnect = "rst"\nafter_bytes = {octets}\n'
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        talk.say(chunk(b"x" * 100) + chunk(b"y" * 99_900) + chunk(b"z" * 100_000, last=True))
        ended_session(mailbox)
    assert only_transaction(mailbox).octets == octets
    assert messages(mailbox) == []


def test_a_body_shorter_than_a_rule_wants_is_let_through(start: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nid = "cut"\nat = "body"\ndisconnect = "rst"\nafter_bytes = 15\n'
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        assert said(talk, chunk(HEADER)).startswith(b"250 ")
        assert talk.ask(b"BDAT 0 LAST").startswith(b"250 ")
    assert messages(mailbox) == [HEADER]


def test_a_reply_in_the_middle_of_a_chunk_is_the_only_one_to_it(
    start: Start, mailbox: Path
) -> None:
    rule = '[[faults.rule]]\nid = "big"\nat = "body"\nreply = "552 5.3.4 Big"\nafter_bytes = 50\n'
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        assert said(talk, chunk(b"x" * 40)).startswith(b"250 ")
        talk.say(b"BDAT 40\r\n" + b"y" * 11)
        assert talk.hear() == b"552 5.3.4 Big\r\n"
        talk.say(b"y" * 29 + chunk(b"QUIT\r\n", last=True) + b"NOOP\r\n")
        assert talk.hear().startswith(b"503 5.5.1 The message has failed")
        assert talk.hear() == b"250 2.0.0 Ok\r\n"
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer) == ("refused", "552 5.3.4 Big")
    assert messages(mailbox) == []


def test_a_slow_reader_takes_chunks_whole(start: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nid = "slow"\nat = "body"\nbandwidth = "10kB/s"\n'
    content = HEADER + b"0123456789\r\n" * 50
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        talk.say(chunk(content[:300]) + chunk(content[300:], last=True))
        assert talk.hear().startswith(b"250 ")
        assert talk.hear().startswith(b"250 2.0.0 Ok: queued as ")
    assert messages(mailbox) == [content]


def test_a_rule_at_eom_decides_at_the_last_chunk(start: Start, mailbox: Path) -> None:
    with Talk(start("eom-451-x1")) as talk:
        for expected in (b"451 ", b"250 "):
            talk.open_transaction()
            assert said(talk, chunk(HEADER)).startswith(b"250 ")
            assert said(talk, chunk(b"x", last=True)).startswith(expected)
    assert fired_at(mailbox) == ["eom"]
    # The refused one is kept too, to be read.
    assert messages(mailbox) == [HEADER + b"x"] * 2


def test_a_rule_at_eom_sees_what_stands_in_the_chunks(start: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nid = "spam"\nat = "eom"\nreply = "554 5.7.1 Spam"\n'
    rule += 'match.subject = "buy now"\n'
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        talk.say(chunk(b"Subject: bu") + chunk(b"y now\r\n\r\n", last=True))
        assert [talk.hear()[:4] for _ in range(2)] == [b"250 ", b"554 "]
        talk.open_transaction()
        assert said(talk, chunk(HEADER, last=True)).startswith(b"250 ")


@pytest.mark.parametrize(
    ("effect", "kept"),
    [('lost = "rst"', 1), ('disconnect = "rst"\nstore = true', 1), ('disconnect = "rst"', 0)],
)
def test_the_reply_to_the_last_chunk_can_be_lost(
    start: Start, mailbox: Path, effect: str, kept: int
) -> None:
    rule = f'[[faults.rule]]\nid = "lost"\nat = "eom"\n{effect}\n'
    with Talk(start(rule)) as talk:
        talk.open_transaction()
        talk.say(chunk(HEADER, last=True))
        assert talk.is_reset()
    ended_session(mailbox)
    transaction = only_transaction(mailbox)
    assert transaction.outcome == ("stored" if kept else "refused")
    assert messages(mailbox) == [HEADER]


def test_a_rule_can_hide_chunking(start: Start, mailbox: Path) -> None:
    rule = '[[faults.rule]]\nid = "old"\nat = "ehlo"\ncapabilities = { hide = ["CHUNKING"] }\n'
    with Talk(start(rule)) as talk:
        assert b"CHUNKING" not in talk.ask(b"EHLO x")
        assert talk.ask(b"MAIL FROM:<a@b>").startswith(b"250")
        assert talk.ask(b"RCPT TO:<c@d>").startswith(b"250")
        assert said(talk, chunk(b"QUIT\r\n", last=True)).startswith(b"502 ")
        assert talk.ask(b"DATA").startswith(b"354 ")
