"""The screen on a mailbox of many messages, through a real pty: paint, memory, keys, arrival."""

from __future__ import annotations

import argparse
import json
import smtplib
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mailcatch.catcher import Catcher
from mailcatch.mailbox.reader import Reader
from scripts.bench.processes import BenchError
from scripts.bench.terminal import Terminal
from scripts.corpus import Corpus

HELP: Final = "first paint, memory, keys, filtering, arrival, a body of 5 MB"
_WORDS: Final = ("account", "invoice", "password", "friday", "welcome")
_LETTER: Final = "From: a@example.org\r\nTo: b@example.org\r\nSubject: {}\r\n\r\n{}\r\n"

Figures = dict[str, tuple[float, float, str]]
"""What was measured and its bar, with the unit, by what it is."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--messages", type=int, default=100_000, help="messages (default: 100000)")
    parser.add_argument("--dir", type=Path, help="a corpus that is there already; mail is added")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print. Raises BenchError. A missed bar is not a failure."""
    with _corpus(options) as root, tempfile.TemporaryDirectory() as state:
        with Reader(root) as reader:
            reader.refresh()
        figures = {**_looked_at(root, Path(state)), **_arriving(root, Path(state))}
        figures |= _large(Path(state))
    if options.json:
        print(json.dumps({name: value for name, (value, _, _) in figures.items()}, indent=2))
        return 0
    for name, (value, bar, unit) in figures.items():
        print(
            f"{name:<48} {value:>8.1f} {unit:<3} (bar {bar:g}){'' if value <= bar else '  missed'}"
        )
    return 0


def _looked_at(root: Path, state: Path) -> Figures:
    with Terminal("view", str(root), state=state) as screen:
        first = screen.until("✓") - screen.began
        screen.drain(2.0)
        resident = screen.resident
        lines = [screen.latency("j") for _ in range(60)]
        pages = [screen.latency("\x1b[6~") for _ in range(40)]
        screen.press("G")
        screen.drain(0.5)
        ups = [screen.latency("k") for _ in range(40)]
        screen.press("g/")
        screen.drain(0.3)
        typed: list[float] = []
        for word in _WORDS:
            typed += [screen.painted(letter) for letter in word]
            screen.press("\x7f" * len(word))
            screen.drain(0.5)
    return {
        "first paint": (first, 0.5, "s"),
        "resident": (resident / 1e6, 200, "MB"),
        "a line down, key to paint, p95": (_p95(lines) * 1e3, 30, "ms"),
        "a page down, key to paint, p95": (_p95(pages) * 1e3, 60, "ms"),
        "a line up at the end, key to paint, p95": (_p95(ups) * 1e3, 30, "ms"),
        "a filter as typed, until all is painted, p95": (_p95(typed) * 1e3, 100, "ms"),
    }


def _arriving(root: Path, state: Path) -> Figures:
    with (
        Catcher(port=0, mailbox=root).in_thread() as catcher,
        Terminal("view", str(root), state=state) as screen,
        smtplib.SMTP(catcher.host, catcher.port) as smtp,
    ):
        screen.until("1 Text")
        screen.drain(2.0)
        seen: list[float] = []
        for number in range(20):
            subject = f"arrival{number:03}"
            smtp.sendmail("a@example.org", ["b@example.org"], _LETTER.format(subject, "x"))
            stored = time.perf_counter()
            seen.append(screen.until(subject) - stored)
            screen.drain(0.3)
        screen.press("jjjjj")
        screen.drain(0.5)
        done = threading.Event()
        sender = threading.Thread(target=_flood, args=(catcher.host, catcher.port, done))
        sender.start()
        keys: list[float] = []
        while not done.is_set():
            began = screen.press("j")
            screen.until("\x1b", 10.0)
            keys.append(time.perf_counter() - began)
            time.sleep(0.02)
        sender.join()
    return {
        "new mail on screen after its 250, p95": (_p95(seen) * 1e3, 300, "ms"),
        "a key while 1,000 mails arrive, p95": (_p95(keys) * 1e3, 100, "ms"),
    }


def _large(state: Path) -> Figures:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "b.eml").write_text(_LETTER.format("small", "begin"), newline="")
        body = "\r\n".join(f"{number:>6} {'word ' * 12}" for number in range(75_000))
        (root / "a.eml").write_text(_LETTER.format("large", body), newline="")
        with Terminal("view", str(root), state=state) as screen:
            screen.until("1 Text")
            screen.drain(1.0)
            opened: list[float] = []
            for _ in range(10):
                screen.press("j")
                screen.drain(0.5)
                began = screen.press("k")
                opened.append(screen.until("     0 word word") - began)
                screen.drain(0.5)
            screen.press("\r")
            screen.drain(0.5)
            pages = [screen.latency("\x1b[6~") for _ in range(60)]
    return {
        "a body of 5 MB opened, p95": (_p95(opened) * 1e3, 300, "ms"),
        "a page of it, key to paint, p95": (_p95(pages) * 1e3, 60, "ms"),
    }


def _flood(host: str, port: int, done: threading.Event) -> None:
    """Send 1,000 mails in about a second."""
    try:
        with smtplib.SMTP(host, port) as smtp:
            for number in range(1_000):
                raw = _LETTER.format(f"flood {number}", "x")
                smtp.sendmail("a@example.org", ["b@example.org"], raw)
    finally:
        done.set()


@contextmanager
def _corpus(options: argparse.Namespace) -> Iterator[Path]:
    if options.dir is not None:
        if not (options.dir / "messages").is_dir():
            raise BenchError(f"there is no corpus in {options.dir}: see scripts.corpus")
        yield options.dir
        return
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "mail"
        for _ in Corpus(root).write(options.messages):
            pass
        yield root


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]
