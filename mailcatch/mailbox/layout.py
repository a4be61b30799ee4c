"""Where the files of a mailbox are, for readers: a served directory, or bare `.eml` files.

Nothing here writes, so that it works on a medium that cannot be written.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.names import MESSAGE_SUFFIX, MESSAGES, SESSION_SUFFIX, SESSIONS, is_name

TRASH: Final = ".trash"
"""The directory inside a mailbox that deleted messages are moved to."""


class Stamp(NamedTuple):
    """What tells whether a file is still the one that was read.

    size: octets. modified: nanoseconds since 1970. inode: of a file that was named by someone else,
    because another one may be moved into its place, and clocks of file systems are coarse: they
    stand still for milliseconds. 0 for a name of ours, which no other file ever gets.
    """

    size: int
    modified: int
    inode: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """The directories that hold messages and sessions.

    root: the mailbox. messages, sessions: where its files are. A directory without `messages/` is
    one of bare `.eml` files: they are looked for in the root itself. empty: whether there is
    nothing of a mailbox in it, so that it may become one, or be something else.
    """

    root: Path
    messages: Path
    sessions: Path
    empty: bool = False

    @classmethod
    def of(cls, root: Path) -> Layout:
        """Look at a directory. Raises MailboxError where it is none, or cannot be read."""
        try:
            with os.scandir(root) as entries:
                inside = {entry.name for entry in entries if entry.is_dir()}
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"cannot read {root}: {why}") from None
        rooms = MESSAGES in inside or SESSIONS in inside
        # A mailbox of bare files from which the last one was deleted stays one.
        bare = not rooms and (TRASH in inside or _has_messages(root))
        messages = root if bare else root / MESSAGES
        return cls(root, messages, root / SESSIONS, empty=not rooms and not bare)

    def message_stamps(self, only: Collection[str] | None = None) -> dict[str, Stamp]:
        """Return the messages that are there, by the names of their files.

        only: those to look for; all where none are given.
        Raises MailboxError.
        """
        return _stamps(self.messages, MESSAGE_SUFFIX, only)

    def session_stamps(self, only: Collection[str] | None = None) -> dict[str, Stamp]:
        """Return the sessions that are there, as above."""
        return _stamps(self.sessions, SESSION_SUFFIX, only)

    def message(self, name: str) -> Path:
        """Return the path of a message."""
        return self.messages / name

    def session(self, name: str) -> Path:
        """Return the path of a session."""
        return self.sessions / name


def is_file_name(name: str) -> bool:
    """Return whether a name can be that of a message or session, and leads nowhere else."""
    return bool(name) and name == Path(name).name and not name.startswith(".") and "\0" not in name


def is_named_by_us(name: str) -> bool:
    """Return whether the name of a message's file is one that a server gives."""
    return is_name(name.removesuffix(MESSAGE_SUFFIX))


def arrived(name: str, stamp: Stamp) -> int:
    """Return when a message came, in microseconds since 1970: from its name where it is ours."""
    if is_named_by_us(name):
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


def _stamps(directory: Path, suffix: str, only: Collection[str] | None) -> dict[str, Stamp]:
    found: dict[str, Stamp] = {}
    if only is not None:
        for name in only:
            if name.endswith(suffix) and is_file_name(name):
                with suppress(OSError):
                    _take(found, name, (directory / name).stat())
        return found
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.name.endswith(suffix) or entry.name.startswith("."):
                    continue
                try:
                    about = entry.stat()
                except FileNotFoundError:
                    continue
                _take(found, entry.name, about)
    except FileNotFoundError:
        return {}
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise MailboxError(f"cannot read {directory}: {why}") from None
    return found


def _take(found: dict[str, Stamp], name: str, about: os.stat_result) -> None:
    if S_ISREG(about.st_mode) and name.isprintable():
        ours = os.name == "nt" or is_name(name.rpartition(".")[0])
        found[name] = Stamp(about.st_size, about.st_mtime_ns, 0 if ours else about.st_ino)
