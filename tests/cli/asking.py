"""Asking a command about a mailbox, and reading its answer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.mailbox.filling import Filling
from tests.serving import Argument, run


def answer(filling: Filling, *arguments: Argument, status: int = 0) -> str:
    """Return what a command prints, after looking at its exit status."""
    done = run(*arguments, "--dir", filling.root)
    assert done.returncode == status, done.stderr
    return done.stdout


def objects(filling: Filling, *arguments: Argument, status: int = 0) -> list[dict[str, Any]]:
    """Return the objects that a command prints."""
    printed = answer(filling, *arguments, "--json", status=status)
    return [json.loads(line) for line in printed.splitlines()]


def complaint(filling: Filling, *arguments: Argument, status: int) -> str:
    """Return what a command says on standard error when it ends with a status."""
    done = run(*arguments, "--dir", filling.root)
    assert (done.returncode, done.stdout) == (status, "")
    return done.stderr


@contextmanager
def begun(*arguments: Argument) -> Iterator[subprocess.Popen[str]]:
    """Give a command that goes on, after the time it takes to begin its watch."""
    with subprocess.Popen(
        [sys.executable, "-m", "mailcatch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            time.sleep(1.5)
            yield process
        finally:
            process.kill()
