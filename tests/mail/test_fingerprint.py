"""Two sends of one mail by Django, nodemailer (both recorded) and smtplib's EmailMessage."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import pytest

from mailcatch.mail import Bounds, Envelope, Message

FIXTURES = Path(__file__).parents[2] / "fixtures" / "fingerprint"
ENVELOPE = Envelope("app@acme.example", ("ann@example.org", "bob@example.org"))


def smtplib_message(body: str = "Hello Ann", seconds: float = 0) -> bytes:
    message = EmailMessage()
    message["From"] = Address("Acme", "app", "acme.example")
    message["To"] = "Ann <ann@example.org>"
    message["Subject"] = "Grüße"
    message["Date"] = formatdate(seconds)
    message["Message-ID"] = make_msgid()
    content_id = make_msgid()
    message.set_content(body)
    message.add_alternative(f"<p>{body}<img src='cid:{content_id[1:-1]}'></p>", subtype="html")
    parts = message.get_payload()
    assert isinstance(parts, list)
    parts[1].add_related(b"GIF89a", "image", "gif", cid=content_id)  # type: ignore[union-attr]
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    return message.as_bytes()


def sent(name: str) -> bytes:
    return (FIXTURES / f"{name}.eml").read_bytes()


def fingerprint(raw: bytes, envelope: Envelope | None = ENVELOPE) -> str:
    return Message.parse(raw, envelope).fingerprint


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (smtplib_message(seconds=0), smtplib_message(seconds=60)),
        (sent("django-first"), sent("django-again")),
        (sent("nodemailer-first"), sent("nodemailer-again")),
    ],
    ids=["smtplib", "django", "nodemailer"],
)
def test_two_sends_of_one_mail_are_the_same(first: bytes, second: bytes) -> None:
    assert first != second
    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (smtplib_message(), smtplib_message("Hello Anne")),
        (sent("django-first"), sent("django-other-word")),
        (sent("nodemailer-first"), sent("nodemailer-other-word")),
    ],
    ids=["smtplib", "django", "nodemailer"],
)
def test_a_word_of_the_body_makes_another_mail(first: bytes, other: bytes) -> None:
    assert fingerprint(first) != fingerprint(other)


def test_a_recipient_makes_another_mail() -> None:
    other = Envelope(ENVELOPE.sender, ("ann@example.org",))
    assert fingerprint(smtplib_message()) != fingerprint(smtplib_message(), other)


def test_the_order_of_recipients_and_the_case_of_domains_do_not() -> None:
    other = Envelope("app@ACME.example", ("bob@example.ORG", "ann@example.org"))
    assert fingerprint(smtplib_message()) == fingerprint(smtplib_message(), other)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"<ann@", b"<eve@"),
        (b"Acme", b"Amce"),
        (b"<p>Hello", b"<p>Hallo"),
    ],
)
def test_what_a_reader_would_see_differ_makes_another_mail(was: bytes, becomes: bytes) -> None:
    raw = sent("nodemailer-first")
    assert was in raw
    assert fingerprint(raw) != fingerprint(raw.replace(was, becomes))


def test_the_bytes_and_the_name_of_a_file_count() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    file = b"Content-Type: a/b\r\nContent-Disposition: attachment; filename=x\r\n\r\none\r\n--b--"
    one = fingerprint(head + file)
    assert one != fingerprint(head + file.replace(b"one", b"two"))
    assert one != fingerprint(head + file.replace(b"filename=x", b"filename=y"))


def test_trace_fields_do_not_count() -> None:
    raw = smtplib_message()
    assert fingerprint(raw) == fingerprint(b"Received: from x\r\n" + raw)


def test_a_mail_without_its_envelope_is_not_one_with_it() -> None:
    assert fingerprint(smtplib_message(), None) != fingerprint(smtplib_message())


def test_past_a_bound_the_bytes_still_tell_mails_apart() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 9
    few = Bounds(parts=3)
    one = Message.parse(head + b"--b\r\n\r\none\r\n--b--", limits=few)
    two = Message.parse(head + b"--b\r\n\r\ntwo\r\n--b--", limits=few)
    assert one.fingerprint != two.fingerprint
