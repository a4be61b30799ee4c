"""What the user noted on messages: read, and tags. The user's own facts, kept in a plain file.

`marks.jsonl` in the mailbox is only ever appended to, one mark a line, so that several processes
may write it. The index holds what it says, and is made again from it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from stat import S_ISREG
from typing import Final, Literal

import msgspec

from mailcatch.mail import safe_text
from mailcatch.mailbox.errors import MailboxError

NAME: Final = "marks.jsonl"
READ: Final = "read"
_AT_ONCE: Final = 1_000

# The mailbox may have come from elsewhere: no link in it is written through, no pipe waited for.
_AT_ONCE_OR_NOT: Final = (
    getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)
_APPEND: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | _AT_ONCE_OR_NOT
)
_READING: Final = os.O_RDONLY | _AT_ONCE_OR_NOT

Action = Literal["read", "unread", "tag", "untag"]


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of marks.jsonl.

    mark: what was done. messages: the names of their files. tag: which, for "tag" and "untag".
    at: when, seconds since 1970.
    """

    mark: Action
    messages: tuple[str, ...]
    tag: str = ""
    at: int = 0


_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Mark)


class Marks:
    """The marks file of a mailbox.

    root: the mailbox.
    """

    def __init__(self, root: Path) -> None:
        self.path = root / NAME

    def mark(self, action: Action, messages: Collection[str], tag: str = "") -> None:
        """Note something on messages, given by the names of their files.

        Raises MailboxError where the mailbox cannot be written, and ValueError for an empty tag.
        """
        clean = safe_text(tag, 100).strip()
        if (action in ("tag", "untag")) != bool(clean):
            raise ValueError("a tag is needed for tagging, and only there")
        names = sorted(messages)
        if not names:
            return
        now = int(time.time())
        lines = b"".join(
            _encoder.encode(Mark(action, tuple(names[start : start + _AT_ONCE]), clean, now))
            + b"\n"
            for start in range(0, len(names), _AT_ONCE)
        )
        try:
            descriptor = os.open(self.path, _APPEND, 0o600)
            with os.fdopen(descriptor, "ab") as file:
                file.write(lines)
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"cannot write into {self.path}: {why}") from None

    def size(self) -> int:
        """Return the octets of the file, 0 where there is none."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def read_from(self, position: int) -> tuple[list[Mark], int]:
        """Return the marks past a position, and the position behind the last whole line.

        Lines that are no marks, or marks of a later version, are passed over.
        """
        try:
            with os.fdopen(os.open(self.path, _READING), "rb") as file:
                if not S_ISREG(os.fstat(file.fileno()).st_mode):
                    return [], position
                file.seek(position)
                octets = file.read()
        except OSError:
            return [], position
        end = octets.rfind(b"\n") + 1
        return _marks(octets[:end].splitlines()), position + end


def _marks(lines: Iterable[bytes]) -> list[Mark]:
    found: list[Mark] = []
    for line in lines:
        try:
            found.append(_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return found
