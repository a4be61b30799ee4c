"""A terminal that is closed ends the screen, also where no signal says so."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.mailbox.filling import Filling

SECONDS = 60.0


def test_a_screen_ends_with_its_terminal(filling: Filling, tmp_path: Path) -> None:
    filling.stored()
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    # In a session of its own the terminal is nobody's, and its end sends no signal.
    screen = subprocess.Popen(
        [sys.executable, "-m", "mailcatch", "view", filling.root],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path)},
    )
    try:
        os.close(theirs)
        shown = b""
        deadline = time.monotonic() + SECONDS
        while b"Hello" not in shown:
            assert time.monotonic() < deadline, shown
            if select.select([ours], [], [], 0.1)[0]:
                shown += os.read(ours, 65536)
        os.close(ours)
        screen.wait(SECONDS)
    finally:
        screen.kill()
        screen.wait()
