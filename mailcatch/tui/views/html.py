"""The HTML of a message as readable text, with its links numbered."""

from __future__ import annotations

from typing import Final

from mailcatch.tui.model.document import Document
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.text import paint_text
from mailcatch.tui.views.view import Wish

_WIDEST: Final = 100


class HtmlView:
    """What a browser would show, without ever loading anything."""

    name = "HTML"
    details = ""

    def suits(self, opened: Opened) -> int:
        """Whether there is HTML is known to the index."""
        from mailcatch.mailbox.index.record import Trait

        message = opened.message
        return 40 if message is not None and message.traits & Trait.HTML else 0

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the HTML as text, its tables aligned, with the targets of links below."""
        text = opened.html(min(wish.width, _WIDEST))
        if text is None:
            return Document((), remark="This message has no HTML.")
        return Document(text.split("\n"), paint_text)
