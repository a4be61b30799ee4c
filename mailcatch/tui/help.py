"""What the keys do, for the pane in focus: from the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mailcatch.tui.actions import Home, at_home, show_keys
from mailcatch.tui.keys import Keys
from mailcatch.tui.model.document import Document, Line, Span, ToAction, line

_MORE: Final = (
    (
        "The mouse",
        (
            "Click a row, a tab, a line of the head or a hint below; drag the line between list and"
            " message. Hold Shift to select text as in any terminal."
        ),
    ),
    (
        "Filters",
        (
            'welcome, from:ann, to:bob, subject:"reset", has:link, has:code, has:attachment,'
            " is:unread, is:refused, is:duplicate, is:retried, smtp:451, after:2h, larger:1M, -word"
            ", a OR b"
        ),
    ),
)


def help_text(keys: Keys, homes: Sequence[Home]) -> Document:
    """Return the help for some places, the nearest first."""
    lines: list[Line] = []
    for home in homes:
        lines += [line(Span(home.value, "title"))]
        for action in at_home(home):
            shown = show_keys(keys.of(action.name))
            key = Span(f"  {shown:<16}", "key")
            lines.append(line(key, Span(action.about), target=ToAction(action.name), indent=18))
        lines.append(line(Span("")))
    for title, text in _MORE:
        lines += [line(Span(title, "title")), line(Span(f"  {text}"), indent=2), line(Span(""))]
    return Document(lines)
