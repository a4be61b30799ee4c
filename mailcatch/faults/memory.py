"""What is remembered for each key, within a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Values by key, within a bound: past it, the one least recently used is forgotten."""

    __slots__ = ("_make", "_most", "_values")

    def __init__(self, make: Callable[[], T], most: int) -> None:
        self._make = make
        self._values: dict[str, T] = {}
        self._most = most

    def look(self, key: str) -> T:
        """Return the value of a key, or a new one that is not kept."""
        value = self._values.get(key)
        return self._make() if value is None else value

    def use(self, key: str) -> T:
        """Return the value of a key, which is kept and is now the last used."""
        value = self._values.pop(key, None)
        if value is None:
            value = self._make()
            while len(self._values) >= self._most:
                del self._values[next(iter(self._values))]
        self._values[key] = value
        return value
