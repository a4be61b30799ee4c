"""The places inside a mailbox directory, and how files get there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from mailcatch.mailbox.aside import PLAIN, PRIVATE, Aside, NamedFile, NamelessFile, nameless_in
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
_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | PLAIN


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
        self._nameless = False

    def make_rooms(self) -> None:
        """Make the inner directories where they are missing. Raises OSError."""
        for room in (self._messages, self._sessions):
            Path(room).mkdir(mode=0o700, exist_ok=True)

    def sweep(self) -> None:
        """Remove what a crash left half-written. Raises OSError."""
        for left in Path(self._messages).glob(f".*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):
                left.unlink()

    def try_out(self) -> None:
        """Write something and take it away again, and learn how. Raises OSError."""
        self._nameless = nameless_in(self._messages, self._unused())
        self.open_aside().discard()

    def open_aside(self) -> Aside:
        """Return a new file that no reader looks at.

        Raises OSError. Where only the inner directories are gone, they are made again.
        """
        try:
            return self._new_aside()
        except OSError as error:
            self._make_rooms_again(error)
        return self._new_aside()

    def reveal(self, aside: Aside) -> tuple[str, str]:
        """Give a file its name, in one step. Returns the name and the path. Raises OSError."""
        name = self.names.new() + MESSAGE_SUFFIX
        path = f"{self._messages}{os.sep}{name}"
        aside.reveal(path)
        return name, path

    def open_session(self, name: str) -> int:
        """Return the descriptor of a session's file, to append to. Raises OSError as above."""
        path = f"{self._sessions}{os.sep}{name}{SESSION_SUFFIX}"
        try:
            return os.open(path, _APPEND, PRIVATE)
        except OSError as error:
            self._make_rooms_again(error)
        return os.open(path, _APPEND, PRIVATE)

    async def sync(self, descriptors: Iterable[int]) -> None:
        """Return when files and their names are on the disk. Raises OSError."""
        await self.group.sync(descriptors, (self._messages, self._sessions))

    def _new_aside(self) -> Aside:
        return NamelessFile(self._messages) if self._nameless else NamedFile(self._unused())

    def _unused(self) -> str:
        """Return a path that no reader looks for and nobody uses."""
        self._asides += 1
        return f"{self._messages}{os.sep}.{self._aside}{self._asides}{PART_SUFFIX}"

    def _make_rooms_again(self, error: OSError) -> None:
        """Make the inner directories again, where that is all that is wrong; else raise error."""
        if error.errno not in _GONE or not self.root.is_dir():
            raise error
        self.make_rooms()
