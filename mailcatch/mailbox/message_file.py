"""The file of one message: written aside while it arrives, whole under its name or not there."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final

from mailcatch.mailbox.directory import Directory

SPOOL_PAST: Final = 1024 * 1024


class MessageFile:
    """Takes the octets of a message: in memory up to a mebibyte, on disk past that."""

    __slots__ = ("_aside", "_descriptor", "_directory", "_gathered", "_place", "_size")

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._gathered: list[bytes] = []
        self._size = 0
        self._descriptor = -1
        self._aside = ""
        self._place = ""

    def write(self, octets: bytes, /) -> None:
        """Take the next octets. Raises OSError."""
        if not octets:
            return
        self._size += len(octets)
        if self._descriptor >= 0:
            _write_all(self._descriptor, octets)
            return
        self._gathered.append(octets)
        if self._size > SPOOL_PAST:
            self._spool()

    def content(self) -> bytes:
        """Return all octets so far. Raises OSError."""
        if self._descriptor < 0:
            return b"".join(self._gathered)
        with open(self._aside, "rb") as aside:  # noqa: PTH123 - a name of ours, on the hot path
            return aside.read()

    async def commit(self) -> str:
        """Make the message appear under a new name, and return that name.

        Raises OSError, and then nothing of the message remains.
        """
        try:
            if self._descriptor < 0:
                self._spool()
            if self._directory.syncs:
                await self._directory.sync((self._descriptor,))
            os.close(self._descriptor)
            self._descriptor = -1
            name, self._place = self._directory.reveal(self._aside)
        except BaseException:
            self.discard()
            raise
        self._aside = ""
        return name

    def discard(self) -> None:
        """Remove what there is of the message, also after `commit`. Never raises."""
        self._gathered.clear()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        for path in (self._aside, self._place):
            if path:
                with suppress(OSError):
                    os.unlink(path)  # noqa: PTH108 - as above
        self._aside = self._place = ""

    def _spool(self) -> None:
        self._aside, self._descriptor = self._directory.open_aside()
        octets = self._gathered[0] if len(self._gathered) == 1 else b"".join(self._gathered)
        _write_all(self._descriptor, octets)
        self._gathered.clear()


def _write_all(descriptor: int, octets: bytes) -> None:
    written = os.write(descriptor, octets)
    while written < len(octets):
        written += os.write(descriptor, octets[written:])
