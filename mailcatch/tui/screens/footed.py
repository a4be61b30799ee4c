"""What all screens have: a foot, and actions that are at home on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import Screen

from mailcatch.mailbox.changes import AnyChange
from mailcatch.tui.actions import Home, at_home
from mailcatch.tui.hints import hints
from mailcatch.tui.widgets.foot import Foot

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

R = TypeVar("R")


class FootedScreen(Screen[R]):
    """A screen. home: of its own actions."""

    app: MailcatchApp
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, app: MailcatchApp, home: Home) -> None:
        super().__init__()
        self.foot = Foot(app.keys.shown("log"))
        self.foot.offer(hints(at_home(home, Home.EVERYWHERE), app.keys))
        self._home = home
        app.keys.bind(self, home)

    @property
    def homes(self) -> list[Home]:
        """Where the actions are at home that can be done now, the nearest first."""
        return [self._home, Home.TEXT, Home.EVERYWHERE]

    def mailbox_changed(self, changes: Sequence[AnyChange]) -> None:
        """Take what happened to the mailbox."""
