"""What long lists are ordered by: one thing of every message and failed session."""

from __future__ import annotations

from datetime import timedelta

from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling, letter


def test_messages_and_failed_sessions_have_something_to_sort_by(filling: Filling) -> None:
    stored = filling.stored(letter("Hello", author="Ann <ann@example.org>"))
    failed = filling.refused("eom", "late@example.org", reply="451 4.3.0 later")
    with Reader(filling.root) as reader:
        reader.refresh()
        subjects, senders = reader.order_keys("subject"), reader.order_keys("sender")
        sizes = reader.order_keys("size")
        assert subjects == {stored: "Hello", failed: "451 4.3.0 later"}
        assert senders[stored] == reader.message(stored).author
        assert senders[failed] == "late@example.org"
        assert sizes == {stored: reader.message(stored).size, failed: 0}


def test_tries_at_one_mail_have_one_key(filling: Filling) -> None:
    first = filling.refused("eom")
    second = filling.refused("eom")
    stored = filling.stored()
    again = filling.stored()
    other = filling.stored(letter("Other"))
    with Reader(filling.root) as reader:
        reader.refresh()
        keys = reader.mail_keys()
    assert keys[first] == keys[second] == keys[stored] == keys[again]
    assert keys[other] != keys[stored]


def test_tries_that_never_got_through_are_together_while_the_gaps_are_short(
    filling: Filling,
) -> None:
    first = filling.refused("eom")
    second = filling.refused("eom")
    elsewhere = filling.refused("eom", to=("bob@example.com",))
    filling.now += timedelta(hours=2)
    later = filling.refused("eom")
    with Reader(filling.root) as reader:
        reader.refresh()
        keys = reader.mail_keys()
        together = {one.session for one in reader.story_of_try(first, 1).attempts}
    assert together == {first, second}
    assert keys[first] == keys[second] == first
    assert keys[elsewhere] == elsewhere
    assert keys[later] == later


def test_what_was_refused_and_kept_is_told_with_its_session(filling: Filling) -> None:
    filling.stored()
    filling.refused("eom")
    kept = filling.refused_and_kept()
    with Reader(filling.root) as reader:
        reader.refresh()
        assert reader.kept_refusals() == [(reader.message(kept).session, kept)]
