"""Which processors a thread runs on, where the system lets one say (Linux).

A server that answers a client waits where all processors are busy, and on two of them a reader that
looks at new mail, with what the system says of its files, is enough for that. Priorities do not
help: systems share processors out among sessions of terminals first.
"""

from __future__ import annotations

import os
import sys


def leave_one() -> None:
    """Keep this thread, and those that it starts, off the first of the process's processors."""
    if sys.platform == "linux":
        allowed = os.sched_getaffinity(os.getpid())
        if len(allowed) > 1:
            os.sched_setaffinity(0, allowed - {min(allowed)})


def use_all() -> None:
    """Let this thread, and what it starts, run wherever the process's first thread may run."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, os.sched_getaffinity(os.getpid()))
