"""Which processors threads may run on."""

from __future__ import annotations

import os
import sys


def processors_of(thread: int | None = 0) -> set[int]:
    """Those of a thread by its number; 0 for this one."""
    assert thread is not None
    return os.sched_getaffinity(thread) if sys.platform == "linux" else set()


def all_but_one() -> set[int]:
    """Those of this thread without the first; all where there is one alone."""
    everything = processors_of()
    return everything - {min(everything)} if len(everything) > 1 else everything
