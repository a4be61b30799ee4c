"""The servers that are compared: how each is started, and what it leaves on the disk."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.bench.postfix import Postfix
from scripts.bench.processes import HOST, Server, free_port, serving

OURS: Final = "mailcatch"
RULES: Final = "mailcatch-rules"
SINK: Final = "sink"
SINK_FILES: Final = "sink-files"
AIOSMTPD: Final = "aiosmtpd"
_BACKLOG: Final = "1024"
AIOSMTPD_SERVER: Final = str(Path(__file__).with_name("aiosmtpd_server.py"))


# A hundred rules of faults, of which none matches what is sent.
_RULES: Final = "".join(
    f'[[faults.rule]]\nid = "{at}-{number}"\nat = "{at}"\nreply = "451 4.3.0 later"\n'
    f'match.{what} = "{number}@nowhere.invalid"\n'
    for number in range(25)
    for at, what in (
        ("mail", "sender"),
        ("rcpt", "recipient"),
        ("data", "sender"),
        ("eom", "sender"),
    )
)


@dataclass(frozen=True)
class Kind:
    """One server of the comparison.

    stored: the files that hold a message each, as a glob pattern; None for a server that writes
        nothing.
    kept: the least part of a message's bytes that is stored. smtp-sink ends lines with LF alone.
    """

    title: str
    stored: str | None
    kept: float = 1.0


KINDS: Final = {
    SINK: Kind("smtp-sink", None),
    SINK_FILES: Kind("smtp-sink -d", "*/*", kept=0.98),
    AIOSMTPD: Kind("aiosmtpd", "*"),
    OURS: Kind("mailcatch", "messages/*.eml"),
    RULES: Kind("mailcatch with 100 rules", "messages/*.eml"),
}


@dataclass(frozen=True)
class Starter:
    """Starts any of the servers.

    python: the interpreter for those written in Python.
    """

    postfix: Postfix
    python: str

    @contextmanager
    def start(self, key: str, directory: Path, log: Path) -> Iterator[Server]:
        """Run a server that stores in a directory, until the block ends. Raises BenchError."""
        port = free_port() if key in {SINK, SINK_FILES} else None
        if port is not None:
            environment = self.postfix.environment()
        else:
            # What the user has set for a catcher of their own must not change what is measured.
            environment = {
                name: value for name, value in os.environ.items() if "MAILCATCH" not in name
            }
        command = self._command(key, directory, port)
        with serving(command, environment, directory, log, port) as server:
            yield server

    def _command(self, key: str, directory: Path, port: int | None) -> list[str]:
        if key == RULES:
            (directory / "faults.toml").write_text(_RULES)
        if key in {OURS, RULES}:
            serve = [self.python, "-m", "mailcatch", "serve", "--json", "--port", "0"]
            return [*serve, "--dir", str(directory)]
        if key == AIOSMTPD:
            return [self.python, AIOSMTPD_SERVER, str(directory)]
        # Postfix's tools refuse to run with the privileges of root unless a user is named.
        user = ["-u", pwd.getpwuid(0).pw_name] if os.geteuid() == 0 else []
        files = ["-d", "%d%H/%M."] if key == SINK_FILES else []
        return [self.postfix.sink, *user, *files, f"{HOST}:{port}", _BACKLOG]


def count(kind: Kind, directory: Path) -> tuple[int, int]:
    """Return how many messages a server has stored in a directory, and their bytes."""
    if kind.stored is None:
        return 0, 0
    sizes = [path.stat().st_size for path in directory.glob(kind.stored) if path.is_file()]
    return len(sizes), sum(sizes)
