"""A terminal that is closed ends the screen, whether signals say so or not."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.mailbox.filling import Filling

SECONDS = 60.0

# In a session of its own the terminal is nobody's, and its end sends no signal.
NOBODYS = "import runpy; runpy.run_module('mailcatch', run_name='__main__')"
# Its end sends SIGHUP and SIGCONT.
OWN = f"import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); {NOBODYS}"


@pytest.mark.parametrize("program", [NOBODYS, OWN], ids=["nobody's", "its own"])
def test_a_screen_ends_with_its_terminal(filling: Filling, tmp_path: Path, program: str) -> None:
    filling.stored()
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    screen = subprocess.Popen(
        [sys.executable, "-c", program, "view", filling.root],
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
