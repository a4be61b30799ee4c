"""The terminal that the screen stands on."""

from __future__ import annotations

import errno
import os
import sys

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
