"""A file that is being written and that no reader looks at yet, with or without a name.

Without a name (`O_TMPFILE` of Linux, open(2)) nothing is left of it when the process dies, and
giving it one takes the kernel less than changing one. Not every file system can do that.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Final, Protocol

# Windows turns line ends around in files that are not opened as binary.
PLAIN: Final[int] = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
PRIVATE: Final = 0o600
_NEW: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | PLAIN
_TMPFILE: Final[int] = getattr(os, "O_TMPFILE", 0)
_NAMELESS: Final = os.O_RDWR | _TMPFILE | PLAIN


class Aside(Protocol):
    """A file that is written aside. descriptor: what it is written through."""

    descriptor: int

    def reveal(self, path: str, /) -> None:
        """Give it its name, in one step, and let go of it. Raises OSError."""

    def content(self) -> bytes:
        """Return what was written so far. Raises OSError."""

    def discard(self) -> None:
        """Let go of it; nothing remains but what was revealed. Never raises."""


class NamelessFile:
    """A file without a name. room: the directory in which it will have one. Raises OSError."""

    __slots__ = ("descriptor",)

    def __init__(self, room: str) -> None:
        self.descriptor = os.open(room, _NAMELESS, PRIVATE)

    def reveal(self, path: str, /) -> None:
        """Give it its name, in one step, and let go of it. Raises OSError."""
        # With a descriptor Python calls linkat(2), which follows what stands for the file in /proc;
        # the descriptor itself means nothing there, because the path is absolute.
        descriptor = self.descriptor
        os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=descriptor)
        self.descriptor = -1
        try:
            os.close(descriptor)
        except OSError:
            # Some file systems tell only now that there is no room.
            os.unlink(path)  # noqa: PTH108 - a Path costs as much as the call
            raise

    def content(self) -> bytes:
        """Return what was written so far. Raises OSError."""
        return _content(f"/proc/self/fd/{self.descriptor}")

    def discard(self) -> None:
        """Let go of it; nothing remains but what was revealed. Never raises."""
        if self.descriptor >= 0:
            with suppress(OSError):
                os.close(self.descriptor)
            self.descriptor = -1


class NamedFile:
    """A file with a name that no reader looks for. path: that name. Raises OSError."""

    __slots__ = ("_path", "descriptor")

    def __init__(self, path: str) -> None:
        self._path = path
        self.descriptor = os.open(path, _NEW, PRIVATE)

    def reveal(self, path: str, /) -> None:
        """Give it its name, in one step, and let go of it. Raises OSError."""
        # What is open cannot be renamed on Windows.
        self._close()
        os.rename(self._path, path)  # noqa: PTH104 - as above
        self._path = ""

    def content(self) -> bytes:
        """Return what was written so far. Raises OSError."""
        return _content(self._path)

    def discard(self) -> None:
        """Let go of it; nothing remains but what was revealed. Never raises."""
        with suppress(OSError):
            self._close()
        if self._path:
            with suppress(OSError):
                os.unlink(self._path)  # noqa: PTH108 - as above
            self._path = ""

    def _close(self) -> None:
        if self.descriptor >= 0:
            descriptor, self.descriptor = self.descriptor, -1
            os.close(descriptor)


def nameless_in(room: str, trial: str) -> bool:
    """Return whether files without a name can be made in a directory, and given one.

    trial: a path in it that nobody looks for; nothing is there afterwards.
    """
    if not _TMPFILE:
        return False
    try:
        NamelessFile(room).reveal(trial)
        os.unlink(trial)  # noqa: PTH108 - as above
    except OSError:
        return False
    return True


def _content(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        return file.read()
