"""Every message at hand, sent octet for octet: the project's fixtures, and those of CPython."""

from __future__ import annotations

import smtplib
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from mailcatch import Catcher
from tests.clients.kept import RECIPIENT, kept
from tests.clients.programs import PROJECT, missing
from tests.cpython_messages import messages_of_cpython
from tests.talk import Talk, stuffed

LEAST_OF_CPYTHON: Final = 40


def fixtures() -> list[Path]:
    return sorted((PROJECT / "fixtures").rglob("*.eml"))


def cpython() -> list[Path]:
    found = messages_of_cpython()
    if len(found) < LEAST_OF_CPYTHON:
        missing("the data of CPython's test.test_email")
    return found


@pytest.fixture(params=[fixtures, cpython], ids=["fixtures", "CPython"])
def messages(request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Messages by sender: each is sent by an address that is made of its file's name."""
    found: list[Path] = request.param()
    return {f"{path.stem}@example.com": path.read_bytes() for path in found}


def digests(messages: dict[str, bytes]) -> dict[str, str]:
    return {sender: sha256(octets).hexdigest() for sender, octets in messages.items()}


def received(catcher: Catcher) -> dict[str, bytes]:
    return {one.transaction.sender: one.octets for one in kept(catcher.mailbox)}


def ended(octets: bytes) -> bytes:
    """Return what a message is on the wire: its last line ends, or the dot would belong to it."""
    return octets if octets.endswith(b"\r\n") or not octets else octets + b"\r\n"


def test_arrives_as_it_was_sent(catcher: Catcher, messages: dict[str, bytes]) -> None:
    with Talk(catcher) as client:
        client.ask(b"EHLO client.example.com")
        for sender, octets in messages.items():
            envelope = f"MAIL FROM:<{sender}>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n"
            client.say(envelope.encode())
            assert [client.hear()[:3] for _ in range(3)] == [b"250", b"250", b"354"]
            client.say(stuffed(ended(octets)) + b".\r\n")
            assert client.hear().startswith(b"250")

    sent = {sender: ended(octets) for sender, octets in messages.items()}
    assert digests(received(catcher)) == digests(sent)


def test_arrives_as_it_was_sent_all_at_once(catcher: Catcher, messages: dict[str, bytes]) -> None:
    wire = b"EHLO client.example.com\r\n"
    for sender, octets in messages.items():
        envelope = f"MAIL FROM:<{sender}>\r\nRCPT TO:<{RECIPIENT}>\r\nDATA\r\n"
        wire += envelope.encode() + stuffed(ended(octets)) + b".\r\n"
    with Talk(catcher) as client:
        client.say(wire + b"QUIT\r\n")
        replies = client.rest()

    assert replies.count(b"queued as") == len(messages)
    sent = {sender: ended(octets) for sender, octets in messages.items()}
    assert digests(received(catcher)) == digests(sent)


def test_arrives_as_smtplib_sends_it(catcher: Catcher, messages: dict[str, bytes]) -> None:
    with smtplib.SMTP(catcher.host, catcher.port, timeout=20) as client:
        for sender, octets in messages.items():
            client.sendmail(sender, RECIPIENT, octets)

    sent = {sender: as_smtplib_sends(octets) for sender, octets in messages.items()}
    assert digests(received(catcher)) == digests(sent)


def as_smtplib_sends(octets: bytes) -> bytes:
    """Return what a server has to understand: smtplib also doubles dots after bare LF."""
    octets = octets if octets.endswith(b"\r\n") else octets + b"\r\n"
    return octets.replace(b"\n.", b"\n..").replace(b"\r\n..", b"\r\n.")


def test_has_something_to_send() -> None:
    assert len(fixtures()) >= 10
    assert len(messages_of_cpython()) >= LEAST_OF_CPYTHON
