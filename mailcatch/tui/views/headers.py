"""The header fields of a message."""

from __future__ import annotations

from mailcatch.tui.model.document import Document, Line, Span, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.view import Wish


class HeadersView:
    """Every field in order, decoded; with details as it was sent."""

    name = "Headers"
    details = "as they were sent"

    def suits(self, opened: Opened) -> int:
        """Every message has a header, even if it is empty."""
        return 0 if opened.is_session else 20

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the fields."""
        fields = opened.fields
        if not fields:
            return Document((), remark="This message has no header.")
        shown: list[Line] = []
        for field in fields:
            if wish.details:
                name, colon, rest = field.raw[0].partition(":")
                shown.append(line(Span(name + colon, "name"), Span(rest)))
                shown += [line(Span(text)) for text in field.raw[1:]]
            else:
                shown.append(line(Span(f"{field.name}: ", "name"), Span(field.value), indent=4))
        return Document(shown)
