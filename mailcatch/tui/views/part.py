"""One part of a message, by itself."""

from __future__ import annotations

from mailcatch.tui.model.document import Document, Line, Span, line, table
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import count
from mailcatch.tui.views.text import paint_text
from mailcatch.tui.views.view import Wish


class PartView:
    """A part as text where it is some; facts about it where it is not. number: which part."""

    details = ""

    def __init__(self, number: int) -> None:
        self.number = number

    @property
    def name(self) -> str:
        """The title of its tab."""
        return f"part {self.number}"

    def suits(self, opened: Opened) -> int:
        """Return 1: it is shown where it is asked for, and never chosen."""
        return 0 if opened.is_session else 1

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return its text, or facts about it."""
        part = opened.part_text(self.number, min(wish.width, 100))
        if part is None:
            return Document(self._facts(opened))
        cut = "Only the beginning is shown: the part is too large." if part.cut else ""
        return Document(part.text.split("\n"), paint_text, remark=cut)

    def _facts(self, opened: Opened) -> list[Line]:
        info = next((one for one in opened.understood.parts if one.number == self.number), None)
        if info is None:
            return [line(Span("There is no such part.", "dim"))]
        rows = [
            ("Type", Span(info.content_type)),
            ("Name", Span(info.filename or "-")),
            ("As sent", Span(f"{count(info.size, 'octet')}, {info.encoding or 'not encoded'}")),
            ("Shown", Span(info.disposition or "as the type says")),
            ("Id", Span(info.content_id or "-")),
        ]
        return [*table(rows), line(Span("")), line(Span("It is no text, but can be saved.", "dim"))]
