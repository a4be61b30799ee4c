"""Fixtures of pytest that catch mail, side by side: set-up, a suite that sends, import."""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from scripts.bench.processes import BenchError

HELP: Final = "pytest fixtures: set-up and tear-down, 400 tests that send, import"

# Each fixture with the address of its server, and how many messages that has. "none" is what pytest
# itself takes, to be taken off.
_FIXTURES: Final = {
    "none": ("tmp_path_factory", "sink", "1"),
    "mailcatch, view": ("mailcatch", "mailcatch.addr", "len(mailcatch)"),
    "mailcatch, own port": ("mailcatch", "mailcatch.addr", "len(mailcatch)"),
    "smtpdfix": ("smtpd", "(smtpd.hostname, smtpd.port)", "len(smtpd.messages)"),
    "pytest-localserver": ("smtpserver", "smtpserver.addr", "len(smtpserver.outbox)"),
    "aiosmtpd Controller": ("controller", "(controller.hostname, controller.port)", "1"),
}
_OPTIONS: Final = {"mailcatch, own port": ("-o", "mailcatch_isolation=port")}
_MODULES: Final = {"smtpdfix": "smtpdfix", "pytest-localserver": "pytest_localserver"}
_PLUGINS: Final = {
    "mailcatch, view": "mailcatch.testing.plugin",
    "mailcatch, own port": "mailcatch.testing.plugin",
    "smtpdfix": "smtpdfix.fixture",
    "pytest-localserver": "pytest_localserver.plugin",
}
_CONFTEST: Final = """
import json, os, pytest
from collections import defaultdict

seconds = defaultdict(list)

def pytest_runtest_logreport(report):
    seconds[report.when].append(report.duration)

def pytest_sessionfinish(session):
    with open(os.environ["BENCH_RESULT"], "w") as file:
        json.dump(seconds, file)

@pytest.fixture
def controller():
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink
    import socket
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Controller(Sink(), hostname="127.0.0.1", port=port)
    running.start()
    yield running
    running.stop()
"""
_IDLE: Final = """
import pytest
@pytest.mark.parametrize("number", range({tests}))
def test_it(number, {fixture}): pass
"""
_SENDS: Final = """
import smtplib, pytest
@pytest.mark.parametrize("number", range({tests}))
def test_it(number, {fixture}):
    with smtplib.SMTP(*{address}) as client:
        client.sendmail("a@example.com", ["b@example.com"], "Subject: x\\n\\nhello\\n")
    assert {count} == 1
"""
_IMPORT: Final = """
import sys, time, pytest
began = time.process_time()
import {module}
print(time.process_time() - began)
"""
_LOAD: Final = """
import time, mailcatch.testing.plugin
began = time.process_time()
import mailcatch.testing.server
print(time.process_time() - began)
"""
_START: Final = """
import time
from mailcatch.testing import MailServer
MailServer
began = time.process_time()
with MailServer() as server:
    print(time.process_time() - began)
"""


@dataclass(frozen=True)
class Figures:
    """What was measured of one fixture; milliseconds, and seconds for the whole suite.

    setup, teardown: median of a test. first: the set-up of the first test, with what it imports.
    suite: all tests that send, without that. cpu: processor seconds of that whole run of pytest.
    plugin: processor time of importing the plugin, 0 where there is none.
    """

    name: str
    setup: float
    teardown: float
    first: float
    suite: float
    cpu: float
    plugin: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (default: 3)")
    parser.add_argument("--tests", type=int, default=400, help="tests that send (default: 400)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print. Raises BenchError. A missed bar is not a failure."""
    names = [name for name in _FIXTURES if name not in _MODULES or find_spec(_MODULES[name])]
    for name in _FIXTURES.keys() - names:
        print(f"bench: {name} is not installed: pip install -e '.[bench]'", file=sys.stderr)
    rounds = [
        {name: _measure(name, options.tests) for name in names} for _ in range(options.rounds)
    ]
    figures = [_least([one[name] for one in rounds]) for name in names]
    starts = [_printed(_START) for _ in range(6)][1:]
    loads = [_printed(_LOAD) for _ in range(6)][1:]
    start, load = 1000 * min(starts), 1000 * min(loads)
    if options.json:
        found = {"start": start, "load": load, "fixtures": [asdict(one) for one in figures]}
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(_table(figures, options.tests)))
        print(f"\nthe server of a run starts in {start:.1f} ms of processor time (to hold: 5),")
        print(f"and is imported in {load:.0f} ms of it, by the first test that asks")
    return 0


def _measure(name: str, tests: int) -> Figures:
    idle = _run(name, _IDLE, 200)
    sends = _run(name, _IDLE if name == "none" else _SENDS, tests)
    plugin = _printed(_IMPORT.format(module=_PLUGINS[name])) if name in _PLUGINS else 0
    return Figures(
        name,
        1000 * statistics.median(idle["setup"][1:]),
        1000 * statistics.median(idle["teardown"][:-1]),
        1000 * idle["setup"][0],
        sum(sum(seconds) for seconds in sends.values()) - sends["setup"][0] - sends["cpu"][0],
        sends["cpu"][0],
        1000 * plugin,
    )


def _run(name: str, module: str, tests: int) -> dict[str, list[float]]:
    fixture, address, count = _FIXTURES[name]
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "conftest.py").write_text(_CONFTEST)
        (root / "test_bench.py").write_text(
            module.format(fixture=fixture, address=address, count=count, tests=tests)
        )
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        if name in _PLUGINS:
            command += ["-p", _PLUGINS[name]]
        before = _children()
        done = subprocess.run(
            [*command, *_OPTIONS.get(name, ())],
            cwd=root,
            env={
                **_environment(),
                "BENCH_RESULT": str(root / "result.json"),
                # Each run with the plugin that it measures, and no other.
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise BenchError(f"{name}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        found: dict[str, list[float]] = json.loads((root / "result.json").read_text())
        return found | {"cpu": [_children() - before]}


def _children() -> float:
    """Return the processor seconds of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _environment() -> dict[str, str]:
    """Return the environment of what is measured: modules are compiled once, as for users."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _printed(code: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def _least(rounds: list[Figures]) -> Figures:
    """Return the least of each figure, which others on the machine disturbed least."""
    fields = ("setup", "teardown", "first", "suite", "cpu", "plugin")
    least = [min(getattr(one, field) for one in rounds) for field in fields]
    return Figures(rounds[0].name, *least)


def _table(figures: list[Figures], tests: int) -> Iterator[str]:
    suite = f"{tests} tests s"
    head = ("fixture", "set-up ms", "tear-down ms", "first ms", suite, "CPU s", "import CPU ms")
    rows = [
        (one.name, *(f"{value:.2f}" for value in list(asdict(one).values())[1:])) for one in figures
    ]
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    for row in (head, *rows):
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join([row[0].ljust(widths[0]), *cells])
