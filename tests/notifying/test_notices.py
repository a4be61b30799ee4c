"""Who is told what became of a message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailcatch.notifying.notices import Action, Notice, notices_of
from mailcatch.smtp.bounce import Bounce
from mailcatch.smtp.path import Path
from mailcatch.smtp.reply import Reply
from mailcatch.smtp.transaction import Outcome, Recipient, Transaction

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GONE = Bounce(Reply(550, "5.1.1", "No such user"), rule="gone")
LATE = Bounce(Reply(451, "4.4.1", "No answer"), delay=5.0, delayed=True, rule="late")


def recipient(
    address: str, *parameters: str, accepted: bool = True, bounce: Bounce | None = None
) -> Recipient:
    reply = "250 2.1.5 Ok" if accepted else "550 5.1.1 No"
    return Recipient(Path(address), parameters, reply, accepted, bounce)


def transaction(
    *recipients: Recipient, sender: str = "app@example.org", parameters: tuple[str, ...] = ()
) -> Transaction:
    made = Transaction("MAIL", Path(sender), parameters)
    for one in recipients:
        made.add(one)
    return made


def told(
    done: Transaction, outcome: Outcome = Outcome.STORED, *, successes: bool = True
) -> list[Notice]:
    return notices_of(done, outcome, "x.eml", NOW, successes=successes)


def test_who_asks_to_hear_of_success_does() -> None:
    asks, does_not = recipient("bob@x.test", "NOTIFY=SUCCESS"), recipient("ann@x.test")
    (notice,) = told(transaction(asks, does_not))
    assert (notice.action, notice.to) == (Action.DELIVERED, "app@example.org")
    assert [(one.address, one.status) for one in notice.recipients] == [("bob@x.test", "2.0.0")]
    assert notice.why == "NOTIFY=SUCCESS"


def test_success_is_told_of_only_where_that_is_wanted_of_the_server() -> None:
    assert told(transaction(recipient("b@x.test", "NOTIFY=SUCCESS")), successes=False) == []


def test_one_notice_tells_of_all_recipients() -> None:
    both = (recipient("b@x.test", "NOTIFY=SUCCESS"), recipient("c@x.test", "NOTIFY=SUCCESS"))
    (notice,) = told(transaction(*both))
    assert [one.address for one in notice.recipients] == ["b@x.test", "c@x.test"]


def test_nobody_is_told_of_a_recipient_that_was_refused() -> None:
    refused = recipient("b@x.test", "NOTIFY=SUCCESS,FAILURE", accepted=False)
    assert told(transaction(refused, recipient("c@x.test"))) == []


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.RESET, Outcome.ABORTED])
def test_nobody_is_told_of_a_message_that_was_not_taken(outcome: Outcome) -> None:
    done = transaction(recipient("b@x.test", "NOTIFY=SUCCESS,FAILURE", bounce=GONE))
    assert told(done, outcome) == []


def test_what_was_taken_and_not_kept_bounces_but_was_not_delivered() -> None:
    done = transaction(recipient("b@x.test", "NOTIFY=SUCCESS"), recipient("c@x.test", bounce=GONE))
    (notice,) = told(done, Outcome.DROPPED)
    assert (notice.action, notice.recipients[0].address) == (Action.FAILED, "c@x.test")


def test_the_null_sender_is_told_nothing() -> None:
    assert told(transaction(recipient("b@x.test", "NOTIFY=SUCCESS", bounce=GONE), sender="")) == []


def test_a_bounce_is_told_with_status_and_diagnostic() -> None:
    (notice,) = told(transaction(recipient("b@x.test", bounce=GONE)), successes=False)
    (one,) = notice.recipients
    assert (notice.action, notice.why) == (Action.FAILED, "rule gone")
    assert (one.status, one.diagnostic) == ("5.1.1", ("550 5.1.1 No such user",))


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply.verbatim("550 5.2.2 full"), "5.2.2"),
        (Reply.verbatim("550 full"), "5.0.0"),
        (Reply.verbatim("450 wait"), "4.0.0"),
        (Reply.verbatim("550-5.1.1 first", "550 5.1.1 last"), "5.1.1"),
        (Reply.verbatim("550 5.1.1"), "5.1.1"),
        (Reply.verbatim("550 5.1.1.1 odd"), "5.0.0"),
    ],
)
def test_the_status_is_that_of_the_reply(reply: Reply, status: str) -> None:
    (notice,) = told(transaction(recipient("b@x.test", bounce=Bounce(reply))))
    assert notice.recipients[0].status == status


@pytest.mark.parametrize(
    ("notify", "failed", "delayed"),
    [
        ((), True, True),
        (("NOTIFY=NEVER",), False, False),
        (("NOTIFY=SUCCESS",), False, False),
        (("NOTIFY=FAILURE",), True, False),
        (("NOTIFY=DELAY",), False, True),
    ],
)
def test_a_bounce_heeds_what_rcpt_asked_for(
    notify: tuple[str, ...], *, failed: bool, delayed: bool
) -> None:
    for bounce, wanted in ((GONE, failed), (LATE, delayed)):
        notices = told(transaction(recipient("b@x.test", *notify, bounce=bounce)), successes=False)
        assert bool(notices) is wanted


def test_what_bounces_was_not_delivered() -> None:
    (notice,) = told(transaction(recipient("b@x.test", "NOTIFY=SUCCESS,FAILURE", bounce=GONE)))
    assert notice.action is Action.FAILED


def test_what_is_late_is_delivered_after_all() -> None:
    late = recipient("b@x.test", "NOTIFY=SUCCESS,DELAY", bounce=LATE)
    assert [(one.action, one.delay) for one in told(transaction(late))] == [
        (Action.DELAYED, 5.0),
        (Action.DELIVERED, 5.0),
    ]


def test_a_message_bounces_for_all_of_its_recipients() -> None:
    done = transaction(recipient("b@x.test"), recipient("c@x.test", bounce=LATE))
    done.bounce = GONE
    found = {one.action: [who.address for who in one.recipients] for one in told(done)}
    assert found == {Action.FAILED: ["b@x.test"], Action.DELAYED: ["c@x.test"]}


def test_bounces_that_come_at_different_times_are_notices_of_their_own() -> None:
    later = Bounce(GONE.reply, delay=60.0)
    done = transaction(recipient("b@x.test", bounce=GONE), recipient("c@x.test", bounce=later))
    assert [one.delay for one in told(done)] == [0.0, 60.0]


@pytest.mark.parametrize(
    ("parameters", "bounce", "whole"),
    [
        (("RET=FULL",), GONE, True),
        (("RET=HDRS",), GONE, False),
        ((), GONE, False),
        # What is no failure comes back as a header in any case.
        (("RET=FULL",), None, False),
        (("RET=FULL",), LATE, False),
    ],
)
def test_a_message_comes_back_whole_where_it_failed_and_that_is_asked(
    parameters: tuple[str, ...], bounce: Bounce | None, *, whole: bool
) -> None:
    asks = recipient("b@x.test", "NOTIFY=SUCCESS,FAILURE,DELAY", bounce=bounce)
    assert told(transaction(asks, parameters=parameters))[0].whole is whole


@pytest.mark.parametrize(
    ("head", "header"),
    [
        (b"From: a@b\r\nSubject: x\r\n\r\nbody\r\n\r\nmore", b"From: a@b\r\nSubject: x"),
        (b"From: a@b\n\nbody", b"From: a@b"),
        (b"From: a@b\r\n", b"From: a@b\r\n"),
        (b"\r\nbody", b""),
        (b"", b""),
    ],
)
def test_a_notice_knows_the_header(head: bytes, header: bytes) -> None:
    done = transaction(recipient("b@x.test", bounce=GONE))
    done.head = head
    assert told(done)[0].head == header
