"""server.json: who serves a mailbox directory, and what was counted so far."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

NAME: Final = "server.json"
LOCK: Final = ".lock"
"""What a server holds as long as it lives."""


class Listening(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a server listens: a host and a port, or the path of a Unix socket.

    tls: "starttls" or "implicit" where TLS is spoken, or "". protocol: "smtp" or "lmtp". proxied:
    whether connections there begin with a PROXY header.
    """

    host: str = ""
    port: int = 0
    path: str = ""
    tls: str = ""
    protocol: str = "smtp"
    proxied: bool = False

    @property
    def plain(self) -> bool:
        """Whether a client may begin to speak SMTP there at once."""
        return self.protocol == "smtp" and not self.proxied and self.tls != "implicit"


class Counters(msgspec.Struct):
    """What was counted since the server started.

    sessions: all, live: those that are open now. messages: stored, octets: their size. refused:
    transactions refused. notifications: made by the server itself, and not among the messages.
    """

    sessions: int = 0
    live: int = 0
    messages: int = 0
    octets: int = 0
    refused: int = 0
    notifications: int = 0


class RuleState(msgspec.Struct, frozen=True):
    """A rule that a server carries out, and its counters.

    id: its name. enabled: whether it is asked. dry_run: whether it only tells what it would do.
    seen: how often it was asked, matched: how often it matched, fired: how often it had its way.
    remaining: how often it can still fire, None where there is no bound. last_fired: when it fired
    last, in UTC (RFC 3339), or "". in_file: what the directory's rule file calls it, "" where it
    comes from elsewhere: rules of several sources can have one name, and are numbered then.
    """

    id: str
    enabled: bool
    dry_run: bool
    seen: int
    matched: int
    fired: int
    remaining: int | None = None
    last_fired: str = ""
    in_file: str = ""


class FaultsState(msgspec.Struct, frozen=True):
    """The rules of a server.

    file: the rule file of the directory, "" where none is taken from there. digest: SHA-256
    (hexadecimal) of its octets as they were last taken, right or wrong; "" where there is none.
    seed: what chance is drawn from. enabled: whether any rule is asked. loaded: when rules were
    last taken, in UTC (RFC 3339). error: why a rule file could not be used, a line a problem, or
    ""; then its last good rules are in force.
    """

    file: str
    digest: str
    seed: int
    enabled: bool
    loaded: str
    error: str = ""
    rules: list[RuleState] = []


class Removed(msgspec.Struct, frozen=True):
    """What a server removed because of a limit.

    at: when it last did, in UTC (RFC 3339). messages, sessions, octets: what went then. why: past
    which limits, of "messages", "age", "octets" and "sessions". all_messages, all_sessions: what
    went since the server started.
    """

    at: str = ""
    messages: int = 0
    sessions: int = 0
    octets: int = 0
    why: tuple[str, ...] = ()
    all_messages: int = 0
    all_sessions: int = 0


class ServerState(msgspec.Struct, frozen=True):
    """The content of server.json.

    format: its version. pid: the process. version: the program's. started: when, in UTC (RFC 3339).
    smtp: where it listens. last_error: what went wrong last: why a message could not be kept, or a
    defect of the server; or "". removed: what had to go, or None where nothing had to. faults: its
    rules.
    """

    format: int
    pid: int
    version: str
    started: str
    smtp: list[Listening]
    counters: Counters
    last_error: str = ""
    removed: Removed | None = None
    faults: FaultsState | None = None

    @property
    def entrance(self) -> Listening | None:
        """Where a client is heard that speaks plain SMTP; None where there is no such place."""
        return next((one for one in self.smtp if one.plain), None)


def write_state(root: Path, state: ServerState) -> None:
    """Replace server.json in one step. Raises OSError."""
    aside = root / f".{NAME}.part"
    # What a crash left, or a link, in a mailbox that came from elsewhere.
    with suppress(FileNotFoundError):
        aside.unlink()
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state)) + b"\n")
    aside.replace(root / NAME)


def read_state(root: Path) -> ServerState | None:
    """Return the state, or None where there is none that can be read."""
    try:
        if not (root / NAME).is_file():
            return None
        return msgspec.json.decode((root / NAME).read_bytes(), type=ServerState)
    except (OSError, msgspec.DecodeError):
        return None


def is_running(pid: int) -> bool:
    """Return whether a process is on this machine; on Windows, where that is not known, True."""
    if pid <= 0:
        return False
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def is_served(root: Path, state: ServerState) -> bool:
    """Return whether the process that server.json names serves the directory, here and now.

    A copy of a directory has a server.json too; what a server holds as long as it lives is the
    lock, and that cannot be copied.
    """
    return is_running(state.pid) and _is_locked(root / LOCK)


def _is_locked(lock: Path) -> bool:
    """Return whether somebody holds a lock; True where that cannot be found out."""
    try:
        import fcntl
    except ImportError:  # on Windows
        return True
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def remove_state(root: Path) -> None:
    """Remove server.json: nobody serves the directory any more. Never raises."""
    with suppress(OSError):
        (root / NAME).unlink()
