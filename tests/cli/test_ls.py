"""`mailcatch ls` and `mailcatch sessions`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailcatch.mail.wrap import cell_width
from mailcatch.mailbox import events
from tests.cli.asking import answer, complaint, objects
from tests.cli.terminals import OURS, on_terminal
from tests.mailbox.filling import Filling, letter
from tests.serving import Serving, run


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
        "copies", "status_of",
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


@pytest.mark.parametrize(
    "query", [["-subject:one"], ["two", "-is:refused"], ['-"one"', "-is:read"]]
)
def test_what_does_not_fit_is_asked_for_as_anything_else(
    filling: Filling, query: list[str]
) -> None:
    filling.stored(letter("one"))
    two = filling.stored(letter("two"))
    assert [one["id"] for one in objects(filling, "ls", *query)] == [two]


def test_a_word_behind_a_dash_may_be_meant_as_an_option_and_is_asked_about(
    filling: Filling,
) -> None:
    said = complaint(filling, "ls", "-two", status=2)
    assert said == (
        "mailcatch: there is no option -two: to leave out what has two, write 'ls -- -two'\n"
    )
    assert "No such option: -j" in complaint(filling, "stats", "two", "-j", status=2)


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
        "refused", "notes", "reply", "rule",
    }  # fmt: skip


def test_a_session_without_a_transaction_says_what_it_was_refused(filling: Filling) -> None:
    name = filling.turned_away("AUTH PLAIN ********", "535 5.7.8 no", rule="no-login")
    (found,) = objects(filling, "sessions", "is:refused")
    assert (found["id"], found["reply"], found["rule"]) == (name, "535 5.7.8 no", "no-login")
    assert "0 stored  535 5.7.8 no" in answer(filling, "sessions")


def test_a_session_of_a_server_that_was_killed_is_not_called_live(filling: Filling) -> None:
    filling.session(filling.transaction("stored"), closed=False)
    assert "1 stored  never ended" in answer(filling, "sessions", "is:live")
    assert objects(filling, "stats")[0]["live_sessions"] == 0


def test_a_session_that_goes_on_is_called_live(tmp_path: Path) -> None:
    with Serving("--port", "0", "--dir", tmp_path) as server, server.talk() as talk:
        talk.ask(b"EHLO client.example")
        listed = ""
        while not listed:
            listed = run("sessions", "--dir", tmp_path).stdout
        assert "  live" in listed
        assert json.loads(run("stats", "--json", "--dir", tmp_path).stdout)["live_sessions"] == 1


def test_an_address_that_is_none_is_a_refusal(filling: Filling) -> None:
    filling.session(
        [
            events.Client(10, "MAIL FROM:<app@example.org>"),
            events.Server(11, "250 OK"),
            events.Client(12, "RCPT TO:<>"),
            events.Server(13, "501 5.1.3 no address"),
            events.Client(14, "RSET"),
            events.Transaction(15, "reset", "MAIL", "app@example.org", "250 OK"),
        ]
    )
    assert "1 refused" in answer(filling, "sessions", "is:refused", "smtp:501")
    (told,) = objects(filling, "attempts", "--all")[0]["attempts"]
    assert (told["stage"], told["reply"]) == ("rcpt", "501 5.1.3 no address")


def test_any_rule_and_anyone_can_be_asked_for(filling: Filling) -> None:
    filling.stored()
    filling.stored(letter("Known"), user="app")
    refused = filling.refused("eom", rule="slow")
    assert [one["id"] for one in objects(filling, "sessions", "fault:*")] == [refused]
    assert [one["subject"] for one in objects(filling, "ls", "user:*")] == ["Known"]
    assert "needs a value" in complaint(filling, "ls", "peer:*", status=2)


def test_that_nothing_is_there_is_told_to_people(filling: Filling) -> None:
    assert b"nothing found" in on_terminal("ls", "--dir", filling.root)
    assert b"nothing found" in on_terminal("sessions", "is:refused", "--dir", filling.root)
    assert b"nothing found" in on_terminal("attempts", "--dir", filling.root)
    assert answer(filling, "ls") == ""
    filling.stored(letter("Plain", "Nothing in it", head="Date: Mon, 23 Nov 2026 12:00:00 +0000"))
    for form, said in (("--links", b"no links"), ("--codes", b"no one-time codes")):
        assert said in on_terminal("show", "last", form, "--dir", filling.root)
        assert answer(filling, "show", "last", form) == ""


def test_a_line_fits_a_terminal(filling: Filling) -> None:
    name = filling.stored(
        letter("Grüße aus Zürich: こんにちは、世界" * 3, head="X-Tags: long-tag, other")
    )
    filling.stored(letter("Grüße aus Zürich: こんにちは、世界" * 3, head="X-Tags: long-tag, other"))
    filling.refused_and_kept(letter("short"))
    filling.now = datetime.now(UTC)
    filling.stored(letter("of today"))
    for columns in (70, 80, 100, 200):
        printed = on_terminal("ls", "--dir", filling.root, environment={"COLUMNS": str(columns)})
        lines = OURS.sub(b"", printed).decode().splitlines()
        assert len(lines) == 4
        assert max(map(cell_width, lines)) <= columns
        assert all("stored 2 t" in line for line in lines[2:])
    assert name[-8:-4] in answer(filling, "ls")
    assert "#long-tag, #other" in answer(filling, "ls")


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
