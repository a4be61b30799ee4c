"""`mailcatch serve` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.talk import Talk

Argument = str | Path


class Serving:
    """A server process that is ready, its address, and its directory.

    It stands in for a Catcher where a Talk wants one.
    """

    def __init__(
        self,
        *arguments: Argument,
        environment: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mailcatch", "serve", "--json", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            _, error = self.process.communicate(timeout=30)
            raise AssertionError(error.decode())
        self.ready = json.loads(line)
        self.host = str(self.ready["smtp"][0].get("host", ""))
        self.port = int(self.ready["smtp"][0].get("port", 0))
        self.mailbox = Path(self.ready["mailbox"])

    def next_line(self) -> dict[str, object]:
        """Return the next object that the server prints."""
        assert self.process.stdout is not None
        told: dict[str, object] = json.loads(self.process.stdout.readline())
        return told

    def talk(self) -> Talk:
        return Talk(self)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        self.output, self.error = self.process.communicate(timeout=30)
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=30)


def run(
    *arguments: Argument, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "mailcatch", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        check=False,
    )
