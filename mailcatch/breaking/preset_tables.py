"""The presets of the catalogue, as rule files name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from mailcatch.faults.presets import catalogue


class _Presets(Mapping[str, Mapping[str, object]]):
    """The tables of presets by name. The catalogue is read when one is first asked for."""

    def __getitem__(self, name: str) -> Mapping[str, object]:
        return catalogue()[name].table()

    def __iter__(self) -> Iterator[str]:
        return iter(catalogue())

    def __len__(self) -> int:
        return len(catalogue())


PRESETS: Final = _Presets()
