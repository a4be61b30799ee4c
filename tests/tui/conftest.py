"""What tests of the screen share: a mailbox with something of everything, and a reading process."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch.mail.worker import Worker
from mailcatch.mailbox import events
from tests.mailbox.filling import Filling, letter

RESET = (
    b"From: Harbour Books <app@example.org>\r\nTo: Ann <ann@example.com>\r\n"
    b"Subject: Reset your password\r\nMessage-ID: <reset@example.org>\r\n"
    b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Hello Ann,\r\n\r\nyour code is 482913, or follow\r\nhttps://harbour.example/reset?token=xyz\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b'<p>Hello Ann,</p><p>your code is 482913, or <a href="https://harbour.example/reset?token=xyz">'
    b"choose a new password</a>.</p>\r\n--b--\r\n"
)
REPORT = (
    b"From: reports@example.org\r\nTo: boss@example.com\r\nSubject: Turnover in October\r\n"
    b"Message-ID: <report@example.org>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nThe numbers are attached.\r\n"
    b"--b\r\nContent-Type: text/csv; name=turnover.csv\r\n"
    b"Content-Disposition: attachment; filename=turnover.csv\r\n\r\nmonth,sum\r\n10,4711\r\n"
    b"--b--\r\n"
)


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """One reading process for all tests: starting one takes longer than most of them."""
    with Worker() as running:
        yield running


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The same times everywhere, and no clipboard, editor or browser of whoever runs the tests."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "NO_COLOR", "VISUAL", "EDITOR", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    if before is None:
        os.environ.pop("TZ", None)
    time.tzset()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """After each key the pilot waits until nothing is computed; it looks for that more often.

    A Textual that knows nothing of these names is only slower.
    """
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.008, raising=False)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 0.0008, raising=False)


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    return Filling(tmp_path / "mail")


@pytest.fixture
def box(filling: Filling) -> Filling:
    """Four mails: one that was refused twice before, one stored twice, one with a file."""
    filling.stored(letter("Your order HB-20417", "It is on its way.", to="bob@example.com"))
    filling.stored(REPORT, "reports@example.org", ("boss@example.com",))
    filling.refused("eom", reply="451 4.3.0 try again later", rule="greylist")
    filling.refused("eom", reply="451 4.3.0 try again later", rule="greylist")
    more: tuple[events.AnyEvent, ...] = (
        events.Server(30, "250 2.0.0 OK: queued"),
        events.Client(40, "QUIT"),
        events.Server(41, "221 2.0.0 Bye"),
    )
    filling.stored(RESET, more=more)
    twice = letter("We received your payment", "Thank you.")
    filling.stored(twice)
    filling.stored(twice)
    return filling
