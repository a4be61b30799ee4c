"""What the screen has read of a message in a reading process: every value can be pickled.

What understands messages is imported there, when it is needed: the screen itself starts without.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.safe import safe_lines, safe_text

if TYPE_CHECKING:
    from mailcatch.mail.message import Message
    from mailcatch.mail.part import Part

# A file may be as large as the largest message that `serve` takes by default.
_WHOLE: Final = replace(DEFAULT_BOUNDS, decoded_bytes=64 * 1024 * 1024)
_VALUE: Final = 20_000


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A header field. name, value: decoded and safe. raw: its lines as they were sent, safe."""

    name: str
    value: str
    raw: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartText:
    """A part as text, safe to show. content_type: of the part. cut: whether more was there."""

    text: str
    content_type: str
    cut: bool


@dataclass(frozen=True, slots=True)
class PartOctets:
    """A part, its transfer encoding undone. filename: as the sender wrote it, not safe."""

    octets: bytes
    filename: str
    content_type: str


def read_fields(raw: bytes) -> tuple[HeaderField, ...]:
    """Return the header fields, in order."""
    return tuple(
        HeaderField(
            safe_text(field.name, 300),
            safe_text(field.text, _VALUE),
            tuple(safe_lines(field.raw[:_VALUE].decode("utf-8", "backslashreplace")).split("\n")),
        )
        for field in _parsed(raw).headers
    )


def read_html(raw: bytes, width: int) -> str | None:
    """Return the HTML as readable text for a width in cells, None where there is none."""
    message = _parsed(raw)
    texts = [html.render(width) for html in message.html.values()]
    return "\n\n".join(texts) if texts else None


def read_readable(raw: bytes, width: int) -> str:
    """Return the best readable text for a width in cells."""
    return _parsed(raw).text.render(width)


def read_part_text(raw: bytes, number: int, width: int) -> PartText | None:
    """Return a part as readable text; None where there is no such part, or where it is no text."""
    from mailcatch.mail.text import read_part

    part = _part(raw, number)
    if part is None or part.maintype not in ("text", "message"):
        return None
    shown = read_part(part).render(width)
    return PartText(shown, safe_text(part.content_type, 200), part.content.cut)


def read_part_octets(raw: bytes, number: int) -> PartOctets | None:
    """Return the content of a part, None where there is no such part."""
    part = _part(raw, number)
    if part is None:
        return None
    kind = safe_text(part.content_type, 200)
    return PartOctets(part.content.data, part.filename or "", kind)


def _parsed(raw: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Message:
    from mailcatch.mail.message import Message

    return Message.parse(raw, limits=bounds)


def _part(raw: bytes, number: int) -> Part | None:
    for part in _parsed(raw, _WHOLE).tree:
        if part.number == number:
            return part
    return None
