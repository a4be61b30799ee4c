"""`mailcatch attempts`: the story of each mail."""

from __future__ import annotations

import smtplib

import pytest

from mailcatch.cli.attempts import stories
from mailcatch.mailbox.index.attempts import Story
from mailcatch.mailbox.reader import Reader
from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import LETTER, Filling, letter
from tests.serving import Serving


def retried(filling: Filling) -> str:
    """Put a mail there that got through at the third try; return its name."""
    filling.refused(rule="flaky")
    filling.refused(stage="eom", reply="421 4.3.2 going down")
    return filling.stored()


def test_a_story_is_one_line(filling: Filling) -> None:
    filling.stored(letter("Other"), to=("bob@example.com",))
    retried(filling)
    title, line = answer(filling, "attempts", "--utc").splitlines()
    assert title.endswith("Hello  <app@example.org> to <ann@example.com>")
    # Each session of a filling is a second or two after the one before.
    first, second, third = line.split(" · ")
    assert first.startswith("  attempt 1 ")
    assert first.endswith(" 451 (rule flaky)")
    assert second == "+1.0 s attempt 2 421"
    assert third == "+2.0 s attempt 3 250 stored"


def test_a_mail_that_was_stored_twice_is_pointed_out(filling: Filling) -> None:
    filling.stored(answer="")
    filling.stored()
    lines = answer(filling, "attempts").splitlines()
    assert "no reply, stored · +2.0 s attempt 2 250 stored" in lines[1]
    assert lines[2] == "  DUPLICATE: stored 2 times"
    (story,) = objects(filling, "attempts")
    assert (story["stored"], story["duplicate"]) == (2, True)
    shown = answer(filling, "show", "last", "--attempts")
    assert "attempt 2 250 stored\nDUPLICATE: stored 2 times\n" in shown


def test_all_mails_are_told_when_asked_for(filling: Filling) -> None:
    filling.stored()
    assert answer(filling, "attempts") == ""
    assert "attempt 1" in answer(filling, "attempts", "--all")


def test_a_mail_that_was_never_stored_is_told(filling: Filling) -> None:
    filling.refused(to=("bob@example.com",), rule="full")
    filling.refused(to=("bob@example.com",), rule="full")
    title, line = answer(filling, "attempts").splitlines()
    assert title == "(never stored)  <app@example.org> to <bob@example.com>"
    assert line.endswith("451 (rule full) · +1.0 s attempt 2 451 (rule full)")
    (story,) = objects(filling, "attempts")
    assert (story["message"], story["subject"], story["stored"]) == (None, None, 0)


def test_a_query_chooses_the_mails(filling: Filling) -> None:
    name = retried(filling)
    filling.refused(to=("bob@example.com",))
    filling.refused(to=("bob@example.com",))
    (story,) = objects(filling, "attempts", "rcpt:ann@example.com")
    assert story["message"] == name
    assert [one["outcome"] for one in story["attempts"]] == ["reset", "refused", "stored"]
    assert [one["rule"] for one in story["attempts"]] == ["flaky", "", ""]
    assert [one["gap"] for one in story["attempts"]] == [None, 1.0, 2.0]
    assert answer(filling, "attempts", "subject:nothing") == ""
    assert "^" in complaint(filling, "attempts", "form:x", status=2)


def test_a_story_is_told_once(filling: Filling) -> None:
    filling.refused()
    for _ in range(2):
        filling.stored()
        filling.message()
    assert [len(one["attempts"]) for one in objects(filling, "attempts", "--all")] == [2, 3]


def test_the_story_of_a_real_retry(filling: Filling) -> None:
    with Serving("--port", "0", "--dir", filling.root, "--fault", "rcpt-451-x2") as serving:
        for expected in ({451}, {451}, set()):
            with smtplib.SMTP(serving.host, serving.port, timeout=30) as client:
                refused = set()
                try:
                    client.sendmail("app@example.org", "ann@example.com", LETTER)
                except smtplib.SMTPRecipientsRefused as error:
                    refused = {code for code, _ in error.recipients.values()}
                assert refused == expected
        (story,) = objects(filling, "attempts")
    assert [one["reply"][:3] for one in story["attempts"]] == ["451", "451", "250"]
    assert [one["rule"] for one in story["attempts"]] == ["rcpt-451-x2", "rcpt-451-x2", ""]


def test_a_mail_that_was_refused_and_kept_was_never_stored(filling: Filling) -> None:
    with Serving("--port", "0", "--dir", filling.root, "--fault", "eom-554") as serving:
        with (
            smtplib.SMTP(serving.host, serving.port, timeout=30) as client,
            pytest.raises(smtplib.SMTPDataError, match="554"),
        ):
            client.sendmail("app@example.org", "ann@example.com", LETTER)
        title, line = answer(filling, "attempts", "--all").splitlines()
    assert title.endswith("Hello  (never stored)  <app@example.org> to <ann@example.com>")
    assert line.endswith(" 554 (rule eom-554)")


def test_a_mail_of_many_copies_is_gone_through_once(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        filling.stored(letter(head=f"Message-ID: <{number}@x>"))
    asked: list[str] = []
    ask = Reader.story

    def story(reader: Reader, name: str) -> Story:
        asked.append(name)
        return ask(reader, name)

    monkeypatch.setattr(Reader, "story", story)
    with Reader(filling.root) as reader:
        reader.refresh()
        (one,) = stories(reader, "")
    assert (len(one.attempts), len(asked)) == (5, 1)
