"""A program on a terminal of its own, and how long it takes until it paints."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.bench.processes import BenchError

QUIET = 0.05
"""Seconds without output after which a paint is over."""


class Terminal:
    """`mailcatch` on a pty of 130 columns and 40 lines.

    arguments: of the program. state: a directory for what the screen remembers.
    """

    def __init__(self, *arguments: str, state: Path) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 130, 0, 0))
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mailcatch", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=_environment(state),
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.drain(0.5)
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)

    def press(self, keys: str) -> float:
        """Write keys; return when that was."""
        now = time.perf_counter()
        os.write(self._ours, keys.encode())
        return now

    def until(self, text: str, seconds: float = 60.0) -> float:
        """Read until some text was painted in one piece; return when that was."""
        wanted, seen = text.encode(), b""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            octets = self._read(0.5)
            seen = seen[-len(wanted) :] + octets
            if wanted in seen:
                return time.perf_counter()
            if self.process.poll() is not None:
                raise BenchError(f"the screen ended with status {self.process.returncode}")
        raise BenchError(f"the screen never showed {text!r}")

    def drain(self, quiet: float = QUIET, most: float = 3.0) -> None:
        """Read until nothing came for `quiet` seconds, for `most` of them at most."""
        began = time.perf_counter()
        while time.perf_counter() - began < most and self._read(quiet):
            pass

    def latency(self, keys: str) -> float:
        """Press, and return the seconds until the paint begins; the paint is awaited."""
        self.drain()
        began = self.press(keys)
        if not self._read(10.0):
            raise BenchError(f"nothing was painted after {keys!r}")
        took = time.perf_counter() - began
        self.drain()
        return took

    def rest(self, most: float = 120.0) -> None:
        """Read until the program rests: it looks at all files when it starts."""
        deadline = time.perf_counter() + most
        before = self.cpu
        while time.perf_counter() < deadline:
            self.drain(1.0, 1.0)
            used, before = self.cpu - before, self.cpu
            if used < 0.1:
                return
        raise BenchError("the screen never came to rest")

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> int:
        """Octets of memory that the screen's own process uses."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise BenchError("there is no VmRSS in /proc: this needs Linux")

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._ours], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self._ours, 1 << 20)
        except OSError:
            return b""


def _environment(state: Path) -> dict[str, str]:
    """Return the environment of a user: what was compiled once is there the next time."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TERM": "xterm-256color", "XDG_STATE_HOME": str(state)}
