"""Asking a command about a mailbox, and reading its answer."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
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
    """Give a command that goes on, and that may not have begun yet."""
    with subprocess.Popen(
        [sys.executable, "-m", "mailcatch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def watching(*arguments: Argument) -> Iterator[subprocess.Popen[str]]:
    """Give a command that has looked at a mailbox, and waits for what comes."""
    with begun(*arguments) as process:
        wait_until_it_listens(process)
        yield process


def wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    """Return when a command listens to the file system, as it does once it has looked."""
    while process.poll() is None and not listens(process.pid):
        time.sleep(0.02)


def listens(pid: int) -> bool:
    """Whether a process listens to the file system; where nothing tells, after a while."""
    if not Path("/proc/self/fd").exists():
        time.sleep(1.5)
        return True
    with suppress(OSError):
        for one in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if str(one.readlink()) == "anon_inode:inotify":
                    return True
    return False
