"""The verbs of RFC 5321, and those of RFC 821 and RFC 1985 besides."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Client
from tests.reading import (
    ended_session,
    eventually,
    is_over,
    messages,
    only_transaction,
    sessions,
    transactions,
)
from tests.talk import Talk


def test_the_greeting_names_esmtp(talk: Talk) -> None:
    assert re.fullmatch(rb"220 localhost ESMTP mailcatch [0-9.]+\r\n", talk.greeting)


def test_ehlo_offers_the_extensions_in_one_reply(talk: Talk) -> None:
    assert talk.ask(b"EHLO client.example").decode().split("\r\n") == [
        "250-localhost",
        "250-PIPELINING",
        "250-SIZE 67108864",
        "250-8BITMIME",
        "250-BINARYMIME",
        "250-CHUNKING",
        "250-SMTPUTF8",
        "250-ENHANCEDSTATUSCODES",
        "250-DSN",
        "250-ETRN",
        "250-LIMITS RCPTMAX=1000",
        "250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT",
        "250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
        "250-AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER ANONYMOUS",
        "250 HELP",
        "",
    ]


def test_helo_offers_nothing(talk: Talk) -> None:
    assert talk.ask(b"HELO client.example") == b"250 localhost\r\n"


def test_a_message_is_kept_byte_for_byte(talk: Talk, mailbox: Path) -> None:
    content = b"Subject: x\r\n\r\n.\r\n..\r\n...dots\r\n\0\xff\n\r bare\r\n"
    assert talk.send(content).startswith(b"250 2.0.0 Ok: queued as ")
    assert messages(mailbox) == [content]


def test_the_reply_to_a_message_names_its_file(talk: Talk, mailbox: Path) -> None:
    name = talk.send(b"Subject: x\r\n").split()[-1].decode()
    assert (mailbox / "messages" / name).is_file()
    assert only_transaction(mailbox).file == name


@pytest.mark.parametrize("verb", ["SEND", "SOML", "SAML", "MAIL"])
def test_the_old_verbs_open_a_transaction_and_are_recorded(
    talk: Talk, mailbox: Path, verb: str
) -> None:
    talk.ask(b"HELO x")
    assert talk.ask(verb.encode() + b" FROM:<a@example.com>") == b"250 2.1.0 Ok\r\n"
    talk.ask(b"RCPT TO:<b@example.com>")
    talk.ask(b"DATA")
    talk.ask(b"Subject: x\r\n\r\n.")
    assert only_transaction(mailbox).verb == verb


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"NOOP", b"250 2.0.0 Ok\r\n"),
        (b"NOOP ignored", b"250 2.0.0 Ok\r\n"),
        (b"RSET", b"250 2.0.0 Ok\r\n"),
        (b"TURN", b"502 5.5.1 Command not implemented\r\n"),
        (b"STARTTLS", b"502 5.5.1 Command not implemented\r\n"),
        (b"ETRN example.com", b"251 2.0.0 Ok, no messages waiting\r\n"),
        (b"NONSENSE", b"500 5.5.2 Command not recognized\r\n"),
        (b"\x1b[31m \xff", b"500 5.5.2 Command not recognized\r\n"),
        (b"", b"500 5.5.2 Command not recognized\r\n"),
        (b".", b"500 5.5.2 Command not recognized\r\n"),
        (b"HELO", b"501 5.5.4 Syntax: HELO hostname\r\n"),
        (b"EHLO  ", b"501 5.5.4 Syntax: EHLO hostname\r\n"),
        (b"MAIL", b"501 5.5.4 Syntax: MAIL FROM:<address> [parameters]\r\n"),
        (b"MAIL a@b", b"501 5.5.4 Syntax: MAIL FROM:<address> [parameters]\r\n"),
        (b"RCPT TO:<b@example.com>", b"503 5.5.1 Send MAIL first\r\n"),
        (b"DATA", b"503 5.5.1 Send MAIL first\r\n"),
        (b"VRFY", b"501 5.5.4 Syntax: VRFY address\r\n"),
        (b"EXPN", b"501 5.5.4 Syntax: EXPN list\r\n"),
        (b"ETRN", b"501 5.5.4 Syntax: ETRN node\r\n"),
        (b"QUIT", b"221 2.0.0 Bye\r\n"),
        (b"quit now", b"221 2.0.0 Bye\r\n"),
    ],
)
def test_each_command_has_its_reply(talk: Talk, line: bytes, reply: bytes) -> None:
    assert talk.ask(line) == reply


@pytest.mark.parametrize("line", [b"VRFY someone", b"VRFY <", b"EXPN staff"])
def test_nothing_is_verified_and_nothing_is_refused(talk: Talk, line: bytes) -> None:
    assert talk.ask(line).startswith(b"252 2.5.0 ")


def test_help_lists_the_verbs(talk: Talk) -> None:
    listed = talk.ask(b"HELP").decode().split()
    assert listed[0] == "214"
    assert {"MAIL", "RCPT", "SAML", "ETRN", "QUIT"} <= set(listed)
    assert "STARTTLS" not in listed
    assert talk.ask(b"HELP rcpt") == b"214 2.0.0 Syntax: RCPT TO:<address> [parameters]\r\n"


def test_no_reply_holds_a_byte_of_the_client(talk: Talk) -> None:
    marked = b"x\x1b]0;zq\x07zq"
    for verb in (b"HELO", b"EHLO", b"VRFY", b"EXPN", b"HELP", b"ETRN", b"NOOP", b"zq", b"RSET"):
        assert b"zq" not in talk.ask(verb + b" " + marked)
    assert b"zq" not in talk.ask(b"MAIL FROM:<" + marked + b">")
    assert b"zq" not in talk.ask(b"RCPT TO:<" + marked + b">")


def test_rset_and_helo_give_up_the_transaction(talk: Talk, mailbox: Path) -> None:
    talk.open_transaction()
    talk.ask(b"RSET")
    assert talk.ask(b"DATA").startswith(b"503")
    talk.open_transaction()
    talk.ask(b"EHLO again")
    assert talk.ask(b"RCPT TO:<c@example.com>").startswith(b"503")
    talk.ask(b"QUIT")
    ended_session(mailbox)
    assert [one.outcome for one in transactions(mailbox)] == ["reset", "reset"]


def test_a_second_mail_inside_a_transaction_is_refused(talk: Talk) -> None:
    talk.open_transaction()
    assert talk.ask(b"MAIL FROM:<other@example.com>").startswith(b"503 5.5.1 ")


def test_the_null_sender_may_send_and_nobody_may_receive_as_null(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    assert talk.ask(b"MAIL FROM:<>") == b"250 2.1.0 Ok\r\n"
    assert talk.ask(b"RCPT TO:<>") == b"501 5.1.3 A recipient cannot be the null path\r\n"
    assert talk.ask(b"RCPT TO:<Postmaster>") == b"250 2.1.5 Ok\r\n"
    talk.ask(b"DATA")
    talk.ask(b".")
    assert only_transaction(mailbox).sender == ""


def test_data_without_an_accepted_recipient_makes_no_message(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"EHLO x")
    talk.ask(b"MAIL FROM:<a@example.com>")
    assert talk.ask(b"DATA") == b"554 5.5.1 No valid recipients\r\n"
    assert talk.ask(b".").startswith(b"554 5.5.1 ")
    assert talk.ask(b"QUIT").startswith(b"221")
    assert messages(mailbox) == []
    ended_session(mailbox)
    assert only_transaction(mailbox).outcome == "refused"


def test_several_messages_go_through_one_session(talk: Talk, mailbox: Path) -> None:
    contents = [b"Subject: %d\r\n\r\n" % number for number in range(20)]
    for content in contents:
        assert talk.send(content).startswith(b"250")
    assert messages(mailbox) == contents


def test_a_recipient_may_be_named_twice(talk: Talk, mailbox: Path) -> None:
    talk.open_transaction(b"b@example.com", b"b@example.com")
    talk.ask(b"DATA")
    talk.ask(b".")
    assert [one.address for one in only_transaction(mailbox).recipients] == ["b@example.com"] * 2


def test_without_enhanced_status_codes_replies_have_none(start: Callable[..., Catcher]) -> None:
    with Talk(start(without=["ENHANCEDSTATUSCODES"])) as talk:
        assert talk.ask(b"NOOP") == b"250 Ok\r\n"
        assert talk.send(b"Subject: x\r\n").startswith(b"250 Ok: queued as ")


def test_an_open_session_can_be_watched(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"NOOP watched")

    def seen() -> bool:
        lines = [event for session in sessions(mailbox) for event in session]
        return any(isinstance(line, Client) and line.text == "NOOP watched" for line in lines)

    eventually(seen)
    assert not any(is_over(session) for session in sessions(mailbox))


def test_the_transcript_has_each_line_of_the_client(talk: Talk, mailbox: Path) -> None:
    talk.ask(b"HELO one")
    talk.ask(b"NOOP \xff\xfe")
    talk.say(b"NOOP bare\n")
    talk.hear()
    talk.ask(b"QUIT")
    lines = [event for event in ended_session(mailbox) if isinstance(event, Client)]
    assert [(line.text, line.base64, line.end) for line in lines] == [
        ("HELO one", b"", "\r\n"),
        ("", b"NOOP \xff\xfe", "\r\n"),
        ("NOOP bare", b"", "\n"),
        ("QUIT", b"", "\r\n"),
    ]
