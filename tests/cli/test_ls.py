"""`mailcatch ls` and `mailcatch sessions`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import Filling, letter
from tests.serving import run


def test_messages_are_listed_newest_first_and_without_colours_in_a_pipe(filling: Filling) -> None:
    filling.stored(letter("First"))
    filling.stored(letter("Second"))
    listed = answer(filling, "ls")
    assert [line.split()[-3] for line in listed.splitlines()] == ["Second", "First"]
    assert "\x1b" not in listed
    assert "App <app@exa" in listed
    assert "ann@example.com" in listed


def test_a_message_is_an_object_with_its_envelope(filling: Filling) -> None:
    name = filling.stored(letter("Hello"), to=("ann@example.com", "bcc@example.com"))
    (found,) = objects(filling, "ls", "rcpt:bcc@example.com")
    assert found["id"] == name
    assert found["subject"] == "Hello"
    assert found["recipients"] == ["ann@example.com", "bcc@example.com"]
    assert found["arrived"] == "2026-11-23T12:00:01Z"
    assert set(found) == {
        "id", "arrived", "size", "subject", "from", "to", "date", "message_id", "content_type",
        "session", "sender", "recipients", "attachments", "has", "tags", "read", "refused", "tries",
        "copies",
    }  # fmt: skip


def test_only_what_fits_is_listed_and_no_more_than_the_limit(filling: Filling) -> None:
    for number in range(3):
        filling.stored(letter(f"Welcome {number}"))
    filling.stored(letter("Goodbye"))
    assert [
        one["subject"] for one in objects(filling, "ls", "subject:welcome", "--limit", "2")
    ] == [
        "Welcome 2",
        "Welcome 1",
    ]
    assert answer(filling, "ls", "subject:nothing") == ""


def test_a_search_inside_files_is_listed_too(filling: Filling) -> None:
    filling.stored(letter("One", "alpha"))
    filling.stored(letter("Two", "beta"))
    assert [one["subject"] for one in objects(filling, "ls", "/alp.a/")] == ["One"]


def test_a_mistake_in_a_query_is_pointed_at(filling: Filling) -> None:
    said = complaint(filling, "ls", "hello", "form:ann", status=2)
    assert "did you mean “from:”?" in said
    lines = said.splitlines()
    assert lines[1] == "  hello form:ann"
    assert lines[2] == "        ^^^^^"


def test_a_mailbox_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = run("ls", "--dir", tmp_path / "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("mailcatch: there is no mailbox at")


def test_times_are_local_unless_utc_is_asked_for(filling: Filling) -> None:
    filling.stored(letter("Hello"))
    zone = {"TZ": "Asia/Kathmandu"}
    local = run("show", "last", "--dir", filling.root, environment=zone).stdout
    assert "2026-11-23 17:45:01 +0545" in local
    there = run("show", "last", "--utc", "--dir", filling.root, environment=zone).stdout
    assert "2026-11-23 12:00:01 +0000" in there


def test_bare_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "hello.eml").write_bytes(letter("Bare"))
    assert "Bare" in run("ls", "--dir", tmp_path).stdout
    assert "Good day." in run("show", "hel", "--dir", tmp_path).stdout


def test_the_environment_names_the_mailbox_but_never_what_is_wanted_now(filling: Filling) -> None:
    filling.stored(letter("One"))
    filling.stored(letter("Two"))
    environment = {"MAILCATCH_DIR": str(filling.root), "MAILCATCH_LIMIT": "1"}
    assert len(run("ls", environment=environment).stdout.splitlines()) == 2


def test_sessions_say_what_became_of_them(filling: Filling) -> None:
    filling.stored(user="app")
    refused = filling.refused(stage="eom", rule="slow")
    assert "1 stored" in answer(filling, "sessions", "user:app")
    (found,) = objects(filling, "sessions", "is:refused")
    assert (found["id"], found["stored"], found["refused"]) == (refused, 0, 1)
    assert set(found) == {
        "id", "began", "ended", "peer", "user", "stage", "how", "reason", "tries", "stored",
        "refused", "notes",
    }  # fmt: skip


def test_a_message_that_was_refused_and_kept_is_marked(filling: Filling) -> None:
    kept = filling.refused_and_kept(letter("Kept"), reply="451 4.7.1 greylisted", rule="slow")
    assert "refused, " in answer(filling, "ls")
    shown = answer(filling, "show", "last")
    assert "Refused  451 4.7.1 greylisted, by rule slow" in shown
    assert "Good day." in shown
    (told,) = objects(filling, "show", "last", "--attempts")
    assert (told["outcome"], told["message"]) == ("refused", kept)
    (counted,) = objects(filling, "stats")
    assert (counted["messages"], counted["refused_messages"]) == (0, 1)
