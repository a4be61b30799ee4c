"""How far something is, on standard error and only where somebody looks at it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from mailcatch.cli import progress as module
from mailcatch.cli.progress import progress
from tests.cli.terminals import OURS

# Moving and wiping the bar's own line, hiding the cursor and showing it again.
MOVES = (b"\x1b[?25l", b"\x1b[?25h", b"\x1b[2K", b"\x1b[1A", b"\x1b[39m")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second."""
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    monkeypatch.setattr(module, "_BETWEEN", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)


def drawn(monkeypatch: pytest.MonkeyPatch, *steps: int) -> bytes:
    """Return what a bar over 200 steps draws on a terminal."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    with os.fdopen(theirs, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with progress("reading", 200) as bar:
            for step in steps:
                bar(step)
        stream.flush()
        printed = b""
        with suppress(BlockingIOError):
            while True:
                printed += os.read(ours, 65536)
    os.close(ours)
    return printed


def test_a_bar_says_how_far_it_is_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = drawn(monkeypatch, 50, 100)
    assert b"reading" in printed
    assert b" 25 %" in printed
    assert b" 50 %" in printed
    assert printed.endswith(b"\x1b[2K")
    for move in MOVES:
        printed = printed.replace(move, b"")
    assert b"\x1b" not in OURS.sub(b"", printed)


def test_the_bar_has_no_colours_where_they_are_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    printed = drawn(monkeypatch, 100)
    assert b" 50 %" in printed
    assert b"\x1b[36m" not in printed


def test_nothing_is_said_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("reading", 2) as bar:
        bar(1)
    assert stream.getvalue() == ""


def test_what_is_done_at_once_loads_nothing_to_draw_with() -> None:
    code = (
        "import sys\nfrom mailcatch.cli.progress import progress\n"
        "with progress('x', 2) as bar:\n    bar(1)\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
