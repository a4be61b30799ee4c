"""The time that fault rules go by: real time, and as much more as a test says."""

from __future__ import annotations

from time import monotonic

from mailcatch.faults.quantities import duration


class TestClock:
    """A clock that can be moved on. Only windows, quotas and greylisting go by it, no delay."""

    # Not for pytest to collect.
    __test__ = False

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds."""
        return monotonic() + self._ahead

    def advance(self, by: float | str) -> None:
        """Move on by seconds, or by such as "10m". Raises ValueError."""
        self._ahead += duration(by)
