"""The first seam: what a policy can do at each stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch import Catcher, Ending, Facts, Firing, Limits, Reply, Stage, Verdict, When
from mailcatch.mailbox.events import Fault
from tests.reading import (
    close_of,
    ended_session,
    eventually,
    messages,
    only_transaction,
    session_notes,
    transactions,
)
from tests.smtp.deciding import At
from tests.talk import Talk

BUSY = Reply(451, "4.3.0", "Try later")
FULL = Reply(552, "5.2.2", "Mailbox full")
Start = Callable[..., Catcher]


def test_a_policy_is_asked_at_each_stage_in_order(start: Start) -> None:
    policy = At(Stage.CONNECT, Verdict())
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"AUTH PLAIN AGEAYg==")
        talk.ask(b"NOOP")
        talk.ask(b"VRFY x")
        talk.send(b"Subject: x\r\n")
        talk.ask(b"RSET")
        talk.ask(b"QUIT")
    order = [
        "connect",
        "ehlo",
        "auth",
        "noop",
        "vrfy",
        "ehlo",
        "mail",
        "rcpt",
        "data",
        "body",
        "eom",
        "rset",
        "quit",
    ]
    assert [stage for stage in policy.asked if stage is not Stage.IDLE] == order
    assert policy.content == b"Subject: x\r\n"


@pytest.mark.parametrize(
    ("stage", "lines", "outcome"),
    [
        (Stage.EHLO, [b"EHLO x"], None),
        (Stage.AUTH, [b"EHLO x", b"AUTH PLAIN AGEAYg=="], None),
        (Stage.STARTTLS, [b"EHLO x", b"STARTTLS"], None),
        (Stage.NOOP, [b"NOOP"], None),
        (Stage.VRFY, [b"VRFY x"], None),
        (Stage.RSET, [b"RSET"], None),
        (Stage.QUIT, [b"QUIT"], None),
        (Stage.MAIL, [b"EHLO x", b"MAIL FROM:<a@b>"], "refused"),
        (Stage.RCPT, [b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>"], "refused"),
        (Stage.DATA, [b"EHLO x", b"MAIL FROM:<a@b>", b"RCPT TO:<c@d>", b"DATA"], "refused"),
    ],
)
def test_a_reply_takes_the_place_of_the_usual_one(
    start: Start, mailbox: Path, stage: Stage, lines: list[bytes], outcome: str | None
) -> None:
    policy = At(stage, Verdict(reply=BUSY, firings=(Firing("busy"),)))
    with Talk(start(policy=policy)) as talk:
        for line in lines[:-1]:
            assert talk.ask(line)[:1] in {b"2", b"3"}
        assert talk.ask(lines[-1]) == b"451 4.3.0 Try later\r\n"
        if stage is not Stage.QUIT:
            talk.ask(b"QUIT")
    events = ended_session(mailbox)
    (fault,) = [event for event in events if isinstance(event, Fault)]
    assert (fault.stage, fault.rule, fault.effect) == (stage, "busy", "reply 451")
    assert [one.outcome for one in transactions(mailbox)] == ([outcome] if outcome else [])


def test_a_greeting_can_be_refused(start: Start) -> None:
    policy = At(Stage.CONNECT, Verdict(reply=Reply(554, "", "No service"), ending=Ending.FIN))
    with Talk(start(policy=policy)) as talk:
        assert talk.greeting == b"554 No service\r\n"
        assert talk.rest() == b""


def test_a_refused_recipient_is_not_in_the_envelope(start: Start, mailbox: Path) -> None:
    policy = At(Stage.RCPT, Verdict(reply=FULL))
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"MAIL FROM:<a@b>")
        assert talk.ask(b"RCPT TO:<full@d>").startswith(b"552")
        assert talk.ask(b"RCPT TO:<c@d>").startswith(b"250")
        talk.ask(b"DATA")
        talk.ask(b".")
    recipients = only_transaction(mailbox).recipients
    assert [(one.address, one.accepted, one.reply) for one in recipients] == [
        ("full@d", False, "552 5.2.2 Mailbox full"),
        ("c@d", True, "250 2.1.5 Ok"),
    ]


def test_a_refused_message_is_kept_to_be_read_and_counts_as_refused(
    start: Start, mailbox: Path
) -> None:
    catcher = start(policy=At(Stage.EOM, Verdict(reply=BUSY)))
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: x\r\n") == b"451 4.3.0 Try later\r\n"
        assert messages(mailbox) == [b"Subject: x\r\n"]
        assert (catcher.counters.messages, catcher.counters.refused) == (0, 1)
        assert talk.send(b"Subject: y\r\n").startswith(b"250")
    ended_session(mailbox)
    files = sorted(path.name for path in (mailbox / "messages").glob("*.eml"))
    assert [(one.outcome, one.answer[:3], one.file) for one in transactions(mailbox)] == [
        ("refused", "451", files[0]),
        ("stored", "250", files[1]),
    ]


@pytest.mark.parametrize(
    ("verdict", "code", "kept", "outcome"),
    [
        (Verdict(reply=BUSY, store=True), b"451", 1, "stored"),
        (Verdict(store=False), b"250", 0, "dropped"),
        (Verdict(reply=BUSY, store=False), b"451", 0, "refused"),
    ],
)
def test_storing_does_not_depend_on_the_reply(
    start: Start, mailbox: Path, verdict: Verdict, code: bytes, kept: int, outcome: str
) -> None:
    catcher = start(policy=At(Stage.EOM, verdict))
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(code)
    assert len(messages(mailbox)) == kept
    assert catcher.counters.messages == kept
    assert only_transaction(mailbox).outcome == outcome


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.RST, Ending.HALF])
def test_the_reply_to_a_stored_message_can_be_lost(
    start: Start, mailbox: Path, ending: Ending
) -> None:
    policy = At(Stage.EOM, Verdict(ending=ending, when=When.BEFORE, firings=(Firing("lost"),)))
    with Talk(start(policy=policy)) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        if ending is Ending.RST:
            assert talk.is_reset()
        else:
            assert talk.rest() == b""
            talk.half_close()
    transaction = only_transaction(mailbox)
    assert (transaction.outcome, transaction.answer) == ("stored", "")
    assert messages(mailbox) == [b"Subject: x\r\n"]
    assert close_of(ended_session(mailbox)).how == "fault"


def test_a_session_can_hang_until_the_client_leaves(start: Start, mailbox: Path) -> None:
    catcher = start(policy=At(Stage.MAIL, Verdict(ending=Ending.HANG, when=When.BEFORE)))
    with Talk(catcher) as hung, Talk(catcher) as other:
        hung.ask(b"EHLO x")
        hung.say(b"MAIL FROM:<a@b>\r\n" + b"NOOP\r\n" * 100_000)
        assert other.send(b"Subject: x\r\n").startswith(b"250")
        hung.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            hung.socket.recv(1)
    ended_session(mailbox, 0)


def test_a_session_can_end_after_a_reply(start: Start) -> None:
    policy = At(Stage.RCPT, Verdict(reply=Reply(421, "4.3.2", "Bye"), ending=Ending.FIN))
    with Talk(start(policy=policy)) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"MAIL FROM:<a@b>")
        assert talk.ask(b"RCPT TO:<c@d>") == b"421 4.3.2 Bye\r\n"
        assert talk.rest() == b""


def test_a_delay_holds_one_session_and_no_idle_time_runs(start: Start, mailbox: Path) -> None:
    catcher = start(policy=At(Stage.MAIL, Verdict(delay=2.0)), limits=Limits(idle=0.3))
    with Talk(catcher) as slow, Talk(catcher) as quick:
        slow.ask(b"EHLO x")
        slow.say(b"MAIL FROM:<a@b>\r\n")
        for _ in range(20):
            assert quick.ask(b"NOOP").startswith(b"250")
        slow.socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            slow.socket.recv(1)
        slow.socket.settimeout(20)
        assert slow.hear() == b"250 2.1.0 Ok\r\n"


def test_a_client_that_leaves_during_a_delay_is_recorded(start: Start, mailbox: Path) -> None:
    catcher = start(policy=At(Stage.EOM, Verdict(delay=1.5)))
    with Talk(catcher) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"Subject: x\r\n.\r\n")
        # Stored before the delay, so a client that gives up has sent it all the same.
        eventually(lambda: messages(mailbox))
    assert session_notes(mailbox) == ["client-gave-up", "no-quit"]
    assert only_transaction(mailbox).outcome == "stored"


def test_a_body_can_be_cut_off_after_some_octets(start: Start, mailbox: Path) -> None:
    verdict = Verdict(ending=Ending.RST, when=When.BEFORE, octets=100_000)
    with Talk(start(policy=At(Stage.BODY, verdict))) as talk:
        talk.open_transaction()
        talk.ask(b"DATA")
        talk.say(b"x" * 99_000)
        talk.say(b"x" * 2_000)
        assert talk.is_reset()
    transaction = only_transaction(mailbox)
    assert transaction.outcome == "aborted"
    assert transaction.octets >= 100_000
    assert messages(mailbox) == []


class Broken:
    def decide(self, _stage: Stage, _facts: Facts, /) -> Verdict | None:
        raise RuntimeError("no idea")


def test_a_policy_that_fails_lets_everything_pass(
    start: Start, mailbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Talk(start(policy=Broken())) as talk:
        assert talk.send(b"Subject: x\r\n").startswith(b"250")
    assert messages(mailbox) == [b"Subject: x\r\n"]
    assert "the policy failed at eom" in caplog.text


def test_an_idle_session_can_be_told_unasked(start: Start) -> None:
    policy = At(Stage.IDLE, Verdict(reply=Reply(421, "4.4.2", "Idle"), ending=Ending.FIN))
    with Talk(start(policy=policy)) as talk:
        assert talk.hear() == b"421 4.4.2 Idle\r\n"
        assert talk.rest() == b""
