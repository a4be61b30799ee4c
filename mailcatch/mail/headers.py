"""The header of a message or part, split without losing anything.

Order, duplicates and raw octets are kept. The splitter takes what real programs write: CRLF or
bare LF, a space before the colon, 8-bit names, an mbox "From " line on top. Its work is linear in
the bytes it looks at, and it looks at no more than the bounds allow.
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from mailcatch.mail.charset import DecodedText
from mailcatch.mail.encoded_words import decode_words
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.once import cached_property

_NAME = re.compile(rb"([^\x00-\x20:\x7f][^\x00-\x20:\x7f]{0,255})([ \t]*):")
_FOLD = re.compile(rb"\r?\n")
_END = re.compile(rb"\n\r?\n")

Cut = Literal["too-many-headers", "headers-too-large"]


class Field(msgspec.Struct, frozen=True, dict=True):
    """One header field.

    Attributes:
        name: as written; octets outside ASCII are read as Latin-1.
        key: the name in lower case, to compare by.
        raw: the whole field, its folds included, without the last line break.
        line: the number of its first line, counted from 1 at the top of the header.
        spaced: whether white space stands between name and colon (obsolete, RFC 5322 section 4.5).
    """

    name: str
    key: str
    raw: bytes
    line: int
    spaced: bool = False

    @cached_property
    def value(self) -> bytes:
        """The value unfolded (RFC 5322 section 2.2.3), without white space around it."""
        after_colon = self.raw[self.raw.index(b":") + 1 :]
        if b"\n" in after_colon:
            after_colon = _FOLD.sub(b"", after_colon)
        return after_colon.strip(b" \t\r\n")

    @cached_property
    def text(self) -> str:
        """The value decoded, to search and compare; not yet safe to show."""
        value = self.value
        if value.isascii() and b"=?" not in value and len(value) <= DEFAULT_BOUNDS.value_bytes:
            return value.decode("ascii")
        return self.decoded().text

    def decoded(self, bounds: Bounds = DEFAULT_BOUNDS) -> DecodedText:
        """Decode the value (RFC 2047), saying when a charset had to be guessed."""
        words = decode_words(self.value[: bounds.value_bytes])
        return DecodedText(words.text, words.charset, words.charset_problem)


class HeaderBlock(msgspec.Struct, frozen=True, dict=True):
    """The fields of one header, in order, and where the body begins.

    Attributes:
        fields: in the order of the message, duplicates included.
        start: offset of the first octet of the header.
        body_start: offset of the first octet of the body.
        separated: whether an empty line stands between header and body.
        stray_lines: numbers of lines that are no part of any field.
        cut: the bound past which further fields were left out, or None.
    """

    fields: tuple[Field, ...]
    start: int
    body_start: int
    separated: bool
    stray_lines: tuple[int, ...] = ()
    cut: Cut | None = None

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def first(self, name: str) -> Field | None:
        """Give the first field of that name, in any case, or None."""
        found = self.all(name)
        return found[0] if found else None

    def all(self, name: str) -> tuple[Field, ...]:
        """Give every field of that name, in any case, in order."""
        return self._by_key.get(name) or self._by_key.get(name.lower(), ())

    def has_any(self, names: frozenset[str]) -> bool:
        """Whether there is a field of one of these names, in lower case."""
        return not names.isdisjoint(self._by_key)

    def text(self, name: str) -> str:
        """Give the decoded value of the first field of that name, "" when there is none."""
        field = self.first(name)
        return field.text if field else ""

    @cached_property
    def _by_key(self) -> dict[str, tuple[Field, ...]]:
        found: dict[str, tuple[Field, ...]] = {}
        for field in self.fields:
            found[field.key] = (*found.get(field.key, ()), field)
        return found


def split_headers(
    data: bytes,
    start: int = 0,
    end: int | None = None,
    *,
    most: int = DEFAULT_BOUNDS.headers,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> HeaderBlock:
    """Split the header that begins at `start`.

    The header ends at an empty line, at a line that can be no field (the body then begins with
    that line, as Python's and most other parsers have it), or at `end`. A line that starts with
    two hyphens is a boundary and never a field, so that a part without a body cannot swallow the
    next one.

    Args:
        data: the message.
        start: offset of the first octet of the header.
        end: offset past the message or part; None means the end of `data`.
        most: fields kept; the header still ends where it ends.
        bounds: `header_bytes` is used here.
    """
    limit = len(data) if end is None else end
    stop = min(limit, start + bounds.header_bytes)
    fields: list[Field] = []
    strays: list[int] = []
    name: re.Match[bytes] | None = None
    field_start = field_end = position = start
    field_line = line = 0
    cut: Cut | None = None

    def finish() -> None:
        if name is not None:
            label = name[1].decode("latin-1")
            raw = data[field_start:field_end]
            fields.append(Field(label, label.lower(), raw, field_line, bool(name[2])))

    while position < limit:
        if position >= stop or len(fields) >= most:
            cut = "too-many-headers" if position < stop else "headers-too-large"
            name = None if len(fields) >= most else name
            break
        newline = data.find(b"\n", position, stop)
        if newline < 0:
            newline = stop
            if stop < limit:
                cut = "headers-too-large"
        line += 1
        content_end = newline - 1 if newline > position and data[newline - 1] == 13 else newline
        if content_end == position:
            finish()
            return HeaderBlock(tuple(fields), start, min(newline + 1, limit), True, tuple(strays))
        if data[position] in b" \t":
            if name is None:
                strays.append(line)
            field_end = content_end
        else:
            found = _NAME.match(data, position, content_end)
            if found is None or data.startswith(b"--", position):
                if line > 1 or not data.startswith((b"From ", b">From "), position):
                    finish()
                    return HeaderBlock(tuple(fields), start, position, False, (*strays, line))
                strays.append(line)
            else:
                finish()
                name, field_start, field_end, field_line = found, position, content_end, line
        position = newline + 1
    finish()
    if cut is None:
        return HeaderBlock(tuple(fields), start, limit, False, tuple(strays))
    # The field in which the bound was met is kept as far as it goes; then only the end is sought.
    blank = _END.search(data, max(position - 1, start), limit)
    body_start = blank.end() if blank else limit
    return HeaderBlock(tuple(fields), start, body_start, blank is not None, tuple(strays), cut)
