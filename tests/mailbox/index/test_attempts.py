"""The story of a mail: which tries belong together."""

from __future__ import annotations

from datetime import timedelta

from mailcatch.mailbox import events
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from tests.mailbox.filling import Filling, letter


def told(attempts: tuple[Attempt, ...]) -> list[tuple[str, str, str]]:
    return [(one.outcome, one.stage, one.rule) for one in attempts]


def test_tries_before_the_one_that_got_through(reader: Reader, filling: Filling) -> None:
    filling.refused("mail", rule="busy")
    filling.now += timedelta(seconds=59)
    filling.refused("rcpt", rule="greylist")
    filling.refused("data")
    filling.refused("eom", rule="full")
    name = filling.stored()
    reader.refresh()
    story = reader.story(name)
    assert told(story.attempts) == [
        ("refused", "mail", "busy"),
        ("reset", "rcpt", "greylist"),
        ("refused", "data", ""),
        ("refused", "eom", "full"),
        ("stored", "eom", ""),
    ]
    assert [one.gap for one in story.attempts][:2] == [None, timedelta(seconds=60)]
    assert story.attempts[0].reply == "451 4.3.0 later"
    assert story.attempts[4].message == name
    assert not story.duplicate
    assert reader.message(name).tries == 5
    first = story.attempts[0]
    assert reader.story_of_try(first.session, first.ordinal) == story
    assert reader.story_of(reader.message(name).fingerprint) == story


def test_a_mail_that_was_stored_twice_is_a_duplicate(reader: Reader, filling: Filling) -> None:
    one = filling.stored(letter(head="Message-ID: <1@x>"), answer="")
    other = filling.stored(letter(head="Message-ID: <2@x>"))
    reader.refresh()
    story = reader.story(one)
    assert story.duplicate
    assert [attempt.message for attempt in story.attempts] == [one, other]
    assert reader.message(other).duplicate
    filling.remove(one)
    reader.refresh()
    assert not reader.story(other).duplicate


def test_a_try_after_a_lost_reply_belongs_to_the_message(reader: Reader, filling: Filling) -> None:
    name = filling.stored(answer="")
    filling.refused()
    reader.refresh()
    assert told(reader.story(name).attempts) == [("stored", "eom", ""), ("reset", "rcpt", "")]


def test_a_try_after_an_answered_message_is_another_mail(reader: Reader, filling: Filling) -> None:
    name = filling.stored()
    failed = filling.refused()
    reader.refresh()
    assert len(reader.story(name).attempts) == 1
    assert told(reader.story_of_try(failed, 1).attempts) == [("reset", "rcpt", "")]


def test_another_envelope_host_or_hour_is_another_mail(reader: Reader, filling: Filling) -> None:
    filling.refused(to=("bob@example.com",))
    filling.refused(sender="shop@example.org")
    filling.refused(peer="192.0.2.7:1")
    filling.now += timedelta(hours=2)
    name = filling.stored()
    filling.now += timedelta(hours=2)
    filling.stored(letter("Other"))
    reader.refresh()
    assert reader.message(name).tries == 1


def test_a_try_that_named_some_recipients_belongs_to_the_mail(
    reader: Reader, filling: Filling
) -> None:
    filling.refused(to=("ann@EXAMPLE.com",))
    name = filling.stored(to=("ann@example.com", "bob@example.com"))
    reader.refresh()
    assert reader.message(name).tries == 2


def test_tries_that_never_got_through_stay_together(reader: Reader, filling: Filling) -> None:
    one = filling.refused()
    two = filling.refused()
    filling.refused(to=("bob@example.com",))
    filling.now += timedelta(hours=2)
    filling.refused()
    reader.refresh()
    story = reader.story_of_try(two, 1)
    assert [attempt.session for attempt in story.attempts] == [one, two]
    assert reader.story_of_try("nothing", 1).attempts == ()


def test_a_message_that_comes_later_takes_its_tries(reader: Reader, filling: Filling) -> None:
    failed = filling.refused()
    reader.refresh()
    assert len(reader.story_of_try(failed, 1).attempts) == 1
    name = filling.stored()
    reader.refresh()
    assert reader.message(name).tries == 2
    filling.remove(name)
    reader.refresh()
    assert told(reader.story_of_try(failed, 1).attempts) == [("reset", "rcpt", "")]


def test_faults_go_to_the_transaction_they_fell_into(reader: Reader, filling: Filling) -> None:
    first = filling.transaction("refused", stage="eom", reply="451 x")
    second = filling.transaction("refused", stage="rcpt", reply="450 y")
    second.insert(1, events.Fault(15, "rcpt", "second", "reply 450"))
    late = [events.Fault(21, "eom", "first", "reply 451")]
    elsewhere = [events.Fault(22, "quit", "third", "hang")]
    session = filling.session([*first, *late, *second, *elsewhere])
    reader.refresh()
    rules = [attempt.rule for attempt in reader.story_of_try(session, 2).attempts]
    assert rules == ["first", "second"]


def test_replies_are_safe_to_show(reader: Reader, filling: Filling) -> None:
    failed = filling.refused(reply="451 \x1b[2Jgone", sender="a\x1b@x", to=("b\u202e@x",))
    reader.refresh()
    attempt = reader.story_of_try(failed, 1).attempts[0]
    assert "\x1b" not in attempt.reply + attempt.sender
    assert "\u202e" not in attempt.recipients[0]


def test_a_client_that_sends_data_after_its_recipients_were_refused_failed_at_rcpt(
    reader: Reader, filling: Filling
) -> None:
    to = ("ann@example.com", "bob@example.com")
    answer = "554 5.5.1 No valid recipients"
    failed = filling.session(
        filling.transaction("refused", to=to, stage="rcpt", reply="451 4.3.0 later", answer=answer)
    )
    reader.refresh()
    (attempt,) = reader.story_of_try(failed, 1).attempts
    assert (attempt.stage, attempt.reply) == ("rcpt", "451 4.3.0 later")


def test_a_rule_that_only_tells_what_it_would_have_done_is_behind_no_try(
    reader: Reader, filling: Filling
) -> None:
    dry = events.Fault(15, "rcpt", "rehearsed", "reply 451", dry=True)
    happened = filling.transaction("refused", stage="eom", reply="451 x")
    failed = filling.session([happened[0], dry, *happened[1:]])
    reader.refresh()
    assert told(reader.story_of_try(failed, 1).attempts) == [("refused", "eom", "")]
    assert reader.search("fault:rehearsed", Found.SESSIONS).first(-1) == []
