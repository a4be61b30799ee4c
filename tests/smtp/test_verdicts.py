"""What a policy can have said and done: every form of a reply, every end, octet by octet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from mailcatch import Catcher, Ending, Firing, Limits, Reply, Stage, Verdict, When
from mailcatch.mailbox.events import Fault, Server, SessionNote
from tests.reading import close_of, ended_session, eventually, messages, only_transaction
from tests.smtp.deciding import At
from tests.talk import Talk, is_silent

BUSY = Reply(451, "4.3.0", "Try later")
Start = Callable[..., Catcher]


def heard(talk: Talk, octets: int) -> bytes:
    """Return so many octets."""
    got = b""
    while len(got) < octets:
        got += talk.socket.recv(octets - len(got))
    return got


def send_and_wait(catcher: Catcher) -> Talk:
    """Send a message and return when it is stored, but not answered."""
    talk = Talk(catcher)
    talk.open_transaction()
    talk.ask(b"DATA")
    talk.say(b"Subject: x\r\n.\r\n")
    eventually(lambda: messages(catcher.mailbox))
    return talk


@pytest.mark.parametrize(
    ("verdict", "sent"),
    [
        (Verdict(reply=Reply(250, "2.1.0", "One", "Two")), b"250-2.1.0 One\r\n250 2.1.0 Two\r\n"),
        (Verdict(reply=Reply.verbatim("250-a", "550 b")), b"250-a\r\n550 b\r\n"),
        (Verdict(reply=Reply.verbatim("250")), b"250\r\n"),
        (Verdict(reply=BUSY, crlf=False), b"451 4.3.0 Try later"),
        (Verdict(reply=BUSY, truncate=5), b"451 4"),
        (Verdict(truncate=1), b"2"),
        (Verdict(reply=BUSY, repeat=2), b"451 4.3.0 Try later\r\n451 4.3.0 Try later\r\n"),
        (Verdict(raw=b"\x00\xff\r\nHTTP"), b"\x00\xff\r\nHTTP"),
        (Verdict(dribble=0.001), b"250 2.0.0 Ok\r\n"),
        (Verdict(reading=0.01), b"250 2.0.0 Ok\r\n"),
    ],
)
def test_a_reply_can_have_any_form(start: Start, verdict: Verdict, sent: bytes) -> None:
    with Talk(start(policy=At(Stage.NOOP, verdict))) as talk:
        talk.say(b"NOOP\r\n")
        assert heard(talk, len(sent)) == sent
        assert talk.ask(b"RSET") == b"250 2.0.0 Ok\r\n"


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.RST, Ending.HALF, Ending.HANG])
@pytest.mark.parametrize(
    ("when", "sent"),
    [
        (When.BEFORE, b""),
        (When.MIDDLE, b"451 4.3.0 T"),
        (When.AFTER, b"451 4.3.0 Try later\r\n"),
    ],
)
def test_a_session_ends_before_in_the_middle_of_or_after_the_reply(
    start: Start, mailbox: Path, ending: Ending, when: When, sent: bytes
) -> None:
    policy = At(Stage.NOOP, Verdict(reply=BUSY, ending=ending, when=when))
    with Talk(start(policy=policy)) as talk:
        talk.say(b"NOOP\r\n")
        assert heard(talk, len(sent)) == sent
        if ending is Ending.RST:
            assert talk.is_reset()
        elif ending is Ending.HANG:
            assert is_silent(talk)
        else:
            assert talk.rest() == b""
    close = close_of(ended_session(mailbox))
    assert (close.by, close.how) == ("server", "fault")
    assert close.reason == f"the policy ended the session at noop ({ending})"


@pytest.mark.parametrize("when", When)
def test_a_hang_can_have_an_end(start: Start, when: When) -> None:
    verdict = Verdict(ending=Ending.HANG, hang=0.05, when=when)
    with Talk(start(policy=At(Stage.NOOP, verdict))) as talk:
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"
        assert talk.ask(b"NOOP") == b"250 2.0.0 Ok\r\n"


@pytest.mark.parametrize(("stays", "rest"), [(False, b""), (True, b"250 2.0.0 Ok\r\n")])
def test_a_421_ends_the_session_unless_told_otherwise(
    start: Start, stays: bool, rest: bytes
) -> None:
    verdict = Verdict(reply=Reply(421, "4.3.2", "Bye"), stays=stays)
    with Talk(start(policy=At(Stage.RSET, verdict))) as talk:
        assert talk.ask(b"RSET") == b"421 4.3.2 Bye\r\n"
        talk.say(b"NOOP\r\n")
        assert talk.hear() == rest


def test_replies_to_pipelined_commands_before_a_delay_are_not_held_back(start: Start) -> None:
    catcher = start(policy=At(Stage.RSET, Verdict(delay=60.0)))
    with Talk(catcher) as talk:
        talk.say(b"NOOP\r\nRSET\r\nVRFY x\r\n")
        assert talk.hear() == b"250 2.0.0 Ok\r\n"
        assert is_silent(talk)


def test_pipelined_commands_behind_a_fault_are_obeyed_in_order(start: Start, mailbox: Path) -> None:
    policy = At(Stage.RCPT, Verdict(reply=BUSY, delay=0.05, dribble=0.001))
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO x")
        talk.say(b"MAIL FROM:<a@b>\r\nRCPT TO:<no@d>\r\nRCPT TO:<yes@d>\r\nDATA\r\n")
        assert [talk.hear()[:3] for _ in range(4)] == [b"250", b"451", b"250", b"354"]
        assert talk.ask(b"Hello\r\n.")[:3] == b"250"
    assert [one.address for one in only_transaction(mailbox).recipients if one.accepted] == [
        "yes@d"
    ]


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.HALF])
def test_pipelined_commands_behind_an_end_are_not_obeyed(
    start: Start, mailbox: Path, ending: Ending
) -> None:
    policy = At(Stage.MAIL, Verdict(reply=BUSY, ending=ending))
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO x")
        talk.say(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
        assert talk.rest() == b"451 4.3.0 Try later\r\n"
    assert only_transaction(mailbox).recipients == ()


def test_extensions_can_be_hidden_added_and_told_otherwise(start: Start) -> None:
    hidden = frozenset({"PIPELINING", "AUTH", "ENHANCEDSTATUSCODES", "XCLIENT", "XFORWARD"})
    verdict = Verdict(hide=hidden, add=("XYZ 1",), size=99)
    with Talk(start(policy=At(Stage.EHLO, verdict))) as talk:
        assert talk.ask(b"AUTH PLAIN AGEAYg==").startswith(b"503")
        assert talk.ask(b"EHLO x") == (
            b"250-localhost\r\n250-SIZE 99\r\n250-8BITMIME\r\n250-BINARYMIME\r\n250-CHUNKING\r\n"
            b"250-SMTPUTF8\r\n250-DSN\r\n250-ETRN\r\n250-LIMITS RCPTMAX=1000\r\n250-HELP\r\n"
            b"250 XYZ 1\r\n"
        )
        assert talk.ask(b"AUTH PLAIN AGEAYg==") == b"502 Command not implemented\r\n"
        assert talk.ask(b"NOOP") == b"250 Ok\r\n"
        assert b"PIPELINING" in talk.ask(b"EHLO x")
        assert talk.ask(b"AUTH PLAIN AGEAYg==") == b"235 2.7.0 Authentication successful\r\n"


def test_a_message_that_was_answered_early_is_read_to_its_end_and_gets_no_second_answer(
    start: Start, mailbox: Path
) -> None:
    policy = At(Stage.BODY, Verdict(reply=Reply(552, "5.3.4", "Too big"), octets=10))
    with Talk(start(policy=policy)) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"x" * 20)
        assert talk.hear() == b"552 5.3.4 Too big\r\n"
        talk.say(b"x" * 20 + b"\r\n.\r\nNOOP\r\n")
        assert talk.hear() == b"250 2.0.0 Ok\r\n"
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer) == ("refused", "552 5.3.4 Too big")
    assert messages(mailbox) == []


@pytest.mark.parametrize("octets", [0, 1, 1000, 70_000])
def test_a_body_is_cut_off_after_exactly_so_many_octets(
    start: Start, mailbox: Path, octets: int
) -> None:
    verdict = Verdict(ending=Ending.FIN, when=When.BEFORE, octets=octets)
    with Talk(start(policy=At(Stage.BODY, verdict))) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"x" * 100_000)
        assert talk.rest() == b""
    assert only_transaction(mailbox).octets == octets


def test_a_slow_reader_takes_a_message_whole(start: Start, mailbox: Path) -> None:
    content = b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 20
    policy = At(Stage.BODY, Verdict(bandwidth=2000))
    began = monotonic()
    with Talk(start(policy=policy, limits=Limits(data=0.05, idle=0.05))) as talk:
        assert talk.send(content).startswith(b"250")
    assert monotonic() - began > len(content) / 2000
    assert messages(mailbox) == [content]


def test_what_the_rules_did_is_in_the_transcript_an_event_a_rule(
    start: Start, mailbox: Path
) -> None:
    firings = (
        Firing("slow", "delay 0.01 s", 3, 42),
        Firing("refuse", ordinal=1),
        Firing("later", "reply 550", dry=True),
    )
    policy = At(Stage.NOOP, Verdict(reply=BUSY, delay=0.01, firings=firings))
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"NOOP")
        talk.ask(b"QUIT")
    events = ended_session(mailbox)
    faults = [event for event in events if isinstance(event, Fault)]
    assert [(one.rule, one.effect, one.ordinal, one.seed, one.dry) for one in faults] == [
        ("slow", "delay 0.01 s", 3, 42, False),
        ("refuse", "delay 0.01 s, reply 451", 1, 0, False),
        ("later", "reply 550", 0, 0, True),
    ]


def test_a_reply_is_in_the_transcript_as_far_as_it_was_sent(start: Start, mailbox: Path) -> None:
    policy = At(Stage.EOM, Verdict(truncate=7, ending=Ending.FIN))
    with Talk(start(policy=policy)) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        assert talk.rest() == b"250 2.0"
    said = [event.text for event in ended_session(mailbox) if isinstance(event, Server)]
    assert said[-1] == "250 2.0"
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer) == ("stored", "250 2.0")


def test_garbage_takes_no_effect_and_is_no_answer(start: Start, mailbox: Path) -> None:
    policy = At(Stage.EOM, Verdict(raw=b"\x15\x03\x01\x00\x02"))
    with Talk(start(policy=policy)) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        assert heard(talk, 5) == b"\x15\x03\x01\x00\x02"
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer) == ("refused", "")
    assert transaction.file


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(ending=Ending.HANG, when=When.BEFORE),
        Verdict(delay=0.3),
        Verdict(dribble=0.3),
    ],
    ids=["hang", "delay", "dribble"],
)
def test_a_client_that_gives_up_is_recorded_with_the_time_it_waited(
    start: Start, mailbox: Path, verdict: Verdict
) -> None:
    with Talk(start(policy=At(Stage.NOOP, verdict))) as talk:
        talk.ask(b"RSET")
        talk.say(b"NOOP\r\n")
        eventually(lambda: list((mailbox / "sessions").glob("*.jsonl")))
    events = ended_session(mailbox)
    notes = [event for event in events if isinstance(event, SessionNote)]
    assert notes[0].name == "client-gave-up"
    assert notes[0].detail.startswith("after 0.")


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(delay=600.0),
        Verdict(reading=600.0),
        Verdict(dribble=600.0),
        Verdict(ending=Ending.HANG, when=When.BEFORE),
        Verdict(ending=Ending.HANG, hang=600.0, when=When.MIDDLE),
        Verdict(ending=Ending.HALF),
    ],
    ids=["delay", "reading", "dribble", "hang", "bounded hang", "half"],
)
async def test_a_server_that_stops_waits_for_no_fault(mailbox: Path, verdict: Verdict) -> None:
    catcher = Catcher(port=0, mailbox=mailbox, policy=At(Stage.EOM, verdict))
    await catcher.start()
    with await asyncio.to_thread(send_and_wait, catcher):
        async with asyncio.timeout(30):
            await catcher.stop(60.0)
    assert only_transaction(mailbox).outcome == "stored"


async def test_a_stop_in_a_delay_lets_the_client_know_that_its_message_is_stored(
    mailbox: Path,
) -> None:
    catcher = Catcher(port=0, mailbox=mailbox, policy=At(Stage.EOM, Verdict(delay=600.0)))
    await catcher.start()
    with await asyncio.to_thread(send_and_wait, catcher) as talk:
        await catcher.stop(60.0)
        assert talk.hear().startswith(b"250 2.0.0 Ok: queued as")
        assert talk.hear().startswith(b"421")


def test_a_policy_hears_of_the_end_of_a_session(start: Start, mailbox: Path) -> None:
    policy = At(Stage.NOOP, Verdict())
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"NOOP")
    ended_session(mailbox)
    assert policy.ended == [1]
