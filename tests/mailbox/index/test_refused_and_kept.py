"""Messages that were refused, and whose octets were kept all the same."""

from __future__ import annotations

import pytest

from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from tests.mailbox.filling import LETTER, Filling, letter


def test_it_is_readable_and_marked(reader: Reader, filling: Filling) -> None:
    name = filling.refused_and_kept(letter("Kept"))
    reader.refresh()
    message = reader.message(name)
    assert (message.subject, message.refused, message.duplicate) == ("Kept", True, False)
    assert (message.sender, message.recipients) == ("app@example.org", ("ann@example.com",))
    assert (message.copies, message.tries) == (0, 1)
    assert reader.octets(name) == letter("Kept")
    session = reader.session(message.session)
    assert (session.tries, session.stored, session.refused) == (1, 0, 1)


def test_the_story_counts_it_as_a_try_and_not_as_stored(reader: Reader, filling: Filling) -> None:
    early = filling.refused("rcpt")
    kept = [filling.refused_and_kept() for _ in range(2)]
    name = filling.stored()
    reader.refresh()
    story = reader.story(name)
    assert [(one.outcome, one.message) for one in story.attempts] == [
        ("reset", ""),
        ("refused", kept[0]),
        ("refused", kept[1]),
        ("stored", name),
    ]
    assert (story.stored, story.duplicate) == (1, False)
    assert story == reader.story(kept[0]) == reader.story_of_try(early, 1)
    for one in reader.messages([*kept, name]):
        assert (one.tries, one.copies, one.duplicate) == (4, 1, False)


def test_two_that_were_stored_are_a_duplicate_beside_it(reader: Reader, filling: Filling) -> None:
    kept = filling.refused_and_kept()
    one, other = filling.stored(), filling.stored()
    reader.refresh()
    assert reader.search("is:duplicate").first(-1) == [other, one]
    assert reader.message(one).duplicate
    assert not reader.message(kept).duplicate
    assert reader.story(kept).duplicate


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("is:refused", "kept then"),
        ("is:stored", "other then"),
        ("-is:stored", "kept"),
        ("is:stored is:refused", "then"),
        ("is:retried", "kept then"),
        ("is:duplicate", ""),
        ("smtp:451", "kept then"),
        ("stage:eom", "kept then"),
        ("fault:keep", "kept then"),
        ("rcpt:ann@example.com", "kept other then"),
    ],
)
def test_searches_know_it(reader: Reader, filling: Filling, query: str, found: str) -> None:
    names = {
        filling.refused_and_kept(): "kept",
        filling.stored(letter("Other")): "other",
        filling.stored(): "then",
    }
    reader.refresh()
    assert " ".join(sorted(names[name] for name in reader.search(query))) == found


def test_another_mail_to_the_same_people_is_not_its_try(reader: Reader, filling: Filling) -> None:
    kept = filling.refused_and_kept(letter("One"))
    name = filling.stored(letter("Another"))
    reader.refresh()
    assert [one.message for one in reader.story(kept).attempts] == [kept]
    assert reader.message(name).tries == 1


def test_when_its_file_goes_it_is_joined_by_its_envelope(reader: Reader, filling: Filling) -> None:
    kept = filling.refused_and_kept()
    name = filling.stored()
    reader.refresh()
    filling.remove(kept)
    reader.refresh()
    assert [one.message for one in reader.story(name).attempts] == ["", name]
    assert list(reader.search("is:refused")) == [name]
    filling.write(kept, LETTER)
    reader.refresh()
    assert [one.message for one in reader.story(name).attempts] == [kept, name]


def test_refused_and_dropped_tries_without_a_file_are_found(
    reader: Reader, filling: Filling
) -> None:
    refused = filling.refused("eom")
    dropped = filling.session(filling.transaction("dropped", to=("eve@x",), answer="250 OK"))
    reader.refresh()
    assert list(reader.search("is:refused", Found.SESSIONS)) == [refused]
    assert list(reader.search("is:dropped", Found.SESSIONS)) == [dropped]
    assert list(reader.search("is:refused")) == list(reader.search("is:dropped")) == []


def test_only_a_dropped_try_whose_reply_was_lost_is_tried_again(
    reader: Reader, filling: Filling
) -> None:
    told = filling.session(filling.transaction("dropped", to=("eve@x",), answer="250 OK"))
    lost = filling.session(filling.transaction("dropped", to=("eve@x",)))
    name = filling.stored(to=("eve@x",))
    reader.refresh()
    assert list(reader.search("is:dropped")) == [name]
    story = reader.story(name)
    assert [(one.outcome, one.session) for one in story.attempts[:1]] == [("dropped", lost)]
    assert len(story.attempts) == 2
    assert [one.session for one in reader.story_of_try(told, 1).attempts] == [told]
