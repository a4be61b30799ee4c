"""`mailcatch show`: every form, and how a message is called."""

from __future__ import annotations

import msgspec
import pytest

from mailcatch.mailbox import events
from tests.cli.asking import answer, complaint, objects
from tests.cli.terminals import on_terminal
from tests.mailbox.filling import Filling, letter
from tests.serving import run

MIXED = (
    b"From: App <app@example.org>\r\nTo: ann@example.com\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
    b"Content-Type: text/plain\r\n\r\nYour code is 482913.\r\n--a\r\n"
    b'Content-Type: text/html\r\n\r\n<p>See <a href="https://example.org/x">this</a></p>\r\n--a--\r\n'
    b"--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="bill.pdf"\r\n\r\nJVBERi0AAf8=\r\n--b--\r\n'
)


def test_a_message_is_shown_to_be_read(filling: Filling) -> None:
    filling.stored(MIXED)
    shown = answer(filling, "show", "last")
    for piece in ("Grüße", "App <app@example.org>", "Your code is 482913.", "bill.pdf", "482913"):
        assert piece in shown
    assert "\x1b" not in shown


def test_every_form_shows_its_own(filling: Filling) -> None:
    filling.stored(MIXED)
    assert "Subject: Grüße" in answer(filling, "show", "last", "--headers")
    assert answer(filling, "show", "last", "--text") == "Your code is 482913.\n"
    assert answer(filling, "show", "last", "--html").startswith('<p>See <a href="https://exam')
    assert "multipart/alternative" in answer(filling, "show", "last", "--parts")
    assert "date-missing" in answer(filling, "show", "last", "--notes")
    assert "https://example.org/x" in answer(filling, "show", "last", "--links")
    assert answer(filling, "show", "last", "--codes").startswith("482913")
    assert "MAIL FROM:<app@example.org>" in answer(filling, "show", "last", "--transcript")
    assert "stored  at eom  250 2.0.0 OK" in answer(filling, "show", "last", "--attempts")


def test_source_and_parts_are_exact_in_a_pipe(filling: Filling) -> None:
    filling.stored(MIXED)
    assert answer(filling, "show", "last", "--source").encode() == MIXED.replace(b"\r\n", b"\n")
    (part,) = [one for one in objects(filling, "show", "last", "--parts") if one["attachment"]]
    (found,) = objects(filling, "show", "last", "--part", str(part["part"]))
    assert found == {
        "part": part["part"],
        "content_type": "application/pdf",
        "filename": "bill.pdf",
        "base64": "JVBERi0AAf8=",
    }
    assert objects(filling, "show", "last", "--part", part["path"]) == [found]


def test_programs_get_objects(filling: Filling) -> None:
    filling.stored(MIXED)
    (whole,) = objects(filling, "show", "last")
    assert whole["subject"] == "Grüße"
    assert whole["text"] == "Your code is 482913."
    assert whole["codes"] == ["482913"]
    assert [one["name"] for one in objects(filling, "show", "last", "--headers")][:2] == [
        "From",
        "To",
    ]
    assert objects(filling, "show", "last", "--codes")[0]["code"] == "482913"
    events = objects(filling, "show", "last", "--transcript")
    assert [one["event"] for one in events] == ["connect", "client", "transaction", "close"]


def test_ids_may_be_short(filling: Filling) -> None:
    names = [filling.message(letter(f"Number {number}")) for number in range(3)]
    for called in (names[0], names[0][:25], names[0][-8:-4], "last~2", names[0].lower()):
        assert objects(filling, "show", called)[0]["id"] == names[0]
    said = complaint(filling, "show", "2026112", status=2)
    assert all(name in said for name in names)
    assert "there is no last~3: the mailbox has 3 messages" in complaint(
        filling, "show", "last~3", status=1
    )


def test_a_query_means_the_newest_that_fits(filling: Filling) -> None:
    filling.message(letter("Welcome"))
    newest = filling.message(letter("Welcome"))
    filling.message(letter("Other"))
    done = run("show", "subject:welcome", "--json", "--dir", filling.root)
    assert newest in done.stdout
    assert "several messages fit" in done.stderr
    assert "none fits" in complaint(filling, "show", "subject:nobody", status=1)
    assert "^" in complaint(filling, "show", "form:x", status=2)


def test_the_transcript_of_a_refused_session_is_shown_by_its_id(filling: Filling) -> None:
    session = filling.refused(stage="eom", rule="slow")
    shown = answer(filling, "show", session[:28], "--transcript")
    assert "rule slow at eom: reply 451" in shown
    assert "transaction refused" in shown


def test_a_message_without_a_session_has_no_transcript(filling: Filling) -> None:
    filling.message()
    assert "without a session" in complaint(filling, "show", "last", "--transcript", status=1)


@pytest.mark.parametrize("part", ["9", "1.9", "x"])
def test_a_part_that_is_not_there_is_said(filling: Filling, part: str) -> None:
    filling.message()
    assert "there is no part" in complaint(filling, "show", "last", "--part", part, status=1)


def test_notes_are_those_of_the_octets_and_those_of_the_wire(filling: Filling) -> None:
    name = filling.message(letter("Hello"))
    brought = filling.transaction("stored", file=name)
    came = brought[-1]
    assert isinstance(came, events.Transaction)
    noted = (events.Note("source-route", "<@a:b@example.org>"), events.Note("date-missing"))
    filling.session([msgspec.structs.replace(came, notes=noted), events.SessionNote(30, "no-quit")])
    names = [one["name"] for one in objects(filling, "show", "last", "--notes")]
    assert names[-2:] == ["source-route", "no-quit"]
    assert names.count("date-missing") == 1
    assert objects(filling, "show", "last")[0]["note_names"] == names
    assert "source-route, no-quit" in answer(filling, "show", "last")
    said = answer(filling, "show", "last", "--notes")
    assert "source-route  an address with a source route (RFC 5321 appendix C)" in said
    assert "(session: <@a:b@example.org>)" in said


def test_forms_exclude_each_other(filling: Filling) -> None:
    said = complaint(filling, "show", "last", "--text", "--html", status=2)
    assert "--text and --html exclude each other" in said


def test_it_is_read_when_a_person_reads_it_and_not_a_program(filling: Filling) -> None:
    filling.stored(letter("First"))
    filling.stored(letter("Second"))
    for arguments in (("--json",), ("--source",), ("--headers",), ()):
        answer(filling, "show", "first", *arguments)
    for form in ("--headers", "--json"):
        on_terminal("show", "subject:first", form, "--dir", filling.root)
    assert len(objects(filling, "ls", "is:unread")) == 2
    on_terminal("show", "subject:first", "--dir", filling.root)
    assert [one["subject"] for one in objects(filling, "ls", "is:unread")] == ["Second"]
    on_terminal("show", "subject:second", "--text", "--dir", filling.root)
    assert objects(filling, "ls", "is:unread") == []
