"""What people assert on mail, each in one line."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from mailcatch.testing import Mailbox, MailcatchFailure, Message
from tests.testing.sending import send


@pytest.fixture
def mailcatch(inbox: Mailbox) -> Mailbox:
    mail = EmailMessage()
    mail["From"], mail["To"] = "App <app@example.com>", "Bob <bob@example.com>, ann@example.com"
    mail["Subject"] = "Passwort zurücksetzen"
    mail["Reply-To"] = "help@example.com"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    mail["Message-ID"] = "<1@example.com>"
    mail["List-Unsubscribe"] = "<https://example.com/u/1>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["DKIM-Signature"] = "v=1; a=rsa-sha256; d=example.com; s=x; h=from; bh=x; b=x"
    link = "https://example.com/reset/?token=a%3Dbc"
    mail.set_content(f"Grüße, Bob. Your code is 424242. {link}")
    html = f"<p>Hello <b>Bob</b></p><a href='{link}'>Reset</a><img src='cid:logo'>"
    mail.add_alternative(html, subtype="html")
    list(mail.iter_parts())[1].add_related(b"png", "image", "png", cid="<logo>")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="invoice-1.pdf")
    with smtplib.SMTP(*inbox.addr, timeout=20) as client:
        client.login("app", "secret")
        to = ["bob@example.com", "ann@example.com", "audit@example.com"]
        client.send_message(mail, "bounces@example.com", to)
    return inbox


@pytest.fixture
def mail(mailcatch: Mailbox) -> Message:
    return mailcatch.one()


def test_count(mailcatch: Mailbox) -> None:
    assert len(mailcatch) == 1


def test_none_sent(mailcatch: Mailbox) -> None:
    mailcatch.assert_none(to="carl@example.com", settle=0.01)


def test_subject(mail: Message) -> None:
    assert mail.subject == "Passwort zurücksetzen"


def test_from_and_to(mail: Message) -> None:
    assert [mail.sender, *mail.to] == ["app@example.com", "bob@example.com", "ann@example.com"]


def test_envelope(mail: Message) -> None:
    assert mail.envelope.mail_from == "bounces@example.com"


def test_bcc(mail: Message) -> None:
    assert mail.bcc == ["audit@example.com"]


def test_text(mail: Message) -> None:
    assert "Grüße, Bob" in mail.text


def test_html(mail: Message) -> None:
    assert "Hello Bob" in mail.html_text


def test_link(mail: Message) -> None:
    assert mail.link("/reset/").query["token"] == "a=bc"


def test_one_time_code(mail: Message) -> None:
    assert mail.code() == "424242"


def test_attachment(mail: Message) -> None:
    assert mail.attachment("invoice-*.pdf").content == b"%PDF"


def test_inline_image(mail: Message) -> None:
    assert mail.inline("logo").content_type == "image/png"


def test_order(mailcatch: Mailbox) -> None:
    send(mailcatch, subject="Welcome")
    assert mailcatch.subjects == ["Passwort zurücksetzen", "Welcome"]


def test_charset(mail: Message) -> None:
    assert mail.part("text/plain").charset == "utf-8"


def test_date(mail: Message) -> None:
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-03-02T10:00:00+00:00"


def test_message_id_and_duplicates(mailcatch: Mailbox) -> None:
    mailcatch.assert_unique_message_ids()
    mailcatch.assert_no_duplicates()


def test_unsubscribe_dkim_reply_to_and_any_header(mail: Message) -> None:
    assert mail.unsubscribe(one_click=True).path == "/u/1"
    assert mail.has_dkim
    assert mail.reply_to == ["help@example.com"]
    assert mail.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_tls_and_login(mail: Message) -> None:
    assert (mail.session.tls, mail.session.auth_user) == (False, "app")


def test_the_error_path(inbox: Mailbox) -> None:
    with inbox.fail("RCPT", "451 4.7.1 Greylisted"), pytest.raises(smtplib.SMTPException):
        send(inbox)


def test_what_a_receiver_would_stumble_over(mail: Message) -> None:
    assert [note.name for note in mail.notes()] == ["eight-bit-undeclared"]  # smtplib says no BODY=


def test_each_of_them_fails_for_another_mail(inbox: Mailbox) -> None:
    send(inbox)
    mail = inbox.one()
    for asked in (mail.link, mail.code, mail.attachment, mail.unsubscribe):
        with pytest.raises(MailcatchFailure, match=r"message #1 'Hello' to .* has no"):
            asked()
