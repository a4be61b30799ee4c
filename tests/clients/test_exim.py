"""Exim, which sends in chunks wherever it can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Client
from tests.clients.conftest import DIFFICULT, HEADER
from tests.clients.exim import Exim, exim_for
from tests.clients.kept import RECIPIENT, SENDER, only
from tests.reading import messages, sessions, transactions


@pytest.fixture
def exim(catcher: Catcher) -> Iterator[Exim]:
    with exim_for(catcher) as ready:
        yield ready


def said(mailbox: Path, verb: str) -> list[str]:
    """Return the lines of a verb in all sessions."""
    lines = [event for session in sessions(mailbox) for event in session]
    return [one.text for one in lines if isinstance(one, Client) and one.text.startswith(verb)]


def test_sends_by_bdat_what_is_hard_to_send_by_data(catcher: Catcher, exim: Exim) -> None:
    content = DIFFICULT.replace(b"\r\n", b"\n")
    name = exim.queue(content, "-i", "-f", SENDER, RECIPIENT, "carol@example.com")
    sent = exim.message(name)
    exim.deliver(name)

    message = only(catcher.mailbox)
    assert message.octets == sent
    assert message.octets.endswith(DIFFICULT.partition(b"\r\n\r\n")[2])
    assert message.envelope == (SENDER, [RECIPIENT, "carol@example.com"])
    assert said(catcher.mailbox, "DATA") == []
    assert said(catcher.mailbox, "BDAT") == [f"BDAT {len(sent)} LAST"]
    assert message.transaction.chunks == 1


def test_sends_a_large_message_in_a_chunk_behind_that_of_the_header(
    catcher: Catcher, exim: Exim
) -> None:
    content = HEADER.replace(b"\r\n", b"\n") + b"\n" + b".0123456789" * 5 + b"\n"
    name = exim.queue(content + b"x" * 70 + b"\n" + content * 40_000, "-i", "-f", SENDER, RECIPIENT)
    sent = exim.message(name)
    exim.deliver(name)

    message = only(catcher.mailbox)
    assert len(sent) > 4_000_000
    assert message.octets == sent
    assert message.transaction.chunks == len(said(catcher.mailbox, "BDAT")) == 2


def test_passes_on_what_is_asked_of_delivery_reports(catcher: Catcher, exim: Exim) -> None:
    name = exim.converse(
        b"EHLO client.example.com\r\n"
        b"MAIL FROM:<ann@example.com> RET=HDRS ENVID=Qq+2B314\r\n"
        b"RCPT TO:<bob@example.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob+2BX@Example.com\r\n"
        b"RCPT TO:<carol@example.com> NOTIFY=NEVER\r\n"
        b"DATA\r\n" + HEADER + b"\r\nbody\r\n.\r\nQUIT\r\n"
    )
    sent = exim.message(name)
    exim.deliver(name)

    message = only(catcher.mailbox)
    assert message.octets == sent
    asked = [one for one in message.transaction.parameters if not one.startswith("SIZE=")]
    assert asked == ["RET=HDRS", "ENVID=Qq+2B314"]
    assert {one.address: set(one.parameters) for one in message.transaction.recipients} == {
        RECIPIENT: {"NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;Bob+2BX@Example.com"},
        "carol@example.com": {"NOTIFY=NEVER"},
    }
    assert message.transaction.notes == ()


@pytest.mark.parametrize("rule", ["data-451-x1", "eom-451-x1", "rcpt-451-x1"])
def test_tries_again_what_was_refused_for_now(mailbox: Path, rule: str) -> None:
    with (
        Catcher(port=0, mailbox=mailbox, faults=rule).in_thread() as catcher,
        exim_for(catcher) as exim,
    ):
        name = exim.queue(DIFFICULT.replace(b"\r\n", b"\n"), "-i", "-f", SENDER, RECIPIENT)
        sent = exim.message(name)
        exim.deliver(name)
        assert exim.queued() == [name]
        exim.deliver(name)
        assert exim.queued() == []
    assert [one.outcome for one in transactions(mailbox)] == ["refused", "stored"]
    assert messages(mailbox)[-1] == sent
