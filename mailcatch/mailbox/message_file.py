"""The file of one message: written aside while it arrives, whole under its name or not there."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from mailcatch.mailbox.aside import Aside
from mailcatch.mailbox.directory import Directory

SPOOL_PAST: Final = 1024 * 1024


class MessageFile:
    """Takes the octets of a message: in memory up to a mebibyte, on disk past that."""

    __slots__ = ("_aside", "_directory", "_gathered", "_place", "_size")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._gathered: list[bytes] = []
        self._size = 0
        self._aside: Aside | None = None
        self._place = ""

    def write(self, octets: bytes, /) -> None:
        """Take the next octets. Raises OSError."""
        if not octets:
            return
        self._size += len(octets)
        if self._aside is not None:
            _write_all(self._aside.descriptor, octets)
            return
        self._gathered.append(octets)
        if self._size > SPOOL_PAST:
            self._spool()

    def content(self) -> bytes:
        """Return all octets so far. Raises OSError."""
        return b"".join(self._gathered) if self._aside is None else self._aside.content()

    async def commit(self) -> str:
        """Make the message appear under a new name, and return that name.

        Raises OSError, and then nothing of the message remains.
        """
        try:
            aside = self._aside or self._spool()
            if self._directory.syncs:
                await self._directory.sync((aside.descriptor,))
            name, self._place = self._directory.reveal(aside)
        except BaseException:
            self.discard()
            raise
        return name

    def discard(self) -> None:
        """Remove what there is of the message, also after `commit`. Never raises."""
        self._gathered.clear()
        if self._aside is not None:
            self._aside.discard()
            self._aside = None
        if self._place:
            with suppress(OSError):
                os.unlink(self._place)  # noqa: PTH108 - a Path costs as much as the call
            self._place = ""

    def _spool(self) -> Aside:
        self._aside = aside = self._directory.open_aside()
        octets = self._gathered[0] if len(self._gathered) == 1 else b"".join(self._gathered)
        _write_all(aside.descriptor, octets)
        self._gathered.clear()
        return aside


def _write_all(descriptor: int, octets: bytes) -> None:
    written = os.write(descriptor, octets)
    while written < len(octets):
        written += os.write(descriptor, octets[written:])
