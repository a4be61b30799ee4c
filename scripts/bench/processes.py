"""Server processes: started, watched until they listen, measured through /proc, and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
_START: Final = 20.0
_STOP: Final = 10.0
_POLL: Final = 0.01
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Something did not run as a benchmark needs it. The message says what, in one sentence."""


@dataclass(frozen=True)
class Server:
    """A server that listens.

    log: what it printed, on both channels.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def cpu(self) -> float:
        """Return the processor time it has used, in seconds, in user and system mode."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak(self) -> int:
        """Return the most memory it ever had resident, in bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise BenchError(f"process {self.process.pid} has ended: {last_words(self.log)}")


@contextlib.contextmanager
def serving(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    log: Path,
    port: int | None,
) -> Iterator[Server]:
    """Run a server in a directory until the block ends; enter it when the server listens.

    port: where it was told to listen, or None when it takes a free port and announces that with a
        line of JSON, as `mailcatch serve --json` does.
    Raises BenchError.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + _START
        while (found := _announced(log) if port is None else _listening(port)) is None:
            if process.poll() is not None:
                raise BenchError(
                    f"{command[0]} ended with status {process.returncode}: {last_words(log)}"
                )
            if time.monotonic() > deadline:
                raise BenchError(f"{command[0]} did not listen within {_START:.0f} s")
            time.sleep(_POLL)
        yield Server(process, found, log)
    finally:
        _stop(process)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def last_words(log: Path) -> str:
    """Return the last line that a process printed."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def _announced(log: Path) -> int | None:
    first, newline, _ = log.read_text(errors="replace").partition("\n")
    if not newline:
        return None
    try:
        return int(json.loads(first)["smtp"][0]["port"])
    except (ValueError, LookupError, TypeError):
        return None  # a complaint, which is told when the process has ended


def _listening(port: int) -> int | None:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.recv(512)
            connection.sendall(b"QUIT\r\n")
            connection.recv(512)
    except OSError:
        return None
    return port


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
