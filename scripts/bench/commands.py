"""How long a person waits: commands on a small mailbox, `mailcatch wait`, and large HTML texts."""

from __future__ import annotations

import argparse
import compileall
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import mailcatch
from mailcatch import Catcher
from mailcatch.mail import render_html
from scripts.bench.processes import BenchError
from scripts.corpus import Corpus

HELP: Final = "commands on a small mailbox, waiting for a message, large HTML texts"
_MESSAGES: Final = 20
_BEGINS: Final = 2.0
_OCTETS: Final = 1_000_000
_COMMANDS: Final = (
    ("--version",),
    ("ls",),
    ("ls", "--json"),
    ("show", "last"),
    ("--help",),
)
_HTML: Final = {
    "paragraphs": "<p>Hello <b>world</b>, this is a paragraph of some words that go on.</p>\n",
    "links": '<p>See <a href="https://a.example/b?c=d">this</a>, <a href="https://x.example">x</a>',
    "a table of styled cells": "<tr>" + 6 * '<td style="padding:4px" class="c" align="right">12.50',
    "a table of bare cells": "<tr>" + 10 * "<td>1",
    "tables that place things": (
        '<table><tr><td style="padding:10px"><table><tr><td><img alt="pic" src="x.png"></td>'
        "<td>Some text here</td></tr></table></td></tr></table>"
    ),
}


@dataclass(frozen=True)
class Took:
    """What something took, in seconds: its processor time, and what a clock on the wall said."""

    cpu: float
    wall: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rounds", type=int, default=15, help="of each (default: 15)")


def run(options: argparse.Namespace) -> int:
    """Measure and print. A missed bar is not a failure."""
    # As they are after an installation, whatever the environment says of such files.
    compileall.compile_dir(Path(mailcatch.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory(prefix="mailcatch-bench-") as scratch:
        root = Path(scratch) / "mail"
        for _ in Corpus(root).write(_MESSAGES):
            pass
        _print("command", [(" ".join(one), _ran(one, root, options.rounds)) for one in _COMMANDS])
        woken = list(_woken(Path(scratch) / "served", options.rounds))
    print(f"\nwait, from the 250 to its line:    {_times([line for line, _ in woken])}")
    print(f"wait, from the 250 to its end:     {_times([end for _, end in woken])}\n")
    _print("1 MB of HTML", [(name, _rendered(name, unit)) for name, unit in _HTML.items()])
    return 0


def _ran(words: Sequence[str], root: Path, rounds: int) -> list[Took]:
    program = Path(sys.executable).parent / "mailcatch"
    if not program.exists():
        raise BenchError(f"there is no {program}: install the project first")
    command = [str(program), *words]
    environment = {**os.environ, "MAILCATCH_DIR": str(root)}
    return [_one(command, environment) for _ in range(rounds + 1)][1:]


def _one(command: list[str], environment: dict[str, str]) -> Took:
    silent = [(os.POSIX_SPAWN_OPEN, one, os.devnull, os.O_WRONLY, 0) for one in (1, 2)]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, environment, file_actions=silent)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - began
    if status:
        raise BenchError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return Took(used.ru_utime + used.ru_stime, wall)


def _woken(root: Path, rounds: int) -> Iterator[tuple[float, float]]:
    """Give the seconds from an answer to the line that `wait` prints, and to its end."""
    with Catcher(port=0, mailbox=root).in_thread() as catcher:
        for number in range(rounds):
            command = [sys.executable, "-m", "mailcatch", "wait", f"subject:round{number}x"]
            with subprocess.Popen(
                [*command, "--dir", str(root)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            ) as process:
                time.sleep(_BEGINS)
                with smtplib.SMTP(str(catcher.host), catcher.port) as client:
                    text = f"Subject: round{number}x\r\n\r\nHello.\r\n"
                    client.sendmail("app@example.org", ["ann@example.com"], text)
                    answered = time.perf_counter()
                    assert process.stdout is not None
                    process.stdout.readline()
                    line = time.perf_counter() - answered
                    process.wait()
                    yield line, time.perf_counter() - answered


def _rendered(name: str, unit: str) -> list[Took]:
    html = (unit * (_OCTETS // len(unit) + 1))[:_OCTETS]
    if "table of" in name:
        html = f"<table>{html}"
    found: list[Took] = []
    for _ in range(3):
        used, began = time.process_time(), time.perf_counter()
        render_html(html).render()
        found.append(Took(time.process_time() - used, time.perf_counter() - began))
    return found


def _print(title: str, rows: Sequence[tuple[str, list[Took]]]) -> None:
    print(f"{title:<26} {'processor: least, median':>26} {'clock: least, median':>26}")
    for name, took in rows:
        cpu, wall = (_times([getattr(one, of) for one in took]) for of in ("cpu", "wall"))
        print(f"{name:<26} {cpu:>26} {wall:>26}")


def _times(seconds: list[float]) -> str:
    return f"{min(seconds) * 1000:.0f} ms, {statistics.median(seconds) * 1000:.0f} ms"
