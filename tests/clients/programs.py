"""The programs that the tests run, and where they are; a missing one fails a test by name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import pytest

PROJECT: Final = Path(__file__).parents[2]
CACHE: Final = PROJECT / ".cache"
SECONDS: Final = 60


def program(name: str) -> str:
    """Return the path of a program."""
    # Debian puts servers where only root looks for programs.
    places = (os.environ.get("PATH", os.defpath), "/usr/sbin")
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        missing(name)
    return found


def unpacked(pattern: str) -> Path:
    """Return the one thing under the cache directory whose path matches a pattern."""
    found = sorted(CACHE.glob(pattern))
    if not found:
        missing(f".cache/{pattern}")
    return found[-1]


def missing(what: str) -> NoReturn:
    """Fail: a client that is not there is no reason to pass."""
    pytest.fail(f"{what} is not installed: run scripts/install-clients", pytrace=False)


def run(
    *command: str | Path,
    home: Path,
    settings: Mapping[str, str] | None = None,
    standard_input: bytes = b"",
    status: int | None = 0,
) -> str:
    """Run a program that has to end as expected, and return what it printed.

    home: where it finds no configuration of the user's. settings: more environment variables.
    status: what it ends with; None for any failure.
    """
    environment = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        **(settings or {}),
    }
    result = subprocess.run(
        [str(word) for word in command],
        input=standard_input,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=home,
        timeout=SECONDS,
        check=False,
    )
    printed = result.stdout.decode(errors="surrogateescape")
    expected = bool(result.returncode) if status is None else result.returncode == status
    assert expected, f"{command[0]} ended with {result.returncode}:\n{printed}"
    return printed
