"""A TOML file in chunks, one for each table header, that together are exactly its text.

What stands before a table header is TOML by itself, and what begins with one too. So a line that
looks like a header is one if all since the header before it can be parsed: otherwise it is inside
a string or an array of several lines.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# TOML ends a line with LF or CRLF and nothing else.
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_HEADER: Final = re.compile(r"[ \t]*\[")
_COMMENT: Final = re.compile(r"[ \t]*#")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of a file, each with its end: a comment right above a header, the header, its table.

    header: the place of the header among the lines; none where it is the length of them. data: what
    a file of this chunk alone would hold.
    """

    lines: tuple[str, ...]
    header: int
    data: Mapping[str, object]

    @property
    def rule(self) -> Mapping[str, object] | None:
        """The rule that begins here, as far as it stands in this chunk; None where none does."""
        if self._table != {"faults": {"rule": [{}]}}:
            return None
        rules = _inner(self.data)
        return rules[0] if isinstance(rules, list) else None

    @property
    def goes_on(self) -> bool:
        """Whether this is a further table of the rule before it, such as [faults.rule.match]."""
        return isinstance(_inner(self._table), dict)

    @property
    def is_settings(self) -> bool:
        """Whether this is [faults] itself."""
        return self._table == {"faults": {}}

    @property
    def _table(self) -> Mapping[str, object]:
        return tomllib.loads("".join(self.lines[self.header : self.header + 1]))


def split(text: str) -> list[Chunk]:
    """Return a text as chunks; the first has no header, and may be empty.

    Raises tomllib.TOMLDecodeError.
    """
    lines = _LINE.findall(text)
    heads = [0]
    for place, line in enumerate(lines):
        if place and _HEADER.match(line) and _parses("".join(lines[heads[-1] : place])):
            heads.append(place)
    if not (lines and _HEADER.match(lines[0])):
        heads = heads[1:]
    starts = [
        _above(lines, place, after) for place, after in zip(heads, [-1, *heads], strict=False)
    ]
    starts = [*starts, len(lines)]
    chunks = [_chunk(lines[: starts[0]], starts[0])]
    for head, start, end in zip(heads, starts, starts[1:], strict=False):
        chunks.append(_chunk(lines[start:end], head - start))
    return chunks


def find_key(chunk: Chunk, key: str) -> int | None:
    """Return the place of the line that sets a key of the chunk's own table, or None."""
    form = re.compile(rf"[ \t]*{re.escape(key)}[ \t]*=")
    for place in range(chunk.header + 1, len(chunk.lines)):
        if form.match(chunk.lines[place]) and _parses("".join(chunk.lines[:place])):
            return place
    return None


def _inner(data: Mapping[str, object]) -> object:
    faults = data.get("faults")
    return faults.get("rule") if isinstance(faults, dict) else None


def _above(lines: list[str], head: int, before: int) -> int:
    """Return where the comment begins that stands right above a header."""
    start = head
    while start - 1 > before and _COMMENT.match(lines[start - 1]):
        start -= 1
    # The last line of a string may look like a comment.
    while start < head and not _parses("".join(lines[max(before, 0) : start])):
        start += 1
    return start


def _chunk(lines: list[str], header: int) -> Chunk:
    return Chunk(tuple(lines), header, tomllib.loads("".join(lines)))


def _parses(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
