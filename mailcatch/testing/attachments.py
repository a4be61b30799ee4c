"""Attachments and inline images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    import os

    from mailcatch.mail.part import Part


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message carries.

    filename: as the message says, decoded, or "". Never use it as a path: a mail can claim any.
    content_type: such as "application/pdf". content: the octets, decoded. cid: the content id that
    HTML refers to, or "". inline: whether it stands in the text. charset: as declared, or "".
    """

    filename: str
    content_type: str
    content: bytes
    cid: str
    inline: bool
    charset: str
    text: str

    @classmethod
    def of(cls, part: Part) -> Attachment:
        """Take a part of a message."""
        return cls(
            part.filename or "",
            part.content_type,
            part.content.data,
            part.content_id or "",
            part.disposition == "inline" or not part.is_attachment,
            part.charset or "",
            part.text.text,
        )

    @property
    def size(self) -> int:
        """Octets, decoded."""
        return len(self.content)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the octets to a file whose name you choose, and return it."""
        place = Path(path)
        place.write_bytes(self.content)
        return place

    def __repr__(self) -> str:
        named = safe_text(self.filename or self.cid or "unnamed", 80)
        return f"<Attachment {named!r} {self.content_type} {self.size:,} octets>"
