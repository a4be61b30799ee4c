"""What was acknowledged survives SIGKILL, whole."""

from __future__ import annotations

import hashlib
import random
import signal
import smtplib
import threading
import time
from pathlib import Path

import pytest

from mailcatch.mailbox.events import Transaction
from tests.reading import messages, sessions
from tests.serving import Serving

ROUNDS = 15
CLIENTS = 4


class Sender(threading.Thread):
    """Sends messages of many sizes until the server dies, and remembers the acknowledged ones."""

    def __init__(self, server: Serving, seed: int) -> None:
        super().__init__()
        self.server = server
        self.dice = random.Random(seed)
        self.acknowledged: dict[str, str] = {}
        self.sent: set[str] = set()

    def run(self) -> None:
        try:
            with smtplib.SMTP(self.server.host, self.server.port, timeout=20) as client:
                while True:
                    self.send(client)
        except (OSError, smtplib.SMTPException):
            return

    def send(self, client: smtplib.SMTP) -> None:
        size = self.dice.choice([10, 1_000, 100_000, 2_000_000])
        content = b"Subject: x\r\n\r\n" + self.dice.randbytes(size).hex().encode() + b"\r\n"
        digest = hashlib.sha256(content).hexdigest()
        self.sent.add(digest)
        client.mail("a@example.com")
        client.rcpt("b@example.com")
        code, text = client.data(content)
        if code == 250:
            self.acknowledged[text.split()[-1].decode()] = digest


@pytest.mark.parametrize("fsync", [[], ["--fsync"]])
def test_every_acknowledged_message_is_there_whole(mailbox: Path, fsync: list[str]) -> None:
    dice = random.Random(7)
    acknowledged: dict[str, str] = {}
    sent: set[str] = set()
    for number in range(ROUNDS):
        with Serving("--port", "0", "--dir", mailbox, *fsync) as server:
            senders = [Sender(server, seed=number * CLIENTS + one) for one in range(CLIENTS)]
            for sender in senders:
                sender.start()
            time.sleep(dice.uniform(0.02, 0.3))
            server.process.send_signal(signal.SIGKILL)
            server.process.wait(timeout=20)
            for sender in senders:
                sender.join()
                acknowledged |= sender.acknowledged
                sent |= sender.sent
    assert acknowledged
    for name, digest in acknowledged.items():
        kept = (mailbox / "messages" / name).read_bytes()
        assert hashlib.sha256(kept).hexdigest() == digest
    for kept in messages(mailbox):
        assert hashlib.sha256(kept).hexdigest() in sent, "a torn or unknown message"
    named = {
        event.file
        for events in sessions(mailbox)
        for event in events
        if isinstance(event, Transaction)
    }
    assert acknowledged.keys() <= named
    with Serving("--port", "0", "--dir", mailbox):
        assert {path.suffix for path in (mailbox / "messages").iterdir()} == {".eml"}
