"""A message, decoded and typed; one of something, or the list of what there is."""

from __future__ import annotations

import re
import smtplib
import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailcatch.testing import Mailbox, MailcatchFailure, Message
from tests.testing.sending import send_raw

PNG = b"\x89PNG\r\n\x1a\n"


def rich() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Jörg Müller <joerg@example.com>"
    mail["To"] = "Bob <Bob@Example.com>, ann@example.com"
    mail["Cc"] = "carl@example.com"
    mail["Reply-To"] = "support@example.com"
    mail["Subject"] = "Passwort zurücksetzen für " + "ü" * 60
    mail["Date"] = "Mon, 23 Nov 2026 12:00:00 +0100"
    mail["Message-ID"] = "<1@example.com>"
    mail["List-Unsubscribe"] = "<https://example.com/u?x=1>, <mailto:u@example.com>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("Your code is 424242.\nhttps://example.com/reset/?token=a%3Db&n=" + "x" * 90)
    mail.add_alternative(
        "<p>Your code is <b>424242</b></p><a href='https://example.com/reset/?token=a%3Db&amp;n="
        + "x" * 90
        + "'>Reset</a> <a href='https://example.com/help#faq'>Help</a>"
        "<img src='cid:logo'><img src='cid:gone'>",
        subtype="html",
    )
    parts = list(mail.iter_parts())
    parts[1].add_related(PNG, "image", "png", cid="<logo>")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="invoice-7.pdf")
    return mail


@pytest.fixture
def message(inbox: Mailbox) -> Message:
    to = ["Bob@Example.com", "ann@example.com", "carl@example.com", "secret@example.com"]
    send_raw(inbox, rich().as_bytes(), "bounce@example.com", to)
    return inbox.one()


def test_headers_are_decoded(message: Message) -> None:
    assert message.subject == "Passwort zurücksetzen für " + "ü" * 60
    assert message.sender == "joerg@example.com"
    assert message.sender.name == "Jörg Müller"
    assert message.to == ["bob@example.com", "ANN@example.com"]
    assert message.cc == ["carl@example.com"]
    assert message.bcc == ["secret@example.com"]
    assert message.reply_to == ["support@example.com"]
    assert message.date is not None
    assert message.date.isoformat() == "2026-11-23T12:00:00+01:00"
    assert message.message_id == "1@example.com"
    assert message.header("list-unsubscribe").startswith("<https")
    assert message.headers.text("cc") == "carl@example.com"
    assert not message.has_dkim


def test_the_envelope_is_what_the_session_said(message: Message) -> None:
    assert message.envelope.mail_from == "bounce@example.com"
    assert len(message.envelope.rcpt_to) == 4
    assert message.envelope.rejected == []
    assert not message.envelope.smtputf8
    assert message.session.peer.startswith("127.0.0.1:")
    assert "rcpt to:<secret@example.com>" in message.session.transcript.lower()
    assert message.session.auth_user == ""
    assert not message.session.tls


def test_texts_are_decoded(message: Message) -> None:
    assert message.text.startswith("Your code is 424242.\n")
    assert "token=a%3Db&n=" + "x" * 90 in message.text
    assert "<b>424242</b>" in message.html
    assert "Your code is 424242" in message.html_text
    assert message.structure[:3] == ["multipart/mixed", "multipart/alternative", "text/plain"]
    assert message.part("text/plain").charset == "utf-8"


def test_links_are_found_once_each(message: Message) -> None:
    assert [link.text for link in message.links()] == ["Reset", "Help"]
    link = message.link("/reset/")
    assert link.query["token"] == "a=b"
    assert (link.scheme, link.host, link.path) == ("https", "example.com", "/reset/")
    assert link.target.startswith("/reset/?token=a%3Db&n=x")
    assert message.link(text="Help").fragment == "faq"
    assert message.link(text=re.compile("^H")).url == "https://example.com/help#faq"
    assert message.link(pattern=r"/he\w+").path == "/help"
    assert str(message.link("help")) == message.link("help").url


def test_a_link_that_is_not_one_lists_the_candidates(message: Message) -> None:
    with pytest.raises(
        MailcatchFailure, match=r"has more than one link:\n  https://example.com/reset"
    ):
        message.link()
    with pytest.raises(
        MailcatchFailure, match=r"no link containing '/login/'; there is\n  https://exa"
    ):
        message.link("/login/")


def test_codes(message: Message, inbox: Mailbox) -> None:
    assert message.code() == "424242"
    assert message.codes() == ["424242"]
    assert message.code(r"code is (\d{3})") == "424"
    with pytest.raises(
        MailcatchFailure, match=r"has no code matching 'ABC'; there is\n  the text 'Your"
    ):
        message.code("ABC")


def test_attachments_and_inline_images(message: Message, tmp_path: Path) -> None:
    invoice = message.attachment("invoice-*.pdf")
    assert (invoice.content, invoice.content_type) == (b"%PDF", "application/pdf")
    assert invoice.save(tmp_path / "x.pdf").read_bytes() == b"%PDF"
    assert message.inline("logo").content == PNG
    assert message.inline("<logo>").inline
    assert message.missing_cids() == ["gone"]
    with pytest.raises(
        MailcatchFailure, match=r"has no attachment '\*.zip'; there is\n  <Attachment 'invo"
    ):
        message.attachment("*.zip")
    with pytest.raises(MailcatchFailure, match=r"no attachment .* of type text/csv"):
        message.attachment(content_type="text/csv")
    with pytest.raises(
        MailcatchFailure, match="no part with the content id 'gone'; there is\n  logo"
    ):
        message.inline("gone")


def test_unsubscribing(message: Message, inbox: Mailbox) -> None:
    assert message.unsubscribe().url == "https://example.com/u?x=1"
    assert message.unsubscribe(one_click=True).query == {"x": "1"}
    send_raw(inbox, b"List-Unsubscribe: <mailto:u@example.com>\n\n")
    assert inbox.last.unsubscribe().url == "mailto:u@example.com"
    with pytest.raises(MailcatchFailure, match="cannot be unsubscribed with one click"):
        inbox.last.unsubscribe(one_click=True)
    send_raw(inbox, b"Subject: x\n\n")
    with pytest.raises(MailcatchFailure, match="has no List-Unsubscribe header"):
        inbox.last.unsubscribe()


def test_notes_come_from_the_message_and_from_the_session(inbox: Mailbox) -> None:
    with socket.create_connection(inbox.addr, timeout=20) as sock:
        replies = sock.makefile("rb")
        sock.sendall(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
        sock.sendall(b"Subject: x\nno cr\r\n.\r\nQUIT\r\n")
        replies.read()
    assert {"no-helo", "bare-lf", "date-missing"} <= {note.name for note in inbox.one().notes()}


def test_that_the_client_left_without_quit_is_noted_on_its_last_message(inbox: Mailbox) -> None:
    with socket.create_connection(inbox.addr, timeout=20) as sock:
        replies = sock.makefile("rb")
        for number in range(2):
            sock.sendall(b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
            sock.sendall(f"Subject: {number}\r\n\r\n.\r\n".encode())
        sock.shutdown(socket.SHUT_WR)
        replies.read()
    noted = [[note.name for note in message.notes()] for message in inbox.wait_for(2)]
    assert ["no-quit" in names for names in noted] == [False, True]


def test_a_message_is_saved(message: Message, tmp_path: Path) -> None:
    assert message.save(tmp_path / "x.eml").read_bytes() == message.raw
    assert message.save(tmp_path).name == message.file
    assert message.size == len(message.raw)
    assert message.email["Message-ID"] == "<1@example.com>"


def test_hostile_mail_is_read_without_an_error_and_shown_harmless(inbox: Mailbox) -> None:
    send_raw(
        inbox, b"Subject: \x1b]52;c;x\x07=?utf-8?q?=E2=80=AE?=\nTo: \x1b[2J <\nX: \xff\n\n\x00\xff"
    )
    message = inbox.one()
    assert "\x1b" not in repr(message)
    assert "\x1b" not in repr(message.to)
    assert "\x1b" not in inbox.transcript
    assert message.text.startswith("\x00")
    assert message.sender == ""
    assert not [*message.links(), *message.attachments, *message.codes()]
    with pytest.raises(MailcatchFailure) as failure:
        message.link()
    assert "\x1b" not in str(failure.value)


def test_a_message_says_what_it_is(message: Message) -> None:
    assert repr(message).startswith("<Message #1 'Passwort zurücksetzen")
    assert re.search(r"to Bob@Example.com, ann@.*, carl@.* and 1 more [\d,]+ B>$", repr(message))


def test_parameters_are_told_as_they_were_sent(inbox: Mailbox) -> None:
    with smtplib.SMTP(inbox.host, inbox.port, timeout=20) as client:
        client.ehlo()
        client.mail("a@example.com", ["RET=hdrs", "ENVID=Aa+2B"])
        client.rcpt("b@example.com", ["NOTIFY=never"])
        client.rcpt("c@example.com")
        client.data("Subject: x\r\n\r\n")
    envelope = inbox.one().envelope
    assert envelope.options == ("RET=hdrs", "ENVID=Aa+2B")
    assert envelope.rcpt_options == {"b@example.com": ("NOTIFY=never",)}
