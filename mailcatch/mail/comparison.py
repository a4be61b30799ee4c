"""What two messages have in common and what not: their headers, their text, their parts.

What is new in every sending and means nothing is no difference: the boundaries of multiparts. All
strings are safe to show.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from typing import Final, Literal

from mailcatch.mail.message import Message
from mailcatch.mail.part import Part
from mailcatch.mail.safe import safe_bytes, safe_text

CONTEXT: Final = 3
"""Equal lines shown around a difference."""

MOST_LINES: Final = 5_000
"""Lines of each text that are compared one by one; further ones are compared as a whole."""

_LONGEST: Final = 2_000
_BOUNDARY: Final = re.compile(r"""\bboundary\s*=\s*(?:"[^"]*"|[^\s;]+)""", re.IGNORECASE)

Sign = Literal[" ", "-", "+"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text: in both (" "), only in the first ("-"), only in the second ("+")."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that differ, with equal ones around them.

    Attributes:
        first: number of its first line in the first text, counted from 1.
        second: the same in the second.
        lines: in order.
    """

    first: int
    second: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class HeaderDifference:
    """Fields of one name that are not the same in both; `before` and `after` are their values."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartDifference:
    """A place in the tree where the parts are not the same.

    Attributes:
        path: the place, such as "1.2".
        before: what the part in the first is, "" when there is none.
        after: the same in the second.
        content: whether the contents differ, where both are there.
    """

    path: str
    before: str
    after: str
    content: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two messages differ.

    Attributes:
        headers: by name, in the order of the first message.
        text: of the readable text.
        parts: of the structure.
        same_fingerprint: whether they are two sendings of the same mail.
    """

    headers: tuple[HeaderDifference, ...]
    text: tuple[Hunk, ...]
    parts: tuple[PartDifference, ...]
    same_fingerprint: bool

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.headers or self.text or self.parts)


def compare(first: Message, second: Message, ignore: Collection[str] = ()) -> Comparison:
    """Compare two messages.

    Args:
        first: the one that differences are told from.
        second: the other one.
        ignore: names of header fields that are not looked at.
    """
    return Comparison(
        headers=_headers(first, second, {name.lower() for name in ignore}),
        text=_hunks(first.text.plain.split("\n"), second.text.plain.split("\n")),
        parts=_parts(first, second),
        same_fingerprint=first.fingerprint == second.fingerprint,
    )


def compare_sources(first: bytes, second: bytes) -> tuple[Hunk, ...]:
    """Compare the octets of two messages, line by line; a lone CR and a missing end are visible."""
    if first == second:
        return ()
    return _hunks(first.split(b"\r\n"), second.split(b"\r\n"))


def _headers(first: Message, second: Message, ignore: set[str]) -> tuple[HeaderDifference, ...]:
    names: dict[str, str] = {}
    for field in (*first.headers, *second.headers):
        if field.key not in ignore:
            names.setdefault(field.key, field.name)
    found: list[HeaderDifference] = []
    for key, name in names.items():
        before, after = _values(first, key), _values(second, key)
        if before != after:
            shown = (
                tuple(safe_text(value, _LONGEST) for value in both) for both in (before, after)
            )
            found.append(HeaderDifference(safe_text(name, 300), *shown))
    return tuple(found)


def _values(message: Message, key: str) -> tuple[str, ...]:
    values = tuple(field.text for field in message.headers.all(key))
    return (
        tuple(_BOUNDARY.sub("boundary=…", one) for one in values)
        if key == "content-type"
        else values
    )


def _parts(first: Message, second: Message) -> tuple[PartDifference, ...]:
    before = {part.path: part for part in first.tree}
    after = {part.path: part for part in second.tree}
    found: list[PartDifference] = []
    for path in sorted({*before, *after}, key=_place):
        one, other = before.get(path), after.get(path)
        shown = _described(one), _described(other)
        content = one is not None and other is not None and _content(one) != _content(other)
        if shown[0] != shown[1] or content:
            found.append(PartDifference(path, *shown, content))
    return tuple(found)


def _place(path: str) -> list[int]:
    return [int(number) for number in path.split(".")]


def _described(part: Part | None) -> str:
    if part is None:
        return ""
    facts = [part.content_type, part.charset, part.encoding, part.disposition]
    facts += [part.filename, f"<{part.content_id}>" if part.content_id else None]
    return safe_text("  ".join(fact for fact in facts if fact), _LONGEST)


def _content(part: Part) -> bytes:
    """Give what is equal for equal contents; of a part with parts inside, these are compared."""
    return b"" if part.child_numbers else sha256(part.content.data).digest()


def _hunks(first: Sequence[str | bytes], second: Sequence[str | bytes]) -> tuple[Hunk, ...]:
    if first == second:
        return ()
    before, after = _bounded(first), _bounded(second)
    matcher = SequenceMatcher(None, before, after)
    hunks: list[Hunk] = []
    for group in matcher.get_grouped_opcodes(CONTEXT):
        lines: list[Line] = []
        for kind, from_first, to_first, from_second, to_second in group:
            if kind == "equal":
                lines += [Line(" ", _shown(line)) for line in before[from_first:to_first]]
                continue
            lines += [Line("-", _shown(line)) for line in before[from_first:to_first]]
            lines += [Line("+", _shown(line)) for line in after[from_second:to_second]]
        hunks.append(Hunk(group[0][1] + 1, group[0][3] + 1, tuple(lines)))
    return tuple(hunks)


def _bounded(lines: Sequence[str | bytes]) -> list[str | bytes]:
    """Give the lines, and what is past the most as one: the digest of them all."""
    kept = list(lines[:MOST_LINES])
    rest = lines[MOST_LINES:]
    if rest:
        digest = sha256()
        for line in rest:
            digest.update((line.encode() if isinstance(line, str) else line) + b"\n")
        kept.append(f"({len(rest)} more lines, {digest.hexdigest()[:16]})")
    return kept


def _shown(line: str | bytes) -> str:
    return safe_bytes(line, _LONGEST) if isinstance(line, bytes) else safe_text(line, _LONGEST)
