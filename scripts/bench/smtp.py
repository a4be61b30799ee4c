"""Take mail as fast as possible: mailcatch beside Postfix's smtp-sink and aiosmtpd, in one run."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.bench import environment, postfix, report
from scripts.bench.loads import NAMES, WARM_UP, Load, loads
from scripts.bench.processes import BenchError
from scripts.bench.results import Failure, Run
from scripts.bench.servers import KINDS, Starter, count

HELP: Final = "messages a second, processor time and memory of the server"
# Sessions are closed and transcripts written a moment after the load has ended.
_SETTLE: Final = 0.2
# A directory of more files than this stays until the end of all runs. For one minute after files
# were removed, and for six until they were written back, ext4 looks at the inode of each of them
# before it creates another nearby, which would make every later run pay for the earlier ones.
_FEW: Final = 1000
_SLOW_FILE: Final = 50e-6
_SLOW_HINT: Final = (
    "many were deleted lately, or the disk is busy; wait some minutes for steady figures"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rounds", type=_positive, default=5, help="rounds (default: 5)")
    parser.add_argument(
        "--messages", type=_positive, default=10_000, help="messages of 1 kB (default: 10000)"
    )
    parser.add_argument(
        "--large", type=_positive, default=30, help="messages of 10 MB (default: 30)"
    )
    parser.add_argument("--only", nargs="+", choices=tuple(KINDS), help="servers (default: all)")
    parser.add_argument("--loads", nargs="+", choices=NAMES, help="loads (default: all)")
    parser.add_argument(
        "--dir",
        type=Path,
        help="where servers write, in a new directory each run (default: the temporary directory)",
    )
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter for mailcatch and aiosmtpd"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown")
    form.add_argument("--json", action="store_true", help="print JSON, with every run")


def run(options: argparse.Namespace) -> int:
    """Measure and print; return 1 when a run failed. A missed bar is not a failure."""
    tools = postfix.find()
    chosen = [load for load in loads(options.messages, options.large) if _wanted(options, load)]
    servers = [key for key in KINDS if not options.only or key in options.only]
    if options.dir is not None:
        options.dir.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="mailcatch-bench-", dir=options.dir)).resolve()
    try:
        series = Series(Starter(tools, options.python), scratch, options.rounds)
        # The nearest configuration counts: none that lies above must change what is measured.
        (scratch / "mailcatch.toml").touch()
        facts = environment.describe(scratch, options.python, tools)
        before = environment.file_creation(scratch)
        if before > _SLOW_FILE:
            print(f"creating a file takes {before * 1e6:.0f} us: {_SLOW_HINT}", file=sys.stderr)
        series.measure(chosen, servers)
        after = environment.file_creation(scratch)
        facts["creating a file"] = f"{before * 1e6:.0f} us before, {after * 1e6:.0f} us after"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    outcome = report.Outcome(facts, chosen, series.runs, series.failures)
    if options.json:
        print(report.as_json(outcome))
    else:
        print(report.as_text(outcome, markdown=options.markdown))
    return 1 if series.failures else 0


@dataclass
class Series:
    """All runs of one benchmark: the servers take turns, and each round begins with another."""

    starter: Starter
    scratch: Path
    rounds: int
    runs: list[Run] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def measure(self, chosen: Sequence[Load], servers: Sequence[str]) -> None:
        """Run every round; keep what was measured and what failed."""
        for number in range(self.rounds):
            first = number % len(servers)
            for load in chosen:
                if load.rounds is not None and number >= load.rounds:
                    continue
                for key in (*servers[first:], *servers[:first]):
                    self._try(load, key, number + 1)

    def _try(self, load: Load, key: str, number: int) -> None:
        about = f"round {number} of {self.rounds}, {load.name}, {KINDS[key].title}"
        try:
            done = self._once(load, key, number)
        except BenchError as error:
            self.failures.append(Failure(load.name, key, number, str(error)))
            print(f"{about}: failed: {error}", file=sys.stderr, flush=True)
        else:
            self.runs.append(done)
            print(f"{about}: {done.rate:,.1f} messages/s", file=sys.stderr, flush=True)

    def _once(self, load: Load, key: str, number: int) -> Run:
        """Measure a server of its own in a directory of its own, after a warm-up."""
        directory = self.scratch / f"{number}-{load.name}-{key}"
        directory.mkdir()
        try:
            with self.starter.start(key, directory, self.scratch / "log") as server:
                WARM_UP.send(self.starter.postfix, server.port)
                time.sleep(_SETTLE)
                # What the runs before have written and deleted must not be paid for by this one.
                os.sync()
                before = server.cpu()
                seconds = load.send(self.starter.postfix, server.port)
                time.sleep(_SETTLE)
                cpu, peak = server.cpu() - before, server.peak()
                self._verify(load, key, directory)
        finally:
            if load.total <= _FEW:
                shutil.rmtree(directory)
        return Run(load.name, key, number, load.total, load.size, seconds, cpu, peak)

    def _verify(self, load: Load, key: str, directory: Path) -> None:
        """Raise BenchError unless exactly the messages that were sent are stored."""
        kind = KINDS[key]
        if kind.stored is None:
            return
        sent = load.total + WARM_UP.messages
        size_sent = load.total * load.size + WARM_UP.messages * WARM_UP.size
        files, size = count(kind, directory)
        if files != sent or size < size_sent * kind.kept:
            raise BenchError(
                f"{sent} messages of {size_sent} bytes were sent, {files} files of {size} bytes are"
                " stored"
            )


def _wanted(options: argparse.Namespace, load: Load) -> bool:
    return not options.loads or load.name in options.loads


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
