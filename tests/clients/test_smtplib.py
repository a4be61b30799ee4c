"""Python's smtplib."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import EmailPolicy

import pytest

from mailcatch import Catcher
from tests.clients.conftest import DIFFICULT, HEADER
from tests.clients.kept import RECIPIENT, SENDER, kept, logins, only


@pytest.fixture
def client(catcher: Catcher) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=20) as connected:
        yield connected


def test_sends_bytes_as_they_are(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.sendmail(SENDER, [RECIPIENT, "carol@example.com"], DIFFICULT)

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com"])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a line\nanother\n\nand another\r\n", id="bare LF"),
        pytest.param(b"a line\ranother\r\rand another\r\n", id="bare CR"),
        pytest.param(b"\n\r\n\r\r\n\n\n\r\r\n", id="line ends only"),
        pytest.param(b"zero \0 octets \0\0\r\n", id="NUL"),
        pytest.param(bytes(range(256)) + b"\r\n", id="every octet"),
        pytest.param(b"x" * 1_000_000 + b"\r\n", id="one endless line"),
        pytest.param(b".\r\n..\r\n...\r\n.\r\n", id="dots"),
    ],
)
def test_sends_any_octets(client: smtplib.SMTP, catcher: Catcher, content: bytes) -> None:
    client.sendmail(SENDER, RECIPIENT, HEADER + b"\r\n" + content)

    assert only(catcher.mailbox).octets == HEADER + b"\r\n" + content


def test_doubles_dots_after_bare_line_feeds_and_they_stay(
    client: smtplib.SMTP, catcher: Catcher
) -> None:
    # smtplib takes what follows a bare LF for a line and quotes its dot; for the server only what
    # follows CRLF is a line, or the message could end in a place that others do not see.
    client.sendmail(SENDER, RECIPIENT, b"A: b\r\n\r\none\n.two\n.\r\n")

    assert only(catcher.mailbox).octets == b"A: b\r\n\r\none\n..two\n..\r\n"


def test_ends_the_last_line_if_nobody_did(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.sendmail(SENDER, RECIPIENT, HEADER + b"\r\nno end")

    assert only(catcher.mailbox).octets == HEADER + b"\r\nno end\r\n"


def test_sends_text_with_line_ends_of_its_own(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.sendmail(SENDER, RECIPIENT, "Subject: text\n\n.dot\rone\r\ntwo\n")

    assert only(catcher.mailbox).octets == b"Subject: text\r\n\r\n.dot\r\none\r\ntwo\r\n"


def test_sends_a_message_object(client: smtplib.SMTP, catcher: Catcher) -> None:
    message = EmailMessage()
    message["From"] = "Änn <ann@example.com>"
    message["To"] = RECIPIENT
    message["Cc"] = "carol@example.com"
    message["Subject"] = "Grüße"
    message.set_content("Hallo,\n.\nviele Grüße\n")
    message.add_attachment(
        bytes(range(256)), maintype="application", subtype="octet-stream", filename="ä.bin"
    )
    message.set_boundary("part")

    client.send_message(message)

    sent = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    assert only(catcher.mailbox).octets == sent
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com"])


def test_sends_a_message_object_to_addresses_in_utf8(
    client: smtplib.SMTP, catcher: Catcher
) -> None:
    message = EmailMessage()
    message["From"] = "änn@example.com"
    message["To"] = "bøb@exämple.com"
    message["Subject"] = "Grüße"
    message.set_content("Grüße\n", cte="8bit")

    client.send_message(message)

    received = only(catcher.mailbox)
    assert received.octets == message.as_bytes(policy=EmailPolicy(linesep="\r\n", utf8=True))
    assert received.envelope == ("änn@example.com", ["bøb@exämple.com"])
    assert [word.upper() for word in received.transaction.parameters[-2:]] == [
        "SMTPUTF8",
        "BODY=8BITMIME",
    ]
    assert received.transaction.notes == ()


def test_sends_to_addresses_in_utf8_when_told_so(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.ehlo()
    client.sendmail("änn@example.com", ["日本@例え.jp"], DIFFICULT, mail_options=["SMTPUTF8"])

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == ("änn@example.com", ["日本@例え.jp"])


def test_logs_in(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.login("ann", "sesame")
    client.sendmail(SENDER, RECIPIENT, DIFFICULT)

    assert logins(catcher.mailbox) == [("CRAM-MD5", "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


@pytest.mark.parametrize("initial", [True, False], ids=["initial response", "challenge"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_logs_in_by_each_mechanism(
    client: smtplib.SMTP, catcher: Catcher, mechanism: str, initial: bool
) -> None:
    client.ehlo()
    client.user, client.password = "ann", "sesame"
    say = client.auth_plain if mechanism == "PLAIN" else client.auth_login
    client.auth(mechanism, say, initial_response_ok=initial)
    client.sendmail(SENDER, RECIPIENT, DIFFICULT)

    assert logins(catcher.mailbox) == [(mechanism, "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


def test_sends_many_messages_in_one_session(client: smtplib.SMTP, catcher: Catcher) -> None:
    contents = [HEADER + b"\r\n" + b".%d\r\n" % number * number for number in range(20)]
    for number, content in enumerate(contents):
        client.sendmail(f"{number}@example.com", RECIPIENT, content)

    received = kept(catcher.mailbox)
    assert [message.octets for message in received] == contents
    assert [message.envelope for message in received] == [
        (f"{number}@example.com", [RECIPIENT]) for number in range(20)
    ]


def test_gives_up_a_transaction_and_sends_another(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.ehlo()
    client.rset()
    client.sendmail(SENDER, RECIPIENT, DIFFICULT)
    client.rset()
    client.noop()
    client.sendmail("", RECIPIENT, DIFFICULT)

    first, second = kept(catcher.mailbox)
    assert first.octets == second.octets == DIFFICULT
    assert second.envelope == ("", [RECIPIENT])


def test_greets_with_helo_only(client: smtplib.SMTP, catcher: Catcher) -> None:
    client.helo()
    client.sendmail(SENDER, RECIPIENT, DIFFICULT)

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).transaction.parameters == ()
