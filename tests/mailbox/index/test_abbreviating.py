"""What is left out of rows comes back as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mailbox import events
from mailcatch.mailbox.index.abbreviating import long_type, restored, short_type, shortened, spaced
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found
from tests.mailbox.filling import Filling, letter

SAID = st.text(st.characters(exclude_characters="\x01"))


@given(SAID, SAID)
def test_a_text_comes_back_whatever_is_known(text: str, known: str) -> None:
    assert restored(shortened(text, known), known) == text


@given(st.one_of(SAID, st.sampled_from(["text/plain", "multipart/mixed", "application/pdf"])))
def test_a_type_comes_back(content_type: str) -> None:
    if not content_type.isdecimal():
        assert long_type(short_type(content_type)) == content_type


def test_a_short_text_is_not_made_a_very_long_one() -> None:
    assert len(restored("\x01" * 1_000, "x" * 1_000)) < 10_000


def test_words_can_be_looked_for_one_by_one() -> None:
    assert spaced(["250", "451"]) == " 250 451 "
    assert spaced([]) == ""


def test_lists_and_stories_tell_everything(reader: Reader, filling: Filling) -> None:
    answer = "250 2.0.0 Ok: queued as {}"
    name = filling.message(letter("Hi", author="The App <app@example.org>"))
    told = filling.transaction("stored", file=name, answer=answer.format(name))
    filling.session(told)
    other = filling.stored(letter("Hi", author="Bea <bea@example.org>"), sender="")
    reader.refresh()
    assert [one.author for one in reader.messages([name, other])] == [
        "The App <app@example.org>", "Bea <bea@example.org>",
    ]  # fmt: skip
    assert {one.content_type for one in reader.messages([name, other])} == {"text/plain"}
    assert [one.reply for one in reader.story(name).attempts] == [answer.format(name)]
    keys = reader.order_keys("sender")
    assert (keys[name], keys[other]) == ("The App <app@example.org>", "Bea <bea@example.org>")


def test_a_session_without_notes_has_none_of_any_name(reader: Reader, filling: Filling) -> None:
    filling.refused("mail")
    noted = filling.session([events.SessionNote(10, "no-quit")])
    reader.refresh()
    assert list(reader.search("note:*", Found.SESSIONS)) == [noted]
