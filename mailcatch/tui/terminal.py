"""The terminal that the screen stands on."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App
    from textual.driver import Driver

FORGOTTEN = ("COLUMNS", "LINES")


def forget_other_sizes() -> None:
    """Have the terminal itself say how large it is.

    Programs that read lines leave its size of one moment in the environment of those that they
    start, and Textual would believe it for good.
    """
    for name in FORGOTTEN:
        os.environ.pop(name, None)


def is_gone() -> bool:
    """Return whether the terminal was closed.

    Whoever starts the screen in a session of its own, as containers do, takes the signal from it
    that says so, and Textual would wait for keys on and on, at the cost of a processor.
    """
    if sys.platform == "win32" or sys.__stdin__ is None:
        return False
    import termios

    try:
        termios.tcgetattr(sys.__stdin__.fileno())
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    except (OSError, ValueError):
        return False
    return False


def driver() -> type[Driver] | None:
    """Return how the screen drives a terminal, None for Textual's own way."""
    if sys.platform == "win32":
        return None
    from textual.drivers.linux_driver import LinuxDriver

    class LastingDriver(LinuxDriver):
        """Lasts until the screen ends, also where the terminal does not.

        Textual's writing thread would end with the first octets that go nowhere, and whoever
        writes next would wait for it for ever.
        """

        def __init__(
            self,
            app: App[object],
            *,
            debug: bool = False,
            mouse: bool = True,
            size: tuple[int, int] | None = None,
        ) -> None:
            super().__init__(app, debug=debug, mouse=mouse, size=size)
            if self._file is not None:
                self._file = cast("TextIOWrapper", _Lasting(self._file))

    return LastingDriver


class _Lasting:
    """A file that loses what it cannot write."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.fileno = file.fileno
        self.isatty = file.isatty

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()
