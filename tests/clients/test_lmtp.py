"""Clients that speak LMTP."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Client
from tests.clients.conftest import DIFFICULT, HEADER
from tests.clients.exim import exim_for
from tests.clients.kept import RECIPIENT, SENDER, kept, only
from tests.clients.senders import body_of, smtp_source, swaks
from tests.reading import messages, only_transaction, sessions, transactions


@pytest.fixture
def catcher(mailbox: Path, tmp_path: Path) -> Iterator[Catcher]:
    listen = ["127.0.0.1:0", f"unix:{tmp_path / 'lmtp.sock'}"]
    with Catcher(listen=listen, lmtp=True, mailbox=mailbox).in_thread() as running:
        yield running


@pytest.mark.parametrize("unix", [False, True], ids=["TCP", "Unix socket"])
def test_smtplib(catcher: Catcher, tmp_path: Path, unix: bool) -> None:
    host, port = (str(tmp_path / "lmtp.sock"), 0) if unix else (catcher.host, catcher.port)
    with smtplib.LMTP(host, port, local_hostname="client.example.com") as client:
        assert client.sendmail(SENDER, [RECIPIENT], DIFFICULT) == {}
    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])
    (session,) = sessions(catcher.mailbox)
    said = [event.text for event in session if isinstance(event, Client)]
    assert said[0].startswith("lhlo ")


def test_swaks_hears_a_reply_for_each_recipient(catcher: Catcher, tmp_path: Path) -> None:
    recipients = [RECIPIENT, "carol@example.com", "dave@example.com"]
    catcher.use_faults(
        '[[faults.rule]]\nat = "eom"\nmatch.recipient = "carol@*"\nreply = "452 4.2.2 Full"\n'
    )
    file = tmp_path / "data"
    file.write_bytes(DIFFICULT + b".\r\n")
    printed = swaks(
        catcher,
        tmp_path,
        *("--protocol", "LMTP", "--to", ",".join(recipients), "--data", f"@{file}"),
    )
    said = [line for line in printed.splitlines() if line.startswith("<") and "250-" not in line]
    assert [line.split()[1] for line in said[-4:]] == ["250", "452", "250", "221"]
    message = only(catcher.mailbox)
    assert message.octets == DIFFICULT
    assert message.envelope == (SENDER, recipients)
    answers = [one.answer[:3] for one in only_transaction(catcher.mailbox).recipients]
    assert answers == ["250", "452", "250"]


def test_smtp_source_waits_for_a_reply_for_each_recipient(catcher: Catcher, tmp_path: Path) -> None:
    smtp_source(catcher, tmp_path, "-L", "-d", "-s", "3", "-m", "30", "-r", "4", "-l", "500")
    received = kept(catcher.mailbox)
    assert len(received) == 30
    assert {len(body_of(message.octets)) for message in received} == {500}
    for message in received:
        assert [one.answer[:3] for one in message.transaction.recipients] == ["250"] * 4


def test_exim_tries_again_for_the_recipient_that_was_told_to_wait(catcher: Catcher) -> None:
    catcher.use_faults(
        '[[faults.rule]]\nat = "eom"\nmatch.recipient = "carol@*"\nreply = "452 4.2.2 Full"\n'
        "times = 1\n"
    )
    others = ["carol@example.com", "dave@example.com"]
    with exim_for(catcher, "lmtp") as exim:
        name = exim.queue(HEADER + b"\r\nhello\r\n", "-f", SENDER, RECIPIENT, *others)
        content = exim.message(name)
        exim.deliver(name)
        assert exim.queued() == [name]
        exim.deliver(name)
        assert exim.queued() == []
    first, second = transactions(catcher.mailbox)
    assert {one.address: one.answer[:3] for one in first.recipients} == {
        RECIPIENT: "250",
        "carol@example.com": "452",
        "dave@example.com": "250",
    }
    assert [one.address for one in second.recipients] == ["carol@example.com"]
    assert messages(catcher.mailbox) == [content, content]
