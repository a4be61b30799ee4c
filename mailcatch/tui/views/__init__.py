"""Views of a message: each one small class that makes a document of it.

`ALL` has them in the order of their tabs. `show` asks one, and falls back to the source where it
fails: no mail leaves the reader with nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from mailcatch.mail import safe_text
from mailcatch.tui.model.document import Document
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.attempts import AttemptsView
from mailcatch.tui.views.finds import FindsView
from mailcatch.tui.views.headers import HeadersView
from mailcatch.tui.views.html import HtmlView
from mailcatch.tui.views.notes import NotesView
from mailcatch.tui.views.parts import PartsView
from mailcatch.tui.views.source import SourceView
from mailcatch.tui.views.text import TextView
from mailcatch.tui.views.transcript import TranscriptView
from mailcatch.tui.views.view import View, Wish

ALL: Final[tuple[View, ...]] = (
    TextView(),
    HtmlView(),
    HeadersView(),
    SourceView(),
    PartsView(),
    TranscriptView(),
    AttemptsView(),
    NotesView(),
    FindsView(),
)

SOURCE: Final = next(view for view in ALL if isinstance(view, SourceView))


def best(opened: Opened) -> View:
    """Return the view that suits best."""
    return max(ALL, key=lambda view: view.suits(opened))


def show(view: View, opened: Opened, wish: Wish) -> Document:
    """Return what a view shows; the source, with the reason, where it fails."""
    try:
        return view.render(opened, wish)
    # A view that fails on one mail must not keep the reader from the mail.
    except Exception as error:  # noqa: BLE001
        why = safe_text(f"{view.name} cannot be shown ({type(error).__name__}: {error})", 300)
    instead = SOURCE if not opened.is_session else None
    if instead is None or view is instead:
        return Document((), remark=why)
    try:
        return replace(instead.render(opened, wish), remark=f"{why}: this is the source")
    except Exception as error:  # noqa: BLE001
        return Document((), remark=safe_text(f"{why}, and neither the source: {error}", 400))


__all__ = ["ALL", "SOURCE", "View", "Wish", "best", "show"]
