"""Taking rule files again when they change, while a server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mailcatch.breaking.faults import Faults

SECONDS: Final = 0.1
UNSETTLED_SECONDS: Final = 0.03
"""Until the next look where a file seems to be in the middle of being written."""

log = logging.getLogger("mailcatch")


class Reloading:
    """Looks at the files of rules, ten times a second.

    faults: the rules. report: takes what went wrong. changed: is told when others are in force.
    """

    def __init__(
        self, faults: Faults, report: Callable[[str], None], changed: Callable[[Faults], None]
    ) -> None:
        self._faults = faults
        self._report = report
        self._changed = changed
        self._timer: asyncio.TimerHandle | None = None

    def start(self, directory: Path) -> None:
        """Take the rules of a served directory, and begin to look."""
        self._faults.watch(directory)
        self._tell_errors()
        self._look_after(SECONDS)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_after(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        try:
            changed = self._faults.look()
        except Exception as error:
            log.exception("the rules could not be taken")
            self._report(f"the rules could not be taken: {type(error).__name__}: {error}")
            changed = False
        self._look_after(UNSETTLED_SECONDS if self._faults.unsettled else SECONDS)
        if changed:
            self._changed(self._faults)
            self._tell_errors()

    def _tell_errors(self) -> None:
        for problem in self._faults.error.splitlines():
            log.error("rules cannot be used, the last good ones stay: %s", problem)
