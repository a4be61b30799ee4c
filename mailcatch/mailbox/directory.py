"""The places inside a mailbox directory, and how files get there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mailcatch.mailbox.group_sync import GroupSync
from mailcatch.mailbox.names import (
    MESSAGE_SUFFIX,
    MESSAGES,
    PART_SUFFIX,
    SESSION_SUFFIX,
    SESSIONS,
    Names,
)

_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR})
_PRIVATE: Final = 0o600
# Windows turns line ends around in files that are not opened as binary.
_PLAIN: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | _PLAIN
_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | _PLAIN


class Directory:
    """A mailbox directory that files are written into.

    root: the directory. syncs: whether what is kept survives the death of the machine, not only
    that of the process. guest: whether another process writes here too; then what is half-written
    has names that are told apart by the process.
    """

    def __init__(self, root: Path, *, syncs: bool, guest: bool = False) -> None:
        self.root = root
        self.syncs = syncs
        self.names = Names()
        self.group = GroupSync()
        self._messages = str(root / MESSAGES)
        self._sessions = str(root / SESSIONS)
        self._asides = 0
        self._aside = f"{os.getpid()}-{secrets.token_hex(3)}-" if guest else ""

    def make_rooms(self) -> None:
        """Make the inner directories where they are missing. Raises OSError."""
        for room in (self._messages, self._sessions):
            Path(room).mkdir(mode=0o700, exist_ok=True)

    def sweep(self) -> None:
        """Remove what a crash left half-written. Raises OSError."""
        for left in Path(self._messages).glob(f".*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):
                left.unlink()

    def open_aside(self) -> tuple[str, int]:
        """Return the path and the descriptor of a new file that no reader looks at.

        Raises OSError. Where only the inner directories are gone, they are made again.
        """
        self._asides += 1
        path = f"{self._messages}{os.sep}.{self._aside}{self._asides}{PART_SUFFIX}"
        return path, self._opened(path, _NEW)

    def reveal(self, aside: str) -> tuple[str, str]:
        """Give a file its name, in one step. Returns the name and the path. Raises OSError."""
        name = self.names.new() + MESSAGE_SUFFIX
        path = f"{self._messages}{os.sep}{name}"
        os.rename(aside, path)  # noqa: PTH104 - a Path costs as much as the call
        return name, path

    def open_session(self, name: str) -> int:
        """Return the descriptor of a session's file, to append to. Raises OSError as above."""
        path = f"{self._sessions}{os.sep}{name}{SESSION_SUFFIX}"
        return self._opened(path, _APPEND)

    async def sync(self, descriptors: Iterable[int]) -> None:
        """Return when files and their names are on the disk. Raises OSError."""
        await self.group.sync(descriptors, (self._messages, self._sessions))

    def _opened(self, path: str, flags: int) -> int:
        try:
            return os.open(path, flags, _PRIVATE)
        except OSError as error:
            if error.errno not in _GONE or not self.root.is_dir():
                raise
        self.make_rooms()
        return os.open(path, flags, _PRIVATE)
