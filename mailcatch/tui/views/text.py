"""The best readable text of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mailcatch.tui.model.document import Document, Span
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.view import Wish

_WIDEST: Final = 100
# A sentence that ends in an address does not end in the address.
_MARKED: Final = re.compile(r"\bhttps?://[^\s<>\"]*[^\s<>\".,;:!?)\]']|\[\d{1,4}\](?= |$)")


def paint_text(text: str) -> Iterator[Span]:
    """Give a line of a mail's text: quotations stand back, links stand out."""
    if text.startswith(">"):
        yield Span(text, "quote")
        return
    end = 0
    if "://" in text or "[" in text:
        for found in _MARKED.finditer(text):
            if found.start() > end:
                yield Span(text[end : found.start()])
            yield Span(found[0], "link")
            end = found.end()
    yield Span(text[end:])


class TextView:
    """The text as a mail program would show it, of alternatives the plain one."""

    name = "Text"
    details = ""

    def suits(self, opened: Opened) -> int:
        """Every message has a text, even if it is empty."""
        return 0 if opened.is_session else 50

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the text."""
        text = opened.text(min(wish.width, _WIDEST))
        if not text.strip():
            return Document((), remark="This message has no text; its parts are shown under Parts.")
        return Document(text.split("\n"), paint_text)
