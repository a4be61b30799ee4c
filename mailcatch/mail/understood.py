"""A message understood, as plain values that can cross from one process to another."""

from dataclasses import dataclass, replace

from mailcatch.mail.codes import Code
from mailcatch.mail.envelope import Envelope
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.links import Link
from mailcatch.mail.message import Message
from mailcatch.mail.notes import Note, make_note
from mailcatch.mail.part import Disposition, Part
from mailcatch.mail.safe import safe_text
from mailcatch.mail.summary import Summary, summarise
from mailcatch.mail.unsubscribe import Unsubscribe


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A part without its bytes; every string is safe. The attributes are those of `Part`."""

    number: int
    path: str
    depth: int
    content_type: str
    charset: str
    encoding: str
    size: int
    filename: str
    content_id: str
    disposition: Disposition | None
    is_attachment: bool


@dataclass(frozen=True, slots=True)
class Understood:
    """All that a mailbox and a screen show of a message, its bytes aside.

    Attributes:
        summary: the line of the list.
        text: the readable text, laid out for `width` cells.
        plain: the readable text unwrapped, to search.
        parts: in document order.
        links: in order.
        codes: most likely first.
        unsubscribe: None when List-Unsubscribe does not say.
        missing_content_ids: named by the HTML, and not there.
        notes: what a receiver would stumble over.
        fingerprint: "" when the message could not be read in time.
        width: cells that `text` was laid out for.
    """

    summary: Summary
    text: str = ""
    plain: str = ""
    parts: tuple[PartInfo, ...] = ()
    links: tuple[Link, ...] = ()
    codes: tuple[Code, ...] = ()
    unsubscribe: Unsubscribe | None = None
    missing_content_ids: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    fingerprint: str = ""
    width: int = 80


def understand(
    raw: bytes,
    envelope: Envelope | None = None,
    width: int = 80,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> Understood:
    """Read all of a message at once; `width` is that of the text, in cells."""
    message = Message.parse(raw, envelope, limits=bounds)
    return Understood(
        summary=message.summary,
        text=message.text.render(width),
        plain=message.text.plain,
        parts=tuple(_info(part) for part in message.tree),
        links=message.links,
        codes=message.codes,
        unsubscribe=message.unsubscribe,
        missing_content_ids=tuple(safe_text(name) for name in message.missing_content_ids),
        notes=message.notes,
        fingerprint=message.fingerprint,
        width=width,
    )


def give_up(raw: bytes, note: str, bounds: Bounds = DEFAULT_BOUNDS) -> Understood:
    """Say what can be said of a message that could not be read: its summary, and why.

    Args:
        raw: the message.
        note: "time-limit" or "reader-crashed".
        bounds: those of the header splitter are used.
    """
    return replace(Understood(summarise(raw, bounds)), notes=(make_note(note),))


def _info(part: Part) -> PartInfo:
    return PartInfo(
        number=part.number,
        path=part.path,
        depth=part.depth,
        content_type=safe_text(part.content_type, 200),
        charset=safe_text(part.charset or "", 100),
        encoding=safe_text(part.encoding, 100),
        size=part.size,
        filename=safe_text(part.filename or "", 500),
        content_id=safe_text(part.content_id or "", 500),
        disposition=part.disposition,
        is_attachment=part.is_attachment,
    )
