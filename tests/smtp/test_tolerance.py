"""What is unusual is taken, kept as it came, and told in a note."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import SessionNote
from tests.reading import (
    close_of,
    ended_session,
    eventually,
    messages,
    only_transaction,
    session_notes,
    sessions,
)
from tests.talk import Talk


def note_names(mailbox: Path) -> list[str]:
    return [note.name for note in only_transaction(mailbox).notes]


@pytest.mark.parametrize(
    ("line", "note"),
    [
        (b"MAIL FROM:a@example.com\r\n", "path-without-brackets"),
        (b"MAIL FROM: <a@example.com>\r\n", "space-around-colon"),
        (b"MAIL FROM:<@relay.example:a@example.com>\r\n", "source-route"),
        (b"MAIL FROM:<a@example.com\r\n", "unclosed-path"),
        (b"MAIL FROM:<a@example.com> NOVELTY=yes\r\n", "unknown-parameter"),
        (b"MAIL FROM:<a@example.com> SIZE=much\r\n", "bad-parameter"),
        (b"MAIL FROM:<a@example.com> BODY=9BIT\r\n", "bad-parameter"),
        (b"MAIL FROM:<a@example.com> SIZE=1\r\n", "size-mismatch"),
        (b"MAIL FROM:<a@example.com>\n", "bare-lf-command"),
        ("MAIL FROM:<ä@example.com>\r\n".encode(), "smtputf8-undeclared"),
        (b"MAIL FROM:<\xe4@example.com> SMTPUTF8\r\n", "address-not-utf8"),
        (b"MAIL FROM:<a\rb@example.com>\r\n", "control-in-address"),
    ],
)
def test_an_unusual_sender_is_accepted_with_a_note(
    talk: Talk, mailbox: Path, line: bytes, note: str
) -> None:
    talk.ask(b"EHLO x")
    talk.say(line)
    assert talk.hear() == b"250 2.1.0 Ok\r\n"
    talk.ask(b"RCPT TO:<b@example.com>")
    talk.ask(b"DATA")
    assert talk.ask(b"Subject: x\r\n\r\n.").startswith(b"250")
    assert note_names(mailbox) == [note]


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"Subject: x\r\n\r\na\nb\r\n", "bare-lf"),
        (b"Subject: x\r\n\r\na\rb\r\n", "bare-cr"),
        (b"Subject: x\r\n\r\na\0b\r\n", "nul"),
        (b"Subject: x\r\n\r\n\xe4\r\n", "eight-bit-undeclared"),
        (b"Subject: x\r\n\r\n" + b"y" * 100_000 + b"\r\n", "long-line"),
        (b"no header at all\r\n", "no-header"),
        (b"", "empty-message"),
    ],
)
def test_an_unusual_message_is_kept_with_a_note(
    talk: Talk, mailbox: Path, content: bytes, note: str
) -> None:
    assert talk.send(content).startswith(b"250")
    assert messages(mailbox) == [content]
    assert note_names(mailbox) == [note]


def test_mail_before_helo_is_accepted_with_a_note(talk: Talk, mailbox: Path) -> None:
    assert talk.ask(b"MAIL FROM:<a@example.com>").startswith(b"250")
    talk.ask(b"RCPT TO:<b@example.com>")
    talk.ask(b"DATA")
    talk.ask(b"Subject: x\r\n\r\n.")
    assert note_names(mailbox) == ["no-helo"]


def test_an_ordinary_message_has_no_note(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    talk.ask("MAIL FROM:<ä@example.com> SIZE=1000 BODY=8BITMIME SMTPUTF8".encode())
    talk.ask("RCPT TO:<ö@example.com>".encode())
    talk.ask(b"DATA")
    talk.ask("Subject: ü\r\n\r\n.".encode())
    transaction = only_transaction(mailbox)
    assert transaction.notes == ()
    assert transaction.sender == "ä@example.com"
    assert transaction.recipients[0].address == "ö@example.com"


def test_parameters_are_recorded_as_they_were_sent(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    talk.ask(b"MAIL FROM:<a@example.com> RET=HDRS envid=QQ314159")
    talk.ask(b"RCPT TO:<B@example.com> NOTIFY=SUCCESS ORCPT=rfc822;Bob@Example.com")
    talk.ask(b"DATA")
    talk.ask(b"Subject: x\r\n\r\n.")
    transaction = only_transaction(mailbox)
    assert transaction.parameters == ("RET=HDRS", "envid=QQ314159")
    assert transaction.recipients[0].address == "B@example.com"
    assert transaction.recipients[0].parameters == (
        "NOTIFY=SUCCESS",
        "ORCPT=rfc822;Bob@Example.com",
    )


def test_a_client_that_never_quits_is_recorded(talk: Talk, mailbox: Path) -> None:
    talk.send(b"Subject: x\r\n")
    talk.socket.close()
    assert session_notes(mailbox) == ["no-quit"]
    assert close_of(ended_session(mailbox)).how == "eof"
    assert len(messages(mailbox)) == 1


def test_a_client_that_closes_its_half_after_the_dot_gets_its_replies(
    talk: Talk, mailbox: Path
) -> None:
    talk.open_transaction()
    talk.ask(b"DATA")
    talk.say(b"Subject: x\r\n\r\n.\r\n")
    talk.half_close()
    assert talk.hear().startswith(b"250")
    assert session_notes(mailbox) == ["no-quit"]
    assert messages(mailbox) == [b"Subject: x\r\n\r\n"]


def test_a_client_that_only_looks_is_no_client_without_quit(
    catcher: Catcher, mailbox: Path
) -> None:
    with socket.create_connection((catcher.host, catcher.port)) as looking:
        looking.recv(100)
    assert session_notes(mailbox) == []


def test_a_client_that_ends_its_data_with_bare_line_feeds_gets_a_diagnosis(
    talk: Talk, mailbox: Path
) -> None:
    talk.open_transaction()
    talk.ask(b"DATA")
    talk.say(b"Subject: x\n\nbody\n.\n")

    def told() -> bool:
        events = [event for session in sessions(mailbox) for event in session]
        notes = [event.name for event in events if isinstance(event, SessionNote)]
        return notes == ["bare-lf-end-of-data"]

    eventually(told)
    talk.say(b"\r\n.\r\n")
    assert talk.hear().startswith(b"250")
    assert messages(mailbox) == [b"Subject: x\n\nbody\n.\n\r\n"]
    assert "bare-lf-end-of-data" in note_names(mailbox)
