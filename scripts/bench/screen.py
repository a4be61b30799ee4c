"""The screen on a mailbox of many messages, through a real pty: paint, memory, keys, arrival.

Times are those until the terminal is written to. A machine that others use stretches them; what the
screen itself takes of the processor is told beside.
"""

from __future__ import annotations

import argparse
import json
import os
import smtplib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

from mailcatch.mailbox.reader import Reader
from scripts.bench.processes import BenchError, Server, serving
from scripts.bench.terminal import Terminal
from scripts.corpus import Corpus

HELP: Final = "first paint, memory, keys, filtering, arrival, a body of 5 MB, replies meanwhile"
_WORDS: Final = ("account", "invoice", "password", "friday", "welcome")
_LETTER: Final = "From: a@example.org\r\nTo: b@example.org\r\nSubject: {}\r\n\r\n{}\r\n"
_STARTS: Final = 5
_ARRIVALS: Final = 40
_FLOOD: Final = 1_000
_FLOODS: Final = 4
_ROUNDS: Final = 4
_MAILS: Final = 500
"""Mails of one round, with the screen open or without."""


@dataclass(frozen=True)
class Figure:
    """What was measured, and the bar for its 95th percentile. cpu: of each, where it was told."""

    name: str
    unit: str
    bar: float | None
    values: tuple[float, ...]
    cpu: float | None = None

    @property
    def p95(self) -> float:
        """The value that 19 of 20 do not exceed."""
        return _rank(self.values, 0.95)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--messages", type=int, default=100_000, help="messages (default: 100000)")
    parser.add_argument("--dir", type=Path, help="a corpus that is there already; mail is added")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print JSON")
    shape.add_argument("--markdown", action="store_true", help="print a table for the docs")


def run(options: argparse.Namespace) -> int:
    """Measure and print. Raises BenchError. A missed bar is not a failure."""
    with _corpus(options) as root, tempfile.TemporaryDirectory() as work:
        state = Path(work) / "state"
        with Reader(root) as reader:
            reader.refresh()
        figures = [
            *_looked_at(root, state),
            *_arriving(root, Path(work)),
            *_large(state),
            *_replies(Path(work)),
        ]
    if options.json:
        print(json.dumps([asdict(one) for one in figures], indent=2))
        return 0
    rows = [("what", "median", "p95", "to hold", "held", "processor, ms"), *map(_row, figures)]
    print(_table(rows, markdown=options.markdown))
    return 0


def _looked_at(root: Path, state: Path) -> Iterator[Figure]:
    starts: list[float] = []
    spent: list[float] = []
    for _ in range(_STARTS):
        with Terminal("view", str(root), state=state) as screen:
            starts.append(screen.until("✓") - screen.began)
            spent.append(screen.cpu)
            screen.rest()
    yield Figure("first paint", "s", 0.5, tuple(starts), median(spent))
    with Terminal("view", str(root), state=state) as screen:
        screen.until("✓")
        screen.rest()
        yield _keys(screen, "j", 100, "a line down, key to paint", 30)
        yield _keys(screen, "\x1b[6~", 60, "a page down, key to paint", 60)
        screen.press("G")
        screen.rest()
        yield _keys(screen, "k", 60, "a line up at the end, key to paint", 30)
        screen.press("g/")
        screen.rest()
        first: list[float] = []
        for word in _WORDS:
            for end in range(3, len(word) + 1):
                began = screen.press(word[:end] if end == 3 else word[end - 1])
                first.append(screen.until(f"fit: {word[:end]}") - began)
                screen.drain(0.3)
            screen.press("\x7f" * len(word))
            screen.rest()
        yield Figure("a filter as typed, until what fits is shown", "ms", 100, _ms(first))
        yield Figure("resident at the end", "MB", 200, (screen.resident / 1e6,))


def _keys(screen: Terminal, key: str, times: int, name: str, bar: float) -> Figure:
    before = screen.cpu
    took = [screen.latency(key) for _ in range(times)]
    return Figure(name, "ms", bar, _ms(took), (screen.cpu - before) / times)


def _arriving(root: Path, work: Path) -> Iterator[Figure]:
    with _server(root, work) as server, Terminal("view", str(root), state=work / "state") as screen:
        screen.until("✓")
        screen.rest()
        with smtplib.SMTP("127.0.0.1", server.port) as smtp:
            seen: list[float] = []
            for number in range(_ARRIVALS):
                subject = f"arrival{number:03}"
                smtp.sendmail("a@example.org", ["b@example.org"], _LETTER.format(subject, "x"))
                stored = time.perf_counter()
                seen.append(screen.until(subject) - stored)
                screen.drain(0.3)
        yield Figure("new mail on the screen after its 250", "ms", 300, _ms(seen))
        screen.press("jjjjj")
        keys: list[float] = []
        for _ in range(_FLOODS):
            screen.rest()
            done = threading.Event()
            sender = threading.Thread(target=_flood, args=(server.port, done))
            sender.start()
            while not done.is_set():
                # The title of a column that the key changes: what arrives paints much else.
                title = "Time" if len(keys) % 2 == 0 else "Age"
                began = screen.press("H")
                keys.append(screen.until(title, 10.0) - began)
                time.sleep(0.02)
            sender.join()
        yield Figure(f"a key while {_FLOOD:,} mails arrive", "ms", 100, _ms(keys))


def _large(state: Path) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "b.eml").write_text(_LETTER.format("small", "begin"), newline="")
        body = "\r\n".join(f"{number:>6} {'word ' * 12}" for number in range(75_000))
        (root / "a.eml").write_text(_LETTER.format("large", body), newline="")
        with Terminal("view", str(root), state=state) as screen:
            screen.until("✓")
            screen.rest()
            opened: list[float] = []
            for _ in range(20):
                screen.press("j")
                screen.rest()
                began = screen.press("k")
                opened.append(screen.until("     0 word word") - began)
            screen.press("\r")
            screen.rest()
            yield Figure("a body of 5 MB opened", "ms", 300, _ms(opened))
            yield _keys(screen, "\x1b[6~", 60, "a page of it, key to paint", 60)


def _replies(work: Path) -> Iterator[Figure]:
    """Compare a server that is looked at with itself, by turns."""
    root = work / "replies"
    root.mkdir()
    alone: list[float] = []
    together: list[float] = []
    # Who sends is not who reads the terminal: in one process they would wait for each other.
    one = ProcessPoolExecutor(1, get_context("spawn"))
    with _server(root, work) as server, one as sender:

        def sent() -> list[float]:
            return sender.submit(_sent, server.port, _MAILS).result()

        sent()
        for _ in range(_ROUNDS):
            alone += sent()
            with Terminal("view", str(root), state=work / "state") as screen:
                screen.until("✓")
                screen.rest()
                stop = threading.Event()
                reading = threading.Thread(target=_keep_reading, args=(screen, stop))
                reading.start()
                together += sent()
                stop.set()
                reading.join()
    yield Figure("replies to a mail, no screen", "ms", None, _ms(alone))
    yield Figure("replies to a mail, with a screen", "ms", None, _ms(together))
    ratio = _rank(together, 0.99) / _rank(alone, 0.99)
    yield Figure("p99 with a screen / without", "", 2, (ratio,))


def _sent(port: int, mails: int) -> list[float]:
    """Send mails; return the seconds from the end of the data of each to its reply."""
    took: list[float] = []
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.ehlo()
        for number in range(mails):
            smtp.mail("a@example.org")
            smtp.rcpt("b@example.org")
            smtp.docmd("DATA")
            began = time.perf_counter()
            smtp.send(f"{_LETTER.format(f'reply {number}', 'x')}.\r\n")
            smtp.getreply()
            took.append(time.perf_counter() - began)
            time.sleep(0.002)
    return took


def _keep_reading(screen: Terminal, stop: threading.Event) -> None:
    while not stop.is_set():
        screen.drain(0.05, 0.2)


def _flood(port: int, done: threading.Event) -> None:
    """Send many mails, one each millisecond, or as quickly as they are taken."""
    began = time.perf_counter()
    try:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for number in range(_FLOOD):
                time.sleep(max(began + number / 1_000 - time.perf_counter(), 0))
                raw = _LETTER.format(f"flood {number}", "x")
                smtp.sendmail("a@example.org", ["b@example.org"], raw)
    finally:
        done.set()


@contextmanager
def _server(root: Path, work: Path) -> Iterator[Server]:
    command = [
        sys.executable,
        "-m",
        "mailcatch",
        "serve",
        "--json",
        "--port",
        "0",
        "--dir",
        str(root),
    ]
    environment = {name: value for name, value in os.environ.items() if "MAILCATCH" not in name}
    with serving(command, environment, work, work / "server.log", None) as server:
        yield server


@contextmanager
def _corpus(options: argparse.Namespace) -> Iterator[Path]:
    if options.dir is not None:
        if not (options.dir / "messages").is_dir():
            raise BenchError(f"there is no corpus in {options.dir}: see scripts.corpus")
        yield options.dir.absolute()
        return
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "mail"
        for _ in Corpus(root).write(options.messages):
            pass
        yield root


def _row(one: Figure) -> tuple[str, ...]:
    held = "" if one.bar is None else "yes" if one.p95 <= one.bar else "NO"
    bar = "" if one.bar is None else f"<= {one.bar:g} {one.unit}".rstrip()
    cpu = "" if one.cpu is None else f"{one.cpu * 1e3:.0f}"
    digits = 2 if one.unit in ("s", "") else 1
    middle = f"{median(one.values):.{digits}f} {one.unit}".rstrip()
    return one.name, middle, f"{one.p95:.{digits}f} {one.unit}".rstrip(), bar, held, cpu


def _table(rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    if markdown:
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([lines[0], "| --- | ---: | ---: | ---: | --- | ---: |", *lines[1:]])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _rank(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def _ms(seconds: Sequence[float]) -> tuple[float, ...]:
    return tuple(one * 1e3 for one in seconds)
