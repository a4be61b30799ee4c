"""Two messages, and what differs between them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from mailcatch.mail.errors import MailError
from mailcatch.mailbox.errors import MailboxError
from mailcatch.tui.actions import Home, at_home
from mailcatch.tui.hints import hints
from mailcatch.tui.model.comparing import compared
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.widgets.foot import Foot
from mailcatch.tui.widgets.text_pane import TextPane

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp


class CompareScreen(Screen[None]):
    """What differs between two messages, the older one first."""

    app: MailcatchApp
    AUTO_FOCUS = "#differences"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, app: MailcatchApp, older: Opened, newer: Opened) -> None:
        super().__init__()
        self._older, self._newer = older, newer
        self._all = False
        self.pane = TextPane(app.keys, id="differences")
        self.foot = Foot(app.keys.shown("log"))
        app.keys.bind(self, Home.COMPARE)

    def compose(self) -> ComposeResult:
        """Show one text."""
        yield self.pane
        yield self.foot

    def on_mount(self) -> None:
        """Compare."""
        self.foot.offer(hints(at_home(Home.COMPARE, Home.EVERYWHERE), self.app.keys))
        self.run_worker(self._show())

    async def _show(self) -> None:
        try:
            document = await asyncio.to_thread(
                compared, self._older, self._newer, everything=self._all
            )
        except (MailboxError, MailError) as error:
            self.app.tell(str(error), bad=True)
            self.dismiss(None)
            return
        self.pane.show(document)

    def action_differences(self) -> None:
        """Show only what differs, or all."""
        self._all = not self._all
        self.run_worker(self._show())

    def action_leave_compare(self) -> None:
        """Go back."""
        self.dismiss(None)
