"""What was refused on purpose and kept: one row of the list, with why."""

from __future__ import annotations

from mailcatch.mail.worker import Worker
from mailcatch.mailbox import events
from tests.mailbox.filling import Filling, letter
from tests.tui.screen import shown


def kept(filling: Filling) -> None:
    name = filling.message(letter("Kept all the same"))
    happened = filling.transaction("refused", stage="eom", reply="451 4.3.0 later", file=name)
    fault = events.Fault(19, "eom", "greylist", "reply 451", ordinal=2)
    filling.session([*happened[:-1], fault, happened[-1]])


async def test_a_refused_message_that_was_kept_is_one_row(filling: Filling, worker: Worker) -> None:
    kept(filling)
    async with shown(filling.root, worker=worker) as screen:
        await screen.sees("1 of 1", "✗451", "Kept all the same", "Good day.")
        await screen.sees("Not accepted at EOM: 451 4.3.0 later, by rule greylist")
        kept(filling)
        await screen.sees("1 of 2")
        await screen.press("t")
        await screen.sees("⚑ rule greylist fired at eom for the 2nd time: reply 451")
