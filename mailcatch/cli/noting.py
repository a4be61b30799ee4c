"""That a message was read: by a person at a terminal, and not by a program."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mailcatch.cli.terminal import on_terminal
from mailcatch.mailbox.errors import MailboxError

if TYPE_CHECKING:
    from mailcatch.mailbox.marks import Marks


def note_read(marks: Marks, name: str) -> None:
    """Mark a message as read, where standard output is a terminal."""
    if on_terminal():
        # Where the mailbox cannot be written, the message can be read all the same.
        with suppress(MailboxError):
            marks.mark("read", [name])
