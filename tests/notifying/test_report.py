"""The mail that says what became of a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import Message as Understood
from mailcatch.notifying.notices import Action, Notice, Told
from mailcatch.notifying.report import MARK, compose

ACCEPTED = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
MADE = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)
ABOUT = "20261123T120000.000000Z-7Q3K.eml"
NAME = "20261123T120005.000000Z-7Q3M"
HEAD = b"From: app@example.org\r\nMessage-ID: <1@app>\r\nSubject: hi"
SUCCESS = Notice(
    about=ABOUT,
    to="app@example.org",
    action=Action.DELIVERED,
    recipients=(Told("bob@example.com", "rfc822;Bob@Example.COM", "2.0.0"),),
    why="NOTIFY=SUCCESS",
    accepted=ACCEPTED,
    envelope_id="QQ314159",
    head=HEAD,
)
FAILURE = replace(
    SUCCESS,
    action=Action.FAILED,
    recipients=(
        Told("gone@example.com", "", "5.1.1", ("550-5.1.1 No such", "550 5.1.1 user here")),
        Told("full@example.net", "", "5.2.2", ("552 5.2.2 Mailbox full",)),
    ),
    why="rule gone",
)


def composed(notice: Notice, content: bytes | None = None) -> bytes:
    return compose(notice, hostname="mx.example.test", made=MADE, name=NAME, content=content)


def report(notice: Notice, content: bytes | None = None) -> Message:
    message = message_from_bytes(composed(notice, content))
    assert all(not part.defects for part in message.walk())
    return message


def parts(message: Message) -> list[Message]:
    inside = message.get_payload()
    assert isinstance(inside, list)
    return [part for part in inside if isinstance(part, Message)]


def groups(message: Message) -> list[Message]:
    """Return the fields for the message, and those for each recipient."""
    status = parts(message)[1]
    assert status.get_content_type() == "message/delivery-status"
    return parts(status)


def test_it_is_a_multipart_report_of_three_parts() -> None:
    message = report(SUCCESS)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert [one.get_content_type() for one in parts(message)] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]


def test_it_comes_from_the_mailer_daemon_to_the_sender() -> None:
    message = report(SUCCESS)
    assert message["From"] == "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>"
    assert message["To"] == "<app@example.org>"
    assert message["Message-ID"] == f"<{NAME}@mx.example.test>"
    assert message["In-Reply-To"] == message["References"] == "<1@app>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert parsedate_to_datetime(message["Date"]) == MADE


def test_it_says_that_mailcatch_made_it() -> None:
    message = report(SUCCESS)
    assert message[MARK] == f"{ABOUT}; NOTIFY=SUCCESS"
    assert "mailcatch" in str(parts(message)[0].get_payload())


@pytest.mark.parametrize(
    ("action", "subject"),
    [
        (Action.DELIVERED, "Delivery Status Notification (Success)"),
        (Action.FAILED, "Delivery Status Notification (Failure)"),
        (Action.DELAYED, "Delivery Status Notification (Delay)"),
    ],
)
def test_its_subject_says_what_happened(action: Action, subject: str) -> None:
    assert report(replace(SUCCESS, action=action))["Subject"] == subject


def test_success_has_the_fields_of_rfc_3464() -> None:
    whole, recipient = groups(report(SUCCESS))
    assert whole.items() == [
        ("Reporting-MTA", "dns; mx.example.test"),
        ("Original-Envelope-Id", "QQ314159"),
        ("Arrival-Date", "Mon, 23 Nov 2026 12:00:00 +0000"),
        ("X-Mailcatch-Message", ABOUT),
    ]
    assert recipient.items() == [
        ("Original-Recipient", "rfc822; Bob@Example.COM"),
        ("Final-Recipient", "rfc822; bob@example.com"),
        ("Action", "delivered"),
        ("Status", "2.0.0"),
    ]


def test_failure_has_a_diagnostic_for_each_recipient() -> None:
    _, gone, full = groups(report(FAILURE))
    assert gone.items() == [
        ("Final-Recipient", "rfc822; gone@example.com"),
        ("Action", "failed"),
        ("Status", "5.1.1"),
        ("Remote-MTA", "dns; example.com"),
        ("Diagnostic-Code", "smtp; 550-5.1.1 No such 550 5.1.1 user here"),
        ("Last-Attempt-Date", "Mon, 23 Nov 2026 12:00:05 +0000"),
    ]
    assert (full["Status"], full["Remote-MTA"]) == ("5.2.2", "dns; example.net")


def test_a_long_diagnostic_is_folded_at_its_spaces() -> None:
    line = "550 5.7.1 " + " ".join(["because"] * 60)
    told = Told("b@example.com", "", "5.7.1", (line,))
    octets = composed(replace(FAILURE, recipients=(told,)))
    assert max(map(len, octets.split(b"\r\n"))) <= 512
    (_, recipient) = groups(message_from_bytes(octets))
    assert " ".join(recipient["Diagnostic-Code"].split()) == f"smtp; {line}"


def test_the_header_comes_back() -> None:
    returned = parts(report(SUCCESS))[2]
    assert returned.get_content_type() == "text/rfc822-headers"
    assert str(returned.get_payload()).replace("\r\n", "\n").strip() == HEAD.decode().replace(
        "\r\n", "\n"
    )


def test_a_message_comes_back_byte_for_byte() -> None:
    content = HEAD + b"\r\n\r\n.\r\nFrom here\r\n--=_x\r\n\tgr\xc3\xbc\xc3\x9fe"
    octets = composed(FAILURE, content)
    assert b"Content-Type: message/rfc822\r\n" in octets
    boundary = message_from_bytes(octets).get_boundary()
    assert f"\r\n\r\n{content.decode()}\r\n--{boundary}--\r\n".encode() in octets


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"Subject: x\r\n\r\nplain\r\n", "7bit"),
        ("Subject: x\r\n\r\ngrüße\r\n".encode(), "8bit"),
        (b"Subject: x\r\n\r\nbare\nline feed\r\n", "binary"),
        (b"Subject: x\r\n\r\nbare\rreturn\r\n", "binary"),
        (b"Subject: x\r\n\r\n\0\r\n", "binary"),
        (b"Subject: x\r\n\r\n" + b"a" * 999 + b"\r\n", "binary"),
        (b"Subject: x\r\n\r\n" + b"a" * 998 + b"\r\n", "7bit"),
    ],
)
def test_what_comes_back_is_declared_as_it_is(content: bytes, encoding: str) -> None:
    message = message_from_bytes(composed(FAILURE, content))
    assert message["Content-Transfer-Encoding"] == encoding
    assert parts(message)[2]["Content-Transfer-Encoding"] == encoding


def test_a_message_that_has_the_boundary_in_it_gets_another() -> None:
    first = message_from_bytes(composed(FAILURE)).get_boundary()
    assert first is not None
    content = b"Subject: x\r\n\r\n--" + first.encode() + b"\r\n"
    message = message_from_bytes(composed(FAILURE, content))
    assert message.get_boundary() != first
    assert len(parts(message)) == 3


def test_a_utf8_address_makes_it_a_global_report() -> None:
    told = Told("日本@example.com", "utf-8;日本@example.com", "2.0.0")
    head = "Subject: grüße".encode()
    notice = replace(SUCCESS, recipients=(told,), head=head, utf8=True)
    octets = composed(notice)
    kinds = [one.get_content_type() for one in parts(message_from_bytes(octets))]
    assert kinds == ["text/plain", "message/global-delivery-status", "message/global-headers"]
    assert "\r\nOriginal-Recipient: utf-8; 日本@example.com\r\n".encode() in octets
    assert "\r\nFinal-Recipient: utf-8; 日本@example.com\r\n".encode() in octets
    whole = composed(notice, "Subject: grüße\r\n\r\n".encode())
    assert b"\r\nContent-Type: message/global\r\n" in whole


def test_who_spoke_no_smtputf8_hears_of_utf8_addresses_in_ascii() -> None:
    told = Told("日本@example.com", "utf-8;a+日本@example.com", "2.0.0")
    _, recipient = groups(report(replace(SUCCESS, recipients=(told,))))
    original = r"utf-8; a\x{2B}\x{65E5}\x{672C}@example.com"
    assert recipient["Original-Recipient"] == original
    assert recipient["Final-Recipient"] == r"utf-8; \x{65E5}\x{672C}@example.com"


@pytest.mark.parametrize(
    ("domain", "server"),
    [
        ("bücher.example", "dns; xn--bcher-kva.example"),
        ("example.net", "dns; example.net"),
        ("[192.0.2.1]", "dns; [192.0.2.1]"),
        ("ü" * 70, None),
        ("no domain", None),
    ],
)
def test_the_server_further_on_has_a_name_of_the_dns(domain: str, server: str | None) -> None:
    told = Told(f"bob@{domain}", "", "5.1.1", ("550 5.1.1 gone",))
    _, recipient = groups(report(replace(FAILURE, recipients=(told,))))
    assert recipient["Remote-MTA"] == server


@given(st.text(alphabet="ab ", max_size=300))
def test_a_folded_line_is_never_blank(words: str) -> None:
    octets = composed(replace(FAILURE, why=f"rule {words}"))
    header = octets.partition(b"\r\n\r\n")[0]
    assert all(line.strip() for line in header.split(b"\r\n"))


def test_a_real_receiver_would_take_it_as_it_is() -> None:
    for notice in (SUCCESS, FAILURE):
        assert [note.name for note in Understood.parse(composed(notice)).notes] == []


@given(
    to=st.text(min_size=1, max_size=40),
    address=st.text(min_size=1, max_size=40),
    head=st.binary(max_size=200),
    content=st.none() | st.binary(max_size=300),
)
def test_no_client_can_write_fields_of_its_own(
    to: str, address: str, head: bytes, content: bytes | None
) -> None:
    told = Told(address, "", "5.1.1", ("550 5.1.1 no",))
    octets = composed(replace(FAILURE, to=to, recipients=(told,), head=head), content)
    names = [line.partition(b":")[0] for line in octets.partition(b"\r\n\r\n")[0].split(b"\r\n")]
    expected = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", MARK]
    expected += ["MIME-Version", "Content-Type", '\tboundary="=_' + NAME + '_0"']
    expected += ["Content-Transfer-Encoding"]
    references = {b"In-Reply-To", b"References"}
    assert [name.decode() for name in names if name not in references] == expected
