"""Pieces of a message, as a reading process takes them out: every value can be pickled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from mailcatch.mail.limits import DEFAULT_BOUNDS
from mailcatch.mail.message import Message
from mailcatch.mail.part import Part
from mailcatch.mail.safe import safe_text

# A file may be as large as the largest message that `serve` takes by default.
_BOUNDS: Final = replace(DEFAULT_BOUNDS, decoded_bytes=64 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Piece:
    """The content of a part, its transfer encoding undone.

    number, path, content_type: of the part; the type is safe to show. filename: as the sender wrote
    it, never a path to write to. text: decoded, for a part that is text, and not safe to show.
    cut: whether more was there than is read.
    """

    number: int
    path: str
    content_type: str
    filename: str
    octets: bytes
    text: str | None
    cut: bool


@dataclass(frozen=True, slots=True)
class HeaderField:
    """A header field. name, value: decoded, and not safe to show."""

    name: str
    value: str


def take_part(raw: bytes, which: str) -> Piece | None:
    """Return the part with a number, such as "3", or a path, such as "1.2"; None without one."""
    for part in Message.parse(raw, limits=_BOUNDS).tree:
        if which in (str(part.number), part.path):
            return _piece(part)
    return None


def take_files(raw: bytes) -> tuple[int, ...]:
    """Return the numbers of the attachments and inline images."""
    message = Message.parse(raw, limits=_BOUNDS)
    return tuple(sorted(one.number for one in (*message.attachments, *message.inline_images)))


def take_html(raw: bytes) -> Piece | None:
    """Return the HTML that is shown in place, or None."""
    for part in Message.parse(raw, limits=_BOUNDS).tree:
        if part.content_type == "text/html" and part.is_body_text:
            return _piece(part)
    return None


def take_headers(raw: bytes) -> tuple[HeaderField, ...]:
    """Return the header fields, in order."""
    fields = Message.parse(raw).headers
    return tuple(HeaderField(field.name, field.text) for field in fields)


def _piece(part: Part) -> Piece:
    content = part.content
    return Piece(
        number=part.number,
        path=part.path,
        content_type=safe_text(part.content_type, 200),
        filename=part.filename or "",
        octets=content.data,
        text=part.text.text if part.maintype in ("text", "message") else None,
        cut=content.cut,
    )
