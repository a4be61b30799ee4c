"""Two messages, and what differs between them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from mailcatch.mail import safe_text
from mailcatch.mail.errors import MailError
from mailcatch.mailbox.errors import MailboxError
from mailcatch.tui.actions import Home
from mailcatch.tui.model.comparing import compared
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.screens.footed import FootedScreen
from mailcatch.tui.widgets.text_pane import TextPane
from mailcatch.tui.widgets.top_line import TopLine

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp


class CompareScreen(FootedScreen[None]):
    """What differs between two messages, the older one first."""

    AUTO_FOCUS = "#differences"

    def __init__(self, app: MailcatchApp, older: Opened, newer: Opened) -> None:
        super().__init__(app, Home.COMPARE)
        self._older, self._newer = older, newer
        self._all = False
        self.top_line = TopLine(app.shown_place)
        self.pane = TextPane(app.keys, id="differences")

    def compose(self) -> ComposeResult:
        """Show one text."""
        yield self.top_line
        yield self.pane
        yield self.foot
        yield self.small

    def on_mount(self) -> None:
        """Compare."""
        self.top_line.tell(*self.app.contents.serving(), *self.app.mail.counts)
        self.run_worker(self._show())

    async def _show(self) -> None:
        try:
            document = await asyncio.to_thread(
                compared, self._older, self._newer, everything=self._all
            )
        # Whatever a mail does to what reads it, it must not end the screen.
        except Exception as error:  # noqa: BLE001
            known = isinstance(error, MailboxError | MailError)
            what = str(error) if known else f"These cannot be compared ({type(error).__name__})."
            self.app.tell(safe_text(what, 300), bad=True)
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
