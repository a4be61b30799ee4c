"""Where the files of a mailbox are, for readers: a served directory, or bare `.eml` files.

Nothing here writes, so that it works on a medium that cannot be written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.names import MESSAGE_SUFFIX, MESSAGES, SESSION_SUFFIX, SESSIONS, is_name


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells whether a file is still the one that was read.

    size: octets. modified: nanoseconds since 1970.
    """

    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The directories that hold messages and sessions.

    root: the mailbox. messages, sessions: where its files are. A directory without `messages/` is
    one of bare `.eml` files: they are looked for in the root itself.
    """

    root: Path
    messages: Path
    sessions: Path

    @classmethod
    def of(cls, root: Path) -> Layout:
        """Look at a directory. Raises MailboxError where it is none, or cannot be read."""
        try:
            with os.scandir(root) as entries:
                inside = {entry.name for entry in entries if entry.is_dir()}
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"cannot read {root}: {why}") from None
        bare = MESSAGES not in inside and SESSIONS not in inside and _has_messages(root)
        return cls(root, root if bare else root / MESSAGES, root / SESSIONS)

    def message_stamps(self) -> dict[str, Stamp]:
        """Return the messages that are there, by the names of their files. Raises MailboxError."""
        return _stamps(self.messages, MESSAGE_SUFFIX)

    def session_stamps(self) -> dict[str, Stamp]:
        """Return the sessions that are there, by the names of their files. Raises MailboxError."""
        return _stamps(self.sessions, SESSION_SUFFIX)

    def message(self, name: str) -> Path:
        """Return the path of a message."""
        return self.messages / name

    def session(self, name: str) -> Path:
        """Return the path of a session."""
        return self.sessions / name


def arrived(name: str, stamp: Stamp) -> int:
    """Return when a message came, in microseconds since 1970: from its name where it is ours."""
    if is_name(name.removesuffix(MESSAGE_SUFFIX)):
        with suppress(ValueError):
            seconds = int(name[9:11]) * 3_600 + int(name[11:13]) * 60 + int(name[13:15])
            return (_day(name[:8]) + seconds) * 1_000_000 + int(name[16:22])
    return stamp.modified // 1000


@lru_cache(maxsize=64)
def _day(text: str) -> int:
    return int(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).timestamp())


def _has_messages(root: Path) -> bool:
    with os.scandir(root) as entries:
        return any(entry.name.endswith(MESSAGE_SUFFIX) for entry in entries)


def _stamps(directory: Path, suffix: str) -> dict[str, Stamp]:
    found: dict[str, Stamp] = {}
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.name.endswith(suffix) or entry.name.startswith("."):
                    continue
                try:
                    if entry.is_file():
                        about = entry.stat()
                        found[entry.name] = Stamp(about.st_size, about.st_mtime_ns)
                except FileNotFoundError:
                    continue
    except FileNotFoundError:
        return {}
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise MailboxError(f"cannot read {directory}: {why}") from None
    return {name: stamp for name, stamp in found.items() if name.isprintable()}
