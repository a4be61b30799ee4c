"""The time that schedules go by."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Seconds that never go back, from any beginning."""

    def now(self) -> float:
        """Return the time."""


class HandClock:
    """A clock that stands until somebody moves it on."""

    def __init__(self, at: float = 0.0) -> None:
        self._at = at

    def now(self) -> float:
        """Return the time."""
        return self._at

    def advance(self, seconds: float) -> None:
        """Move on. Raises ValueError where it would go back."""
        if not seconds >= 0:
            raise ValueError("a clock does not go back")
        self._at += seconds
