"""The loads, as options of Postfix's smtp-source, and the bars that each has to hold."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from scripts.bench.postfix import Postfix
from scripts.bench.processes import HOST, BenchError
from scripts.bench.servers import AIOSMTPD, RULES, SINK_FILES

KEPT_ALIVE: Final = "kept-alive"
NEW: Final = "new-connections"
LARGE: Final = "large"
MEMORY: Final = "memory"
NAMES: Final = (KEPT_ALIVE, NEW, LARGE, MEMORY)

# A server slower than this has stopped answering.
_SLOWEST_MESSAGES: Final = 50
_SLOWEST_BYTES: Final = 1_000_000


@dataclass(frozen=True)
class Load:
    """What is sent.

    sessions: connections at once, of each sender.
    messages: how many, of each sender.
    size: bytes of each message's body.
    keep: whether a connection carries many messages.
    senders: processes of smtp-source at once. One sends the content of a message without looking
        after its other sessions, so that only several have more than one DATA under way.
    rounds: how often it is measured at most.
    ratios: the bars of our rate, each as a multiple of another server's.
    memory: the bar of our peak resident memory, in bytes.
    """

    name: str
    title: str
    sessions: int
    messages: int
    size: int
    keep: bool
    senders: int = 1
    rounds: int | None = None
    ratios: tuple[tuple[str, float], ...] = ()
    memory: int | None = None

    @property
    def total(self) -> int:
        """All messages, of all senders."""
        return self.messages * self.senders

    def options(self) -> list[str]:
        """Return the options of smtp-source."""
        keep = ["-d"] if self.keep else []
        return ["-s", str(self.sessions), "-m", str(self.messages), "-l", str(self.size), *keep]

    def send(self, postfix: Postfix, port: int) -> float:
        """Send it to a port; return the seconds it took. Raises BenchError."""
        patience = 60 + self.total / _SLOWEST_MESSAGES + self.total * self.size / _SLOWEST_BYTES
        command = [postfix.source, *self.options(), f"{HOST}:{port}"]
        environment = postfix.environment()
        with ExitStack() as stack:
            started = time.perf_counter()
            senders = [
                stack.enter_context(_sender(command, environment)) for _ in range(self.senders)
            ]
            try:
                # Not `wait`, which with a time limit sleeps up to 50 ms between two looks.
                said = [
                    sender.communicate(timeout=max(0.0, started + patience - time.perf_counter()))
                    for sender in senders
                ]
            except subprocess.TimeoutExpired:
                raise BenchError(f"the load was not taken within {patience:.0f} s") from None
            seconds = time.perf_counter() - started
        for sender, (_, complaint) in zip(senders, said, strict=True):
            if sender.returncode != 0:
                text = complaint.decode(errors="replace").strip()
                raise BenchError(f"smtp-source ended with status {sender.returncode}: {text}")
        return seconds


@contextmanager
def _sender(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one smtp-source; kill it if it still runs when the block ends."""
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


WARM_UP: Final = Load("warm-up", "warm-up", 10, 200, 1000, keep=True)


def loads(messages: int, large: int) -> tuple[Load, ...]:
    """Return all loads.

    messages: how many small ones.
    large: how many of 10 MB.
    """
    return (
        Load(
            KEPT_ALIVE,
            "1 kB, 10 sessions kept alive",
            sessions=10,
            messages=messages,
            size=1000,
            keep=True,
            ratios=((SINK_FILES, 0.65), (AIOSMTPD, 2.5), (RULES, 0.85)),
        ),
        Load(
            NEW,
            "1 kB, a new connection each",
            sessions=10,
            messages=messages,
            size=1000,
            keep=False,
            ratios=((SINK_FILES, 0.5), (RULES, 0.85)),
        ),
        Load(
            LARGE,
            "10 MB, 1 session",
            sessions=1,
            messages=large,
            size=10_000_000,
            keep=True,
            ratios=((SINK_FILES, 1.0),),
        ),
        Load(
            MEMORY,
            "10 MB, 50 sessions at once",
            sessions=1,
            messages=1,
            size=10_000_000,
            keep=False,
            senders=50,
            rounds=2,
            memory=200_000_000,
        ),
    )
