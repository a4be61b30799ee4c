"""The same traffic gives the same faults, whatever came in between."""

from __future__ import annotations

import smtplib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from tests.serving import Serving

CLIENTS = 20
MAILS = 6
RULES = """
[faults]
seed = 42

[[faults.rule]]
id = "who"
at = "mail"
reply = "451 4.3.0 {token}"
probability = 0.4
key = "sender"

[[faults.rule]]
id = "what"
at = "eom"
sequence = ["451 4.3.0 first", "250", "452 4.3.1 third"]
exhausted = "cycle"
probability = 0.7
key = "sender"
delay = { uniform = ["0ms", "20ms"] }
"""


def heard_by_all(mailbox: Path, order: int) -> dict[str, list[bytes]]:
    """Return what each of many clients at once was told, mail by mail.

    order: makes the clients begin in another order, and on other connections.
    """
    mailbox.mkdir()
    (mailbox / "faults.toml").write_text(RULES)
    shuffled = Random(order)
    senders = [f"app{number}@shop.test" for number in range(CLIENTS)]
    shuffled.shuffle(senders)
    heard: dict[str, list[bytes]] = defaultdict(list)

    def send(sender: str) -> None:
        left = MAILS
        while left:
            # Some send all on one connection, some a mail each.
            with smtplib.SMTP(serving.host, serving.port, "client.test", 60) as client:
                for _ in range(shuffled.choice((1, left))):
                    left -= 1
                    client.ehlo_or_helo_if_needed()
                    code, text = client.mail(sender)
                    if code == 250:
                        client.rcpt("ann@shop.test")
                        code, text = client.data("Subject: x\r\n\r\n")
                    heard[sender].append(text if code >= 400 else b"taken")
                    client.rset()

    with Serving("--port", "0", "--dir", mailbox) as serving:
        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(send, senders))
        serving.stop()
    return dict(heard)


@pytest.mark.timeout(180)
def test_many_clients_at_once_meet_the_same_faults_in_any_order(tmp_path: Path) -> None:
    first, second = (heard_by_all(tmp_path / str(order), order) for order in (1, 2))
    assert len(first) == CLIENTS
    assert first == second
    told = {text for texts in first.values() for text in texts}
    assert b"taken" in told
    assert any(text.startswith(b"4.3.0 ") for text in told)
