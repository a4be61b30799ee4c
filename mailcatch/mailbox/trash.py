"""Deleting messages so that it can be undone: they are moved into `.trash/` inside the mailbox.

What is deleted is what is named, and never what came later. Each deletion is a directory of its
own, and goes for good a week later, with the next deletion or when a server looks after it.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from mailcatch.mail.safe import safe_text
from mailcatch.mailbox.errors import MailboxError, NotThereError
from mailcatch.mailbox.layout import TRASH, is_file_name
from mailcatch.mailbox.names import Names, is_name, time_of

KEPT: Final = timedelta(days=7)
"""How long a deletion can be undone."""


class Deletion(msgspec.Struct, frozen=True):
    """Messages that were deleted together. name: by which it is undone. at: when it was."""

    name: str
    at: datetime
    messages: tuple[str, ...]


class Trash:
    """The trash of a mailbox.

    root: the mailbox. messages: the directory of its messages.
    """

    def __init__(self, root: Path, messages: Path) -> None:
        self._place = root / TRASH
        self._messages = messages
        self._names = Names()

    def delete(self, names: Collection[str], *, kept: timedelta = KEPT) -> Deletion:
        """Delete messages by the names of their files; those that are gone already are left out.

        kept: how long earlier deletions are kept; older ones go for good.
        Raises MailboxError where the mailbox cannot be written; what was moved by then is undone.
        """
        self.empty(kept)
        for name in names:
            if not is_file_name(name):
                raise NotThereError(f"{safe_text(name, 100)!r} is no name of a message")
        deletion = self._names.new()
        place = self._place / deletion
        moved: list[str] = []
        try:
            place.mkdir(mode=0o700, parents=True)
            self._place.chmod(0o700)
            for name in sorted(names):
                with suppress(FileNotFoundError):
                    (self._messages / name).rename(place / name)
                    moved.append(name)
        except OSError as error:
            for name in moved:
                (place / name).rename(self._messages / name)
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"cannot move messages out of {self._messages}: {why}") from None
        if not moved:
            place.rmdir()
        return Deletion(deletion, _time(deletion), tuple(moved))

    def deletions(self) -> list[Deletion]:
        """Return what can be undone, newest first."""
        try:
            places = [place for place in self._place.iterdir() if is_name(place.name)]
        except OSError:
            return []
        return [
            Deletion(
                place.name, _time(place.name), tuple(sorted(one.name for one in place.iterdir()))
            )
            for place in sorted(places, reverse=True)
        ]

    def undo(self, deletion: str) -> tuple[str, ...]:
        """Put the messages of a deletion back; return their names.

        A file that has taken the name of one meanwhile stays, and so does the deleted one.
        Raises NotThereError where there is no such deletion, and MailboxError.
        """
        place = self._place / deletion
        if not is_name(deletion) or not place.is_dir():
            raise NotThereError("there is nothing to undo: the trash was emptied")
        back: list[str] = []
        try:
            for file in sorted(place.iterdir()):
                if not (self._messages / file.name).exists():
                    file.rename(self._messages / file.name)
                    back.append(file.name)
            with suppress(OSError):
                place.rmdir()
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"cannot put messages back into {self._messages}: {why}") from None
        return tuple(back)

    def remove(self, deletion: str) -> None:
        """Remove the messages of a deletion for good. Raises NotThereError and MailboxError."""
        place = self._place / deletion
        if not is_name(deletion) or not place.is_dir():
            raise NotThereError("this deletion is gone already")
        try:
            shutil.rmtree(place)
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"cannot remove {place}: {why}") from None

    def empty(self, older: timedelta = KEPT) -> tuple[str, ...]:
        """Remove for good what was deleted that long ago; return the names of the messages."""
        latest = datetime.now(UTC) - older
        gone: list[str] = []
        for deletion in self.deletions():
            if deletion.at <= latest:
                shutil.rmtree(self._place / deletion.name, ignore_errors=True)
                gone += deletion.messages
        return tuple(gone)


def _time(name: str) -> datetime:
    return time_of(name) or datetime.now(UTC)
