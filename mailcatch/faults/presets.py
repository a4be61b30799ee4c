"""Replies of real servers, by name: the catalogue in presets.toml, read when it is first asked for.

A preset is what a rule's `preset = "gmail-no-user"` means: a reply, and the stage at which it is
usual. The users' own ones stand in their rule file and are not here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

_CATALOGUE: Final = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, slots=True)
class Preset:
    """A reply that a server of the world sends.

    name: what rules call it. provider: whose it is. reason: why it is sent; sisimai's word where it
    has one. at: the stage at which it is usual. lines: of the reply, each with its code and, where
    the server sends one, its enhanced code; what is in braces is still to be filled in. source:
    where the text was read. about: what else is worth knowing, or "".
    """

    name: str
    provider: str
    reason: str
    at: str
    lines: tuple[str, ...]
    source: str
    about: str = ""

    @property
    def code(self) -> int:
        """The reply code."""
        return int(self.lines[0][:3])

    @property
    def sent(self) -> tuple[str, ...]:
        """The lines as they go over the wire, but for the placeholders (RFC 5321 section 4.2.1)."""
        *first, last = self.lines
        return (*(f"{line[:3]}-{line[4:]}" for line in first), last)

    def table(self) -> dict[str, object]:
        """Return it in the form of a rule file: `at` and `reply`."""
        reply = self.lines[0] if len(self.lines) == 1 else list(self.lines)
        return {"at": self.at, "reply": reply}

    def tells_of(self, word: str) -> bool:
        """Return whether a word is anywhere in what is known of it, in any case of letters."""
        known = (self.name, self.provider, self.reason, self.at, self.about, *self.lines)
        return any(word.lower() in text.lower() for text in known)


@cache
def catalogue() -> Mapping[str, Preset]:
    """Return all presets by name, in the order of the catalogue: by provider."""
    with _CATALOGUE.open("rb") as file:
        tables = tomllib.load(file)
    return MappingProxyType({name: _preset(name, table) for name, table in tables.items()})


def search(*words: str) -> list[Preset]:
    """Return the presets that all words are found in; all presets without a word."""
    return [one for one in catalogue().values() if all(one.tells_of(word) for word in words)]


class _Tables(Mapping[str, Mapping[str, object]]):
    def __getitem__(self, name: str) -> Mapping[str, object]:
        return catalogue()[name].table()

    def __iter__(self) -> Iterator[str]:
        return iter(catalogue())

    def __len__(self) -> int:
        return len(catalogue())


TABLES: Final[Mapping[str, Mapping[str, object]]] = _Tables()
"""The presets by name, in the form of a rule file; the catalogue is read when one is asked for."""


def _preset(name: str, table: Mapping[str, str | list[str]]) -> Preset:
    reply = table["reply"]
    return Preset(
        name=name,
        provider=str(table["provider"]),
        reason=str(table["reason"]),
        at=str(table["at"]),
        lines=(reply,) if isinstance(reply, str) else tuple(reply),
        source=str(table["source"]),
        about=str(table.get("about", "")),
    )
