"""Commands on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from tests.cli.asking import listens

_PATIENCE = 60

# What Paint writes, and nothing else.
OURS = re.compile(rb"\x1b\[(?:0|1|2|31|32|33|36)m")

# A bar, which appears where the machine is slow, from its first line to its end.
_SIGNS = "|".join("━╸╺")
BAR = re.compile(
    rb"\x1b\[\?25l(?:(?:\r\x1b\[2K)?(?:reading|exporting|importing) "
    + rf"(?:{_SIGNS}|[ \d:%-]|\x1b\[\d+m)*)*".encode()
    + rb"\r\n\x1b\[\?25h\r\x1b\[1A\x1b\[2K"
)


def on_terminal(
    *arguments: object,
    asked: Callable[[int], object] | None = None,
    followed: Callable[[], object] | None = None,
    lines: int = 0,
    environment: dict[str, str] | None = None,
) -> bytes:
    """Return all that a command prints on a terminal, except how far it is.

    asked: is called once when there is a question, with the descriptor to answer on. followed: is
    called once when it listens to a mailbox. lines: after so many it is told to end by Ctrl-C, 0
    for what ends by itself. environment: variables besides those there are.
    """
    ours, theirs = pty.openpty()
    around = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    around |= {"TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mailcatch", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=around | (environment or {}),
    )
    os.close(theirs)
    printed = b""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if followed is not None and listens(process.pid):
            followed()
            followed = None
        if lines and printed.count(b"\n") >= lines:
            process.send_signal(signal.SIGINT)
            lines = 0
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            octets = os.read(ours, 65536)
        except OSError:
            break
        if not octets:
            break
        printed += octets
        if asked is not None and b"[y/N]" in printed:
            asked(ours)
            asked = None
    process.wait(timeout=10)
    os.close(ours)
    return BAR.sub(b"", printed)
