"""How far something is that takes more than a second: a bar on standard error, on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE: Final = 1.0
_BETWEEN: Final = 0.1


@contextmanager
def progress(title: str, total: int = 0) -> Iterator[Bar]:
    """Give what is told how far it is, and wipe the bar at the end. total: how much there is."""
    bar = Bar(title, total)
    try:
        yield bar
    finally:
        bar.finish()


class Bar:
    """A bar that appears after a second, and only on a terminal."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._began = time.monotonic()
        self._last = 0.0
        self._shown: Progress | None = None
        self._task: TaskID | None = None
        self._wanted = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def __call__(self, done: int, total: int | None = None) -> None:
        """Take the news. done, total: in the same units."""
        now = time.monotonic()
        if not self._wanted or now - self._began < _PATIENCE or now - self._last < _BETWEEN:
            return
        self._last = now
        if self._shown is None:
            self._shown = _bar()
            self._task = self._shown.add_task(self._title)
            self._shown.start()
        if self._task is not None:
            most = total or self._total or None
            self._shown.update(self._task, completed=done, total=most, refresh=True)

    def finish(self) -> None:
        """Wipe the bar."""
        if self._shown is not None:
            self._shown.stop()
            self._shown = None


def _bar() -> Progress:
    # Loaded only when there is something to wait for.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    # The sixteen colours of the terminal itself, whatever it can do besides.
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(style="dim", complete_style="cyan", finished_style="green", pulse_style="cyan"),
        TaskProgressColumn("{task.percentage:>3.0f} %", style="cyan", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True, color_system="standard", highlight=False),
        transient=True,
        auto_refresh=False,
    )
