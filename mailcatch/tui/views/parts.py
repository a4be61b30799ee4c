"""The parts of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.tui.model.document import Document, Line, Span, ToPart, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import size
from mailcatch.tui.views.view import Wish

if TYPE_CHECKING:
    from mailcatch.mail.understood import PartInfo


class PartsView:
    """The MIME tree; a part is a line to act on."""

    name = "Parts"
    details = "charset, encoding and content id"

    def suits(self, opened: Opened) -> int:
        """Every message is a part, at least."""
        return 0 if opened.is_session else 15

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the tree."""
        parts = opened.understood.parts
        return Document([_line(part, details=wish.details) for part in parts])


def _line(part: PartInfo, *, details: bool) -> Line:
    branch = "  " * min(part.depth - 1, 20)
    spans = [
        Span(f"{part.number:>3}  ", "dim"),
        Span(f"{branch}{part.content_type}", "" if part.is_attachment else "name"),
    ]
    if part.filename:
        spans.append(Span(f"  {part.filename}", "strong"))
    if not part.content_type.startswith("multipart/"):
        spans.append(Span(f"  {size(part.size)}", "dim"))
    if part.is_attachment:
        spans.append(Span("  attachment", "warn"))
    if details:
        facts = [part.charset, part.encoding, part.disposition or ""]
        facts.append(f"cid:{part.content_id}" if part.content_id else "")
        spans.append(Span("".join(f"  {fact}" for fact in facts if fact), "dim"))
    return line(*spans, target=ToPart(part.number), indent=5)
