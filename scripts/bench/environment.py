"""What the figures depend on: versions, processors, and the file system that was written to."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from scripts.bench.postfix import Postfix
from scripts.bench.processes import BenchError

_ASK: Final = """
import platform
from importlib.metadata import PackageNotFoundError, version

def of(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"

print(platform.python_version(), *map(of, ("mailcatch", "uvloop", "aiosmtpd")), sep="|")
"""


def describe(directory: Path, python: str, postfix: Postfix) -> dict[str, str]:
    """Return the facts by name, in the order to print them. Raises BenchError."""
    try:
        done = subprocess.run(
            [python, "-c", _ASK], capture_output=True, text=True, cwd=directory, check=True
        )
    except OSError as error:
        raise BenchError(f"{python} does not run: {error.strerror}") from None
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{python} does not run: exit status {error.returncode}") from None
    interpreter, mailcatch, uvloop, aiosmtpd = done.stdout.strip().split("|")
    return {
        "mailcatch": mailcatch,
        "Python": interpreter,
        "uvloop": uvloop,
        "aiosmtpd": aiosmtpd,
        "Postfix": _postfix(postfix),
        "system": f"{platform.system()} {_release()}, {os.cpu_count()} processors",
        "file system": file_system(directory),
    }


def _release() -> str:
    """Return the system's version, without what its builder called it."""
    return ".".join(platform.release().split("-")[0].split(".")[:2])


def file_system(directory: Path) -> str:
    """Return the type of the file system that a directory is on."""
    best, found = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        inside = directory.is_relative_to(point)
        if inside and len(point) >= len(best):
            best, found = point, kind
    return found


def file_creation(directory: Path, files: int = 1000) -> float:
    """Return the seconds that one new file of 1 kB takes, in a directory that stays.

    Much more than usual means that the file system is still busy with what was deleted lately, and
    that whoever writes a file for each message is slowed down.
    """
    place = tempfile.mkdtemp(dir=directory)
    content = bytes(1000)
    os.sync()
    started = time.perf_counter()
    for number in range(files):
        descriptor = os.open(f"{place}/{number}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.write(descriptor, content)
        os.close(descriptor)
    return (time.perf_counter() - started) / files


def _postfix(postfix: Postfix) -> str:
    """Return the version of Postfix, which only its postconf tells."""
    command = str(Path(postfix.source).with_name("postconf"))
    try:
        done = subprocess.run(
            [command, "-d", "-h", "mail_version"],
            env=postfix.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
