"""The file of the index: opened, made anew where it does not fit, shared with other processes."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.schema import NAMES, TABLES, VERSION

FILE: Final = ".index.sqlite3"
_BUSY: Final = 30.0
# An index that was left in the middle of being written to is one that can be made again.
_BROKEN: Final = (
    "malformed", "not a database", "disk image", "no such table", "no such column",
    "Could not decode", "datatype mismatch",
)  # fmt: skip
_FOREIGN: Final = "SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view') LIMIT 1"


class Store:
    """A connection to the index of a mailbox.

    path: its file. Threads may share it where they take turns. made: whether there was no index of
    this version when it was opened, so that nothing is in it yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made = False
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    def open(self) -> None:
        """Open the index, and make it anew where it is missing, older or broken.

        Raises MailboxError where its file cannot be written.
        """
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                self.close()
                raise MailboxError(f"cannot use the index {self.path}: {error}") from None
            self.remove()
            try:
                self._open()
            except sqlite3.Error as again:
                self.close()
                raise MailboxError(f"cannot use the index {self.path}: {again}") from None

    def close(self) -> None:
        """Let go of the file. May be called more than once."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def remove(self) -> None:
        """Remove the file. Processes that still have it open notice at their next update."""
        self.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{suffix}").unlink()

    def follow(self) -> bool:
        """Open the file again where another process put a new one in its place, and say so."""
        try:
            there = os.stat(self.path).st_ino  # noqa: PTH116 - before every update
        except FileNotFoundError:
            there = -1
        if there != self._inode or self._connection is None:
            self.close()
            self.open()
            return True
        return False

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection. Raises MailboxError where the store is closed."""
        if self._connection is None:
            raise MailboxError(f"the index {self.path} is closed")
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Change the index: all of it or, where an exception leaves the block, nothing."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def empty(self) -> None:
        """Make the index anew inside its file, for all processes that use it."""
        with self.writing() as connection:
            _make(connection)

    def tidy(self) -> None:
        """Make the file as small as it can be, after much was put in."""
        with self.writing() as connection:
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        # Not while another process is looking something up.
        with suppress(sqlite3.OperationalError):
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint (TRUNCATE)").fetchall()

    def _open(self) -> None:
        self.close()
        # SQLite would follow a link, in a mailbox that came from elsewhere.
        if self.path.is_symlink():
            raise sqlite3.DatabaseError("malformed: it is a link")
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        self._inode = os.fstat(descriptor).st_ino
        os.close(descriptor)
        connection = sqlite3.connect(
            self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False
        )
        self._connection = connection
        self.made = False
        connection.execute("PRAGMA journal_mode = WAL")
        # All of it can be made again, so that nothing has to be waited for.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -4096")
        connection.execute("PRAGMA journal_size_limit = 4194304")
        # It may have come with the directory, from who knows where.
        connection.execute("PRAGMA trusted_schema = OFF")
        if connection.execute(_FOREIGN).fetchone() is not None:
            raise sqlite3.DatabaseError("malformed: it is made to do something")
        if _version(connection) != VERSION:
            with self.writing():
                if _version(connection) != VERSION:
                    _make(connection)
                    self.made = True
        connection.execute("SELECT count(*) FROM (SELECT 1 FROM messages LIMIT 1)").fetchone()


def is_broken(error: sqlite3.Error) -> bool:
    """Return whether an error says that the file is no index, and not that it is only busy."""
    return any(word in str(error) for word in _BROKEN)


def place_in(root: Path) -> Path:
    """Return where the index of a directory that can be written is."""
    return root / FILE


def place_beside(root: Path, cache: Path | None = None) -> Path:
    """Return where the index of a directory that cannot be written is. Raises OSError.

    cache: the directory for such indexes; that of the user where none is given.
    """
    if cache is None:
        import platformdirs

        cache = Path(platformdirs.user_cache_dir("mailcatch", appauthor=False)) / "index"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
    return cache / f"{name}.sqlite3"


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make(connection: sqlite3.Connection) -> None:
    for name in NAMES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in _statements(TABLES):
        connection.execute(statement)
    # Numbers of the log go on from one index to the next, with a gap that those who watch notice.
    connection.execute(
        "INSERT INTO log (number, what, name) VALUES (?, 'rebuilt', '')", (time.time_ns() // 1000,)
    )
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _statements(script: str) -> Iterator[str]:
    """Cut a script: `executescript` would commit what goes on."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
