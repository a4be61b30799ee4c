"""Adding messages to a mailbox that came otherwise than over SMTP, also while it is served.

A message appears whole under a new name of ours, or not at all; nothing is written over.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.layout import Layout
from mailcatch.mailbox.names import (
    MESSAGE_SUFFIX,
    PART_SUFFIX,
    SESSION_SUFFIX,
    is_name,
    name_at,
)

_NEW: Final = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_TRIES: Final = 1_000


class Adding:
    """Adds messages and sessions to a mailbox, which is made where it is missing.

    root: the directory. Raises MailboxError where it cannot be used.
    """

    def __init__(self, root: Path) -> None:
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._layout = Layout.of(root)
            self.takes_sessions = self._layout.messages != root
            if self.takes_sessions:
                self._layout.messages.mkdir(mode=0o700, exist_ok=True)
                self._layout.sessions.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise MailboxError(_unusable(root, error)) from None
        self.root = root
        """The mailbox."""
        # Beside a server, which numbers its own; what a crash leaves, the next server removes.
        self._aside = self._layout.messages / f".{secrets.token_hex(8)}{PART_SUFFIX}"

    def add_message(self, octets: bytes, arrived: datetime, wanted: str = "") -> tuple[str, bool]:
        """Add a message; return the name of its file, and whether it is new.

        arrived: when it came, for its name. wanted: a name of ours that it had, suffix and all; the
        same octets under the same name are there already and not added again.
        Raises MailboxError, and then nothing of the message remains.
        """
        if is_name(wanted.removesuffix(MESSAGE_SUFFIX)) and wanted.endswith(MESSAGE_SUFFIX):
            place = self._layout.message(wanted)
            if self._put(octets, place):
                return wanted, True
            if _has(place, octets):
                return wanted, False
        for _ in range(_TRIES):
            name = name_at(arrived) + MESSAGE_SUFFIX
            if self._put(octets, self._layout.message(name)):
                return name, True
        raise MailboxError(f"cannot find a name for another message in {self.root}")

    def add_session(self, octets: bytes, name: str) -> bool:
        """Add the file of a session under the name that it had; return whether it is new.

        Raises MailboxError.
        """
        if not is_name(name.removesuffix(SESSION_SUFFIX)) or not name.endswith(SESSION_SUFFIX):
            raise MailboxError(f"{name!r} is no name of a session")
        return self._put(octets, self._layout.session(name))

    def _put(self, octets: bytes, place: Path) -> bool:
        """Write a file, and give it its name where that is free. Raises MailboxError."""
        if os.path.lexists(place):
            return False
        try:
            try:
                self._write(octets)
                return _reveal(self._aside, place)
            except FileNotFoundError:
                # A server that started at this moment took the file for what a crash had left.
                self._write(octets)
                return _reveal(self._aside, place)
        except OSError as error:
            raise MailboxError(_unusable(self.root, error)) from None
        finally:
            with suppress(OSError):
                self._aside.unlink()

    def _write(self, octets: bytes) -> None:
        with os.fdopen(os.open(self._aside, _NEW, 0o600), "wb") as file:
            file.write(octets)


def _reveal(aside: Path, place: Path) -> bool:
    """Give a file its name; return False where another one has it. Raises OSError."""
    try:
        os.link(aside, place)
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise
    except OSError:
        # A file system without hard links; the letters of the name are random.
        if os.path.lexists(place):
            return False
        aside.rename(place)
    return True


def _has(place: Path, octets: bytes) -> bool:
    try:
        return place.stat().st_size == len(octets) and place.read_bytes() == octets
    except OSError:
        return False


def _unusable(root: Path, error: OSError) -> str:
    why = (error.strerror or type(error).__name__).lower()
    return f"cannot write into {root}: {why}; choose another directory with --dir"
