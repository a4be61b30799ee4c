"""The notes on a message, on the screen: those on its octets, and those of the wire."""

from __future__ import annotations

from mailcatch.mail.worker import Worker
from mailcatch.mailbox import events
from tests.mailbox.filling import Filling
from tests.tui.screen import shown


async def test_how_the_client_left_is_among_the_notes(filling: Filling, worker: Worker) -> None:
    name = filling.message()
    brought = filling.transaction("stored", file=name)
    filling.session([*brought, events.SessionNote(30, "no-quit")])
    async with shown(filling.root, worker=worker) as screen:
        await screen.sees("Notes  ", "no-quit")
        await screen.press("8")
        await screen.sees(
            "! date-missing", "! no-quit  session", "closed after its mail without QUIT"
        )
