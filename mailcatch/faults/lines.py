"""Where things stand in a TOML text: tomllib tells what is said, and not where.

The text is one that tomllib has read without complaint; this only has to find the keys again.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from typing import Final

Path = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and places in arrays, from 0."""

_BARE: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, from 1, on which each key, table and element of an array begins.

    text: TOML that tomllib reads.
    """
    scanner = _Scanner(text.replace("\r\n", "\n"))
    scanner.document()
    return scanner.lines


class _Scanner:
    """Goes through the text from left to right. at: where it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self._ends = [place for place, character in enumerate(text) if character == "\n"]
        self._arrays: dict[Path, int] = {}

    def document(self) -> None:
        table: Path = ()
        while self._skip(" \t\n"):
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _header(self, brackets: int) -> Path:
        start = self.at
        self.at += brackets
        names = self._key()
        self._skip(" \t")
        self.at += brackets
        path: Path = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            self._stands(path, start)
            if brackets == 2 and number == len(names):
                self._arrays[path] = self._arrays.get(path, 0) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
                self._stands(path, start)
        return path

    def _pair(self, table: Path) -> None:
        start = self.at
        path = table
        for name in self._key():
            path = (*path, name)
            self._stands(path, start)
        self._skip(" \t")
        self.at += 1
        self._skip(" \t")
        self._value(path)

    def _key(self) -> list[str]:
        names = []
        while True:
            self._skip(" \t")
            start = self.at
            if self.text[start] in "\"'":
                self._string()
                names.append(_decoded(self.text[start : self.at]))
            else:
                while self.at < len(self.text) and self.text[self.at] in _BARE:
                    self.at += 1
                names.append(self.text[start : self.at])
            self._skip(" \t")
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _value(self, path: Path) -> None:
        match self.text[self.at]:
            case '"' | "'":
                self._string()
            case "[":
                self._array(path)
            case "{":
                self._table(path)
            case _:
                while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                    self.at += 1

    def _array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._skip(" \t\n,") and self.text[self.at] != "]":
            self._stands((*path, number), self.at)
            self._value((*path, number))
            number += 1
        self.at += 1

    def _table(self, path: Path) -> None:
        self.at += 1
        while self._skip(" \t\n,") and self.text[self.at] != "}":
            self._pair(path)
        self.at += 1

    def _string(self) -> None:
        quote = self.text[self.at]
        if self.text.startswith(quote * 3, self.at):
            self.at += 3
            self._until(quote * 3, quote)
            # One or two more quotation marks may stand before the three that end it.
            while self.text.startswith(quote, self.at):
                self.at += 1
        else:
            self.at += 1
            self._until(quote, quote)

    def _until(self, end: str, quote: str) -> None:
        while not self.text.startswith(end, self.at):
            self.at += 2 if quote == '"' and self.text[self.at] == "\\" else 1
        self.at += len(end)

    def _skip(self, spaces: str) -> bool:
        """Skip spaces, and comments where lines may end. Returns whether anything is left."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character in spaces:
                self.at += 1
            elif character == "#" and "\n" in spaces:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return True
        return False

    def _stands(self, path: Path, at: int) -> None:
        self.lines.setdefault(path, bisect_right(self._ends, at - 1) + 1)


def _decoded(key: str) -> str:
    value = tomllib.loads(f"key = {key}")["key"]
    assert isinstance(value, str)
    return value
