"""The mailbox: a directory of plain files (docs/mailbox-format.md), opened to be written."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from mailcatch.mailbox.directory import Directory
from mailcatch.mailbox.errors import MailboxBusyError, MailboxError
from mailcatch.mailbox.events import Connect
from mailcatch.mailbox.message_file import MessageFile
from mailcatch.mailbox.server_file import LOCK, read_state
from mailcatch.mailbox.session_file import SessionFile


class Mailbox:
    """A directory that this process serves.

    root: the directory. syncs: whether what is kept survives the death of the machine, not only
    that of the process. guest: whether it writes beside whoever serves the directory.
    """

    def __init__(self, root: Path, *, syncs: bool = False, guest: bool = False) -> None:
        self.root = root
        self.guest = guest
        self.directory = Directory(root, syncs=syncs, guest=guest)
        self._lock: FileLock | None = None

    def open(self) -> None:
        """Take the directory: make it where it is missing, clear what a crash left half-written.

        A guest takes no lock and clears nothing. Raises MailboxBusyError and MailboxError.
        """
        if self.guest:
            self._try()
            return
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = FileLock(str(self.root / LOCK), timeout=0, thread_local=False, mode=0o600)
            lock.acquire()
        except Timeout:
            raise MailboxBusyError(_busy(self.root)) from None
        except OSError as error:
            raise MailboxError(_unusable(self.root, error)) from None
        except NotImplementedError:
            raise MailboxError(
                f"cannot lock {self.root}: its file system has no locks; choose another directory"
                " with --dir"
            ) from None
        self._lock = lock
        try:
            self._try()
        except MailboxError:
            lock.release()
            raise

    async def close(self) -> None:
        """Let go of the directory, when nothing is being synced any more."""
        await self.directory.group.finish()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _try(self) -> None:
        """Write something, and take it away again. Raises MailboxError."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.directory.make_rooms()
            if not self.guest:
                self.directory.sweep()
            self.directory.try_out()
        except OSError as error:
            raise MailboxError(_unusable(self.root, error)) from None

    def new_message(self) -> MessageFile:
        """Begin a message."""
        return MessageFile(self.directory)

    def new_session(self, opening: Connect) -> SessionFile:
        """Begin the file of a session."""
        return SessionFile(self.directory, opening)


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
