"""Real clients that ask for delivery status notifications, and the notifications they get."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.notifying.report import MARK
from tests.clients.kept import RECIPIENT, SENDER
from tests.clients.test_msmtp import msmtp
from tests.clients.test_nodemailer import message, nodemailer
from tests.reading import eventually, messages

CONTENT = b"From: ann@example.com\r\nTo: bob@example.com\r\nSubject: hi\r\n\r\nGood day.\r\n"


@pytest.fixture
def catcher(mailbox: Path) -> Iterator[Catcher]:
    rules = '[[faults.rule]]\nat = "rcpt"\nmatch.recipient = "gone@*"\nbounce_later = true\n'
    with Catcher(port=0, mailbox=mailbox, dsn=True, faults=rules).in_thread() as running:
        yield running


def notice(mailbox: Path) -> list[Message]:
    """Return the fields of the one notification: those of the message, and of each recipient."""

    def made() -> list[bytes]:
        return [one for one in messages(mailbox) if MARK.encode() in one]

    (only,) = eventually(made)
    whole = message_from_bytes(only)
    assert whole["To"] == f"<{SENDER}>"
    status = whole.get_payload(1)
    assert isinstance(status, Message)
    fields = status.get_payload()
    assert isinstance(fields, list)
    return [one for one in fields if isinstance(one, Message)]


def test_nodemailer_hears_of_success(catcher: Catcher, tmp_path: Path) -> None:
    asked = {"id": "QQ+314159", "return": "headers", "notify": ["success"], "recipient": RECIPIENT}
    nodemailer(catcher, tmp_path, messages=[{**message(CONTENT), "dsn": asked}])

    whole, recipient = notice(catcher.mailbox)
    assert whole["Original-Envelope-Id"] == "QQ+314159"
    assert recipient["Original-Recipient"] == f"rfc822; {RECIPIENT}"
    assert (recipient["Action"], recipient["Status"]) == ("delivered", "2.0.0")


def test_nodemailer_hears_of_failure(catcher: Catcher, tmp_path: Path) -> None:
    asked = {"notify": ["failure", "delay"], "return": "full"}
    sent = message(CONTENT, SENDER, "gone@example.com")
    nodemailer(catcher, tmp_path, messages=[{**sent, "dsn": asked}])

    _, recipient = notice(catcher.mailbox)
    assert (recipient["Action"], recipient["Status"]) == ("failed", "5.1.1")


def test_msmtp_hears_of_success(catcher: Catcher, tmp_path: Path) -> None:
    settings = ("auth off", "dsn_notify failure,success", "dsn_return headers")
    msmtp(catcher, tmp_path, CONTENT, RECIPIENT, settings=settings)

    _, recipient = notice(catcher.mailbox)
    assert recipient["Action"] == "delivered"
