"""Waiting for something to happen to a mailbox: the system tells of it, and a look now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mailcatch.mailbox.names import MESSAGE_SUFFIX, SESSION_SUFFIX

# Milliseconds: how long files are gathered that change together, and a turn without any.
_STEP: Final = 10
_TURN: Final = 40
# File systems of other machines tell of nothing, so the files are looked at without being told to.
_RESCAN: Final = 2.0
_MISSING: Final = 0.05
# What may change a list; the index, which changes by being read, is none of it.
_TELLING: Final = (MESSAGE_SUFFIX, SESSION_SUFFIX, "marks.jsonl")


def appears(root: Path, deadline: float | None) -> bool:
    """Wait until a directory is there, on the monotonic clock; return whether it is."""
    while not root.is_dir():
        if deadline is not None and time.monotonic() >= deadline:
            return False
        time.sleep(_MISSING)
    return True


def turns(root: Path, deadline: float | None) -> Iterator[None]:
    """Come back whenever a mailbox may have changed, until a time on the monotonic clock.

    The first turn comes as soon as the watching has begun, so that nothing is lost in between.
    """
    from watchfiles import watch

    looked, rest = 0.0, 0.0
    for changes in watch(
        root,
        # Nothing is filtered out, because what is does not come back, and the deadline is missed.
        watch_filter=None,
        debounce=2 * _STEP,
        step=_STEP,
        rust_timeout=_TURN,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        told = any(path.endswith(_TELLING) for _, path in changes)
        if told or time.monotonic() - looked >= rest:
            began = time.monotonic()
            yield
            looked = time.monotonic()
            rest = max(_RESCAN, 10 * (looked - began))
        if deadline is not None and time.monotonic() >= deadline:
            return
