"""Hostile mails on a real terminal: nothing but what the screen writes itself reaches it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import closing
from pathlib import Path

import pytest

from mailcatch.mailbox import events
from tests.mailbox.filling import Filling

EVIL = "\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred\x9b31m\u202egnp\x7f\x00[/] [@click=app.quit]x[/] [bold"
ENCODED = "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in EVIL.encode()) + "?="
MAIL = (
    f'From: "{EVIL}" <app@example.org>\r\nTo: {ENCODED} <ann@example.com>\r\n'
    f"Subject: {ENCODED} raw {EVIL}\r\nX-\x9b31m\u202e: {EVIL}\r\nX-Tags: {EVIL}\r\n"
    f"Message-ID: <{EVIL}>\r\nDate: {EVIL}\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    f"Content-Type: text/plain; charset={EVIL}\r\n\r\n{EVIL}\r\n"
    f"Your code is 482913 {EVIL}\r\n--b\r\n"
    f'Content-Type: text/html\r\n\r\n<p>{EVIL}<a href="https://example.org/{EVIL}">{EVIL}</a>\r\n'
    f'--b\r\nContent-Type: application/{EVIL}; name="{EVIL}.pdf"\r\n'
    f'Content-Disposition: attachment; filename="{EVIL}.pdf"\r\n\r\n{EVIL}\r\n--b--\r\n'
).encode()

# What Textual's driver writes: colours, places, modes, the title, questions about the terminal.
OURS = re.compile(
    rb"\x1b\[[0-9;]*[mHJKABCDGdX]|\x1b\[\?[0-9;]+(?:\$p|[hlu])|\x1b\[[>=<]?[0-9;]*u|\x1b\[\?1u"
    rb"|\x1b\[[0-9]* ?q|\x1b[78=>]|\x1b\[(?:c|>c|>q)|\x1b\[[0-9;]*t|\x1b\(B|\x1b\]22;[a-z-]*\x07"
)
COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")
FORBIDDEN = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SEEN = {
    "2": b"example.org/",
    "3": b"X-Tags: ",
    "x": b"X-Tags:",
    "4": b"=33=31=6D=72=65=64",
    "5": b"multipart/mixed",
    "6": b"MAIL FROM:<",
    "7": b"250 2.0.0",
    "8": b"eight-bit-undeclared",
    "9": b"482913",
    "1": b"Your code is 482913",
}
"""Keys of views, and what is seen of the newest mail there."""

QUIET = 0.06
"""Seconds without output after which a view is painted."""
AWHILE = 0.15
"""The same where an escape must not be taken for the beginning of a key."""
FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "hostile"


class Terminal:
    """A program on a terminal of its own; keeps all that it writes."""

    def __init__(self, *arguments: object, environment: dict[str, str]) -> None:
        self.written = b""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mailcatch", *map(str, arguments)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, **environment},
        )
        os.close(theirs)

    def read(self, quiet: float, most: float = 30.0) -> bytes:
        """Read until nothing is written for some time; return what was."""
        before = len(self.written)
        deadline = time.monotonic() + most
        while time.monotonic() < deadline and select.select([self._ours], [], [], quiet)[0]:
            try:
                octets = os.read(self._ours, 65536)
            except OSError:
                break
            if not octets:
                break
            self.written += octets
        return self.written[before:]

    def wait_for(self, text: bytes) -> None:
        """Read until some text was written."""
        deadline = time.monotonic() + 60
        before = len(self.written)
        while text not in self.written[before:]:
            assert time.monotonic() < deadline, self.written[-2000:]
            assert self.process.poll() is None, self.written[-2000:]
            self.read(0.05, 0.2)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def end(self) -> int:
        """Leave whatever is open, and the screen; return the exit status."""
        deadline = time.monotonic() + 60
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.written[-2000:]
            for key in ("q", "\x1b"):
                self.press(key)
                self.read(AWHILE, 1.0)
        return self.process.returncode

    def close(self) -> None:
        """End the program, however far it came."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


def assert_harmless(written: bytes) -> None:
    rest = OURS.sub(b"", COPIED.sub(b"", written))
    place = rest.find(b"\x1b")
    assert place < 0, rest[max(place - 40, 0) : place + 40]
    assert FORBIDDEN.search(rest.decode("utf-8")) is None


@pytest.fixture
def hostile(filling: Filling) -> Filling:
    lines: tuple[events.AnyEvent, ...] = (
        events.Client(30, f"VRFY {EVIL}"),
        events.Client(31, base64=EVIL.encode() + b"\xff"),
        events.Server(32, f"550 {EVIL}\r\n550 {EVIL}"),
        events.Auth(33, EVIL, EVIL, accepted=False),
        events.SessionNote(34, EVIL, EVIL),
        events.Fault(35, "vrfy", EVIL, EVIL),
    )
    for path in sorted(FIXTURES.glob("*.eml")):
        filling.message(path.read_bytes())
    filling.stored(MAIL, f"{EVIL}@example.org", (f"{EVIL}@example.com",), user=EVIL, more=lines)
    filling.refused("eom", f"{EVIL}@example.org", reply=f"451 {EVIL}", rule=EVIL, peer=EVIL)
    filling.stored(MAIL, f"{EVIL}@example.org", (f"{EVIL}@example.com",), peer=EVIL)
    return filling


def test_no_mail_reaches_the_terminal_through_any_view(hostile: Filling, tmp_path: Path) -> None:
    environment = {"TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path / "state")}
    with closing(Terminal("view", hostile.root, environment=environment)) as terminal:
        status = visit_all(terminal)
    assert_harmless(terminal.written)
    assert b"Traceback" not in terminal.written
    assert b"MarkupError" not in terminal.written
    assert status == 0
    for copied in COPIED.findall(terminal.written):
        assert copied != b"aGk="


def visit_all(terminal: Terminal) -> int:
    """Look at everything there is to see; return the exit status of the screen."""
    terminal.wait_for(b"Text")
    for key, text in SEEN.items():
        terminal.press(key)
        terminal.wait_for(text)
        terminal.read(QUIET)
    for _ in range(2):
        terminal.press("j")
        terminal.read(QUIET)
        for key in "123456789":
            terminal.press(key)
            terminal.read(QUIET)
            if key in "34":
                terminal.press("xx")
                terminal.read(QUIET)
    # Menus, copies, sessions, groups, filters, help, comparing, and every other mail in turn.
    for keys in ("gl", "\x1b", "y", "s", "c", "s", "\x1b", "b", "b", "b", "i", "i", "i", "i"):
        terminal.press(keys)
        terminal.read(AWHILE if "\x1b" in keys else QUIET)
    filtered = ("/\x1b[A", "form:\x1b", "5", "\t", "j\r", "S", "\x1b")
    for keys in ("g  ", "=", "x", "\x1b", "?", "\x1b", *filtered, "\x1b"):
        terminal.press(keys)
        terminal.read(AWHILE if "\x1b" in keys else QUIET)
    terminal.press("g1")
    for _ in range(45):
        terminal.press("j")
        terminal.read(QUIET, 1.0)
    return terminal.end()
