"""What all screens have: a foot, and actions that are at home on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual import events
from textual.binding import BindingType
from textual.screen import Screen

from mailcatch.mailbox.changes import AnyChange
from mailcatch.tui.actions import Home, at_home
from mailcatch.tui.hints import hints
from mailcatch.tui.model.document import Span
from mailcatch.tui.widgets.foot import Foot
from mailcatch.tui.widgets.spans import SpanLines

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

R = TypeVar("R")

SMALLEST: Final = (60, 15)
"""Columns and lines below which nothing is shown but that more are needed."""


class FootedScreen(Screen[R]):
    """A screen. home: of its own actions.

    foot, small: to be put below what it shows, and over all of it.
    """

    app: MailcatchApp
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, app: MailcatchApp, home: Home) -> None:
        super().__init__()
        self.foot = Foot(app.keys.shown("log"))
        self.foot.offer(hints(at_home(home, Home.EVERYWHERE), app.keys))
        self.small = SpanLines(id="small")
        self._home = home
        app.keys.bind(self, home)

    @property
    def homes(self) -> list[Home]:
        """Where the actions are at home that can be done now, the nearest first."""
        return [self._home, Home.TEXT, Home.EVERYWHERE]

    def on_resize(self, event: events.Resize) -> None:
        """Say so where the window is too small; what has the focus keeps it."""
        (least_width, least_height), size = SMALLEST, event.size
        self.small.display = size.width < least_width or size.height < least_height
        self.small.show(
            (
                (Span(" mailcatch needs a larger window: ", "warn"),),
                (Span(f" {least_width} columns and {least_height} lines; "),),
                (Span(f" this one has {size.width} and {size.height}.", "dim"),),
            )
        )

    def mailbox_changed(self, changes: Sequence[AnyChange]) -> None:
        """Take what happened to the mailbox."""
