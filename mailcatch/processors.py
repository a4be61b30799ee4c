"""Which processors a thread runs on, where the system lets one say (Linux).

A server that answers a client waits where all processors are busy, and on two of them a reader that
looks at new mail, with what the system says of its files, is enough for that. Priorities do not
help: systems share processors out among sessions of terminals first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress


def leave_one() -> None:
    """Keep this thread, and those that it starts, off the first of the process's processors."""
    _keep_to(lambda all_of_them: all_of_them - {min(all_of_them)} or all_of_them)


def use_all() -> None:
    """Let this thread, and what it starts, run wherever the process's first thread may run."""
    _keep_to(lambda all_of_them: all_of_them)


def _keep_to(chosen: Callable[[set[int]], set[int]]) -> None:
    if sys.platform == "linux":
        # A sandbox may forbid it; then all runs where it ran.
        with suppress(OSError):
            os.sched_setaffinity(0, chosen(os.sched_getaffinity(os.getpid())))
