"""One part of a message: what its header says, and its content, decoded when it is asked for."""

from functools import lru_cache
from typing import Literal

import msgspec

from mailcatch.mail.charset import DecodedText, decode_bytes
from mailcatch.mail.headers import HeaderBlock, split_headers
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.once import cached_property
from mailcatch.mail.parameters import Parameterised, parse_parameters
from mailcatch.mail.transfer import DecodedContent, undo_transfer_encoding

Defect = Literal["boundary-missing", "boundary-wrong", "boundary-unclosed"]
Disposition = Literal["inline", "attachment"]

_OFTEN_SEEN = 200


class Part(msgspec.Struct, frozen=True, eq=False, kw_only=True, dict=True):
    """A MIME part, or the message itself.

    Attributes:
        number: its place in document order, counted from 1.
        path: its place in the tree: "1" is the message, "1.2" its second part.
        depth: levels from the top, 1 for the message.
        source: the bytes it is a window of (the message, or a decoded attached message).
        start: offset of its header.
        end: offset past its body.
        headers: its header block.
        content_type: type and subtype in lower case, the default where none or no valid one stands.
        declared_type: whether the header gives a usable Content-Type.
        parameters: those of Content-Type.
        encoding: Content-Transfer-Encoding in lower case, "" when none is given.
        disposition: "attachment", "inline", or None when none is given.
        filename: decoded, as the sender wrote it, so never a path to write to; None when not given.
        content_id: without angle brackets, None when none is given.
        child_numbers: numbers of the parts directly inside.
        defects: what was wrong with its structure.
    """

    number: int
    path: str
    depth: int
    source: bytes
    start: int
    end: int
    headers: HeaderBlock
    content_type: str
    declared_type: bool
    parameters: Parameterised
    encoding: str
    disposition: Disposition | None
    filename: str | None
    content_id: str | None
    bounds: Bounds = DEFAULT_BOUNDS
    child_numbers: tuple[int, ...] = ()
    defects: tuple[Defect, ...] = ()

    @property
    def body_start(self) -> int:
        """Offset of the first octet after the header."""
        return min(self.headers.body_start, self.end)

    @property
    def raw(self) -> bytes:
        """The part as it stands in the message, header included."""
        return self.source[self.start : self.end]

    @property
    def raw_body(self) -> bytes:
        """The body as it stands in the message, still encoded."""
        return self.source[self.body_start : self.end]

    @property
    def size(self) -> int:
        """Octets of the body as sent, still encoded."""
        return self.end - self.body_start

    @property
    def maintype(self) -> str:
        """The type without the subtype."""
        return self.content_type.partition("/")[0]

    @property
    def charset(self) -> str | None:
        """The declared charset, None when none is declared."""
        return self.parameters.get("charset") or None

    @property
    def boundary(self) -> bytes | None:
        """The declared boundary, None when there is none that could be used."""
        value = (self.parameters.get("boundary") or "").rstrip()
        return value.encode() if value and "\n" not in value and len(value) <= 1_000 else None

    @property
    def is_attachment(self) -> bool:
        """Whether a mail program would list it as a file and not show it in the text."""
        if self.child_numbers and self.maintype == "multipart":
            return False
        if self.disposition == "attachment":
            return True
        if self.maintype in ("text", "multipart"):
            return self.filename is not None and self.disposition != "inline"
        return self.depth > 1 and not (self.maintype == "image" and self.content_id)

    @property
    def is_body_text(self) -> bool:
        """Whether it is text that the reader of the message is meant to read in place."""
        return self.maintype == "text" and not self.is_attachment

    @cached_property
    def content(self) -> DecodedContent:
        """The content with its transfer encoding undone, at most `bounds.decoded_bytes` of it."""
        # RFC 2045 section 6.4: a multipart is never encoded, whatever it claims.
        encoding = "" if self.maintype == "multipart" else self.encoding
        return undo_transfer_encoding(self.raw_body, encoding, self.bounds.decoded_bytes)

    @cached_property
    def text(self) -> DecodedText:
        """The content as text; not yet safe to show."""
        return decode_bytes(self.content.data, self.charset)

    def with_structure(self, child_numbers: tuple[int, ...], defects: tuple[Defect, ...]) -> "Part":
        """Give the same part with its place among others filled in."""
        if not child_numbers and not defects:
            return self
        return msgspec.structs.replace(self, child_numbers=child_numbers, defects=defects)


def make_part(
    source: bytes,
    start: int,
    end: int,
    *,
    number: int,
    path: str,
    depth: int,
    default_type: str,
    bounds: Bounds,
) -> Part:
    """Read the header of the part that stands between two offsets."""
    most = bounds.headers if depth == 1 else bounds.part_headers
    headers = split_headers(source, start, end, most=most, bounds=bounds)
    content_type = _structured(headers, "content-type", bounds)
    disposition = _structured(headers, "content-disposition", bounds)
    kind, slash, subkind = content_type.value.partition("/")
    usable = bool(kind and slash and subkind and not set(" \t") & set(content_type.value))
    content_id = headers.first("content-id")
    encoding = headers.first("content-transfer-encoding")
    return Part(
        number=number,
        path=path,
        depth=depth,
        source=source,
        start=start,
        end=end,
        headers=headers,
        content_type=content_type.value if usable else default_type,
        declared_type=usable,
        parameters=content_type,
        encoding=encoding.value.decode("latin-1").lower().partition(";")[0].strip()
        if encoding
        else "",
        disposition=_disposition(disposition),
        filename=disposition.get("filename") or content_type.get("name") or None,
        content_id=content_id.value.decode("latin-1").strip("<> ") or None if content_id else None,
        bounds=bounds,
    )


def _structured(headers: HeaderBlock, name: str, bounds: Bounds) -> Parameterised:
    field = headers.first(name)
    if field is None:
        return Parameterised("")
    if bounds is DEFAULT_BOUNDS and len(field.value) <= _OFTEN_SEEN:
        return _seen_before(field.value)
    return parse_parameters(field.value, bounds)


@lru_cache(maxsize=256)
def _seen_before(value: bytes) -> Parameterised:
    """Read a value that many messages share."""
    return parse_parameters(value)


def _disposition(header: Parameterised) -> Disposition | None:
    """Treat an unknown disposition as an attachment, as RFC 2183 section 2.8 asks."""
    if not header.value:
        return None
    return "inline" if header.value == "inline" else "attachment"
