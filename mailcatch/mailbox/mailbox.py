"""The mailbox: a directory of plain files (docs/mailbox-format.md), opened to be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from mailcatch.mailbox.errors import MailboxBusyError, MailboxError
from mailcatch.mailbox.events import Connect
from mailcatch.mailbox.group_sync import GroupSync
from mailcatch.mailbox.message_file import MessageFile
from mailcatch.mailbox.names import PART_SUFFIX, SESSION_SUFFIX, Names
from mailcatch.mailbox.server_file import read_state
from mailcatch.mailbox.session_file import SessionFile

MESSAGES: Final = "messages"
SESSIONS: Final = "sessions"
_LOCK: Final = ".lock"
_GONE: Final = {errno.ENOENT, errno.ENOTDIR}


class Mailbox:
    """A directory that this process serves.

    root: the directory. syncs: whether what is kept survives the death of the machine, not only
    that of the process.
    """

    def __init__(self, root: Path, *, syncs: bool = False) -> None:
        self.root = root
        self.syncs = syncs
        self.names = Names()
        self.messages = str(root / MESSAGES)
        self.sessions = str(root / SESSIONS)
        self._group = GroupSync()
        self._lock: FileLock | None = None
        self._asides = 0

    def open(self) -> None:
        """Take the directory: make it where it is missing, clear what a crash left half-written.

        Raises MailboxBusyError and MailboxError.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(str(self.root / _LOCK), timeout=0, thread_local=False, mode=0o600)
            lock.acquire()
        except Timeout:
            raise MailboxBusyError(_busy(self.root)) from None
        except OSError as error:
            raise MailboxError(_unusable(self.root, error)) from None
        self._lock = lock
        try:
            self._make_rooms()
            self._sweep()
            os.unlink(self._try_writing())  # noqa: PTH108
        except OSError as error:
            self.close()
            raise MailboxError(_unusable(self.root, error)) from None

    def close(self) -> None:
        """Let go of the directory."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def new_message(self) -> MessageFile:
        """Begin a message."""
        return MessageFile(self)

    def new_session(self, name: str, opening: Connect) -> SessionFile:
        """Begin the file of a session."""
        return SessionFile(f"{self.sessions}{os.sep}{name}{SESSION_SUFFIX}", opening)

    def open_aside(self) -> tuple[str, int]:
        """Return the path and the descriptor of a new file that no reader looks at.

        Raises OSError. Where only the inner directories are gone, they are made again.
        """
        try:
            return self._open_aside()
        except OSError as error:
            if error.errno not in _GONE or not self.root.is_dir():
                raise
        self._make_rooms()
        return self._open_aside()

    async def sync(self, descriptors: Iterable[int]) -> None:
        """Return when files and their names are on the disk. Raises OSError."""
        await self._group.sync(descriptors, (self.messages, self.sessions))

    def _open_aside(self) -> tuple[str, int]:
        self._asides += 1
        path = f"{self.messages}{os.sep}.{self._asides}{PART_SUFFIX}"
        return path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def _make_rooms(self) -> None:
        for room in (self.messages, self.sessions):
            Path(room).mkdir(mode=0o700, exist_ok=True)

    def _sweep(self) -> None:
        for left in Path(self.messages).glob(f".*{PART_SUFFIX}"):
            with suppress(FileNotFoundError):
                left.unlink()

    def _try_writing(self) -> str:
        path, descriptor = self._open_aside()
        os.close(descriptor)
        return path


def _busy(root: Path) -> str:
    state = read_state(root)
    who = "another mailcatch"
    if state is not None:
        where = ", ".join(at.path or f"{at.host}:{at.port}" for at in state.smtp)
        who = f"another mailcatch (process {state.pid}, on {where})"
    return (
        f"{who} serves {root} already: send your mail there, stop it, or choose another"
        " directory with --dir"
    )


def _unusable(root: Path, error: OSError) -> str:
    why = (error.strerror or type(error).__name__).lower()
    return f"cannot write into {root}: {why}; choose another directory with --dir"
