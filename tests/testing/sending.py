"""Sending mail to a server under test, as applications do."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Protocol


class Listening(Protocol):
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


def send(
    server: Listening,
    to: str = "bob@example.com",
    subject: str = "Hello",
    text: str = "Hello, world",
    sender: str = "app@example.com",
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = f"<{subject.encode().hex()[:60]}@example.com>"
    mail.set_content(text)
    send_raw(server, mail.as_bytes(), sender, [to])


def send_raw(
    server: Listening,
    raw: bytes,
    sender: str = "app@example.com",
    to: tuple[str, ...] | list[str] = (),
) -> None:
    with smtplib.SMTP(server.host, server.port, timeout=20) as client:
        client.sendmail(sender, list(to) or ["bob@example.com"], raw)


@contextmanager
def later(server: Listening, *mails: str, seconds: float = 0.05) -> Iterator[None]:
    """Send mails of some subjects from another thread, a moment after the block began."""
    go = threading.Event()

    def work() -> None:
        go.wait(20)
        for subject in mails:
            send(server, subject=subject)

    thread = threading.Thread(target=work)
    thread.start()
    timer = threading.Timer(seconds, go.set)
    timer.start()
    try:
        yield
    finally:
        timer.join()
        thread.join()
