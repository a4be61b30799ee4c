"""The window is made larger or smaller while it is looked at."""

from __future__ import annotations

import pytest

from mailcatch.mail.worker import Worker
from tests.mailbox.filling import Filling
from tests.tui.screen import Screen, shown

SMALL = (59, 14)


async def resize(screen: Screen, width: int, height: int) -> None:
    await screen.pilot.resize_terminal(width, height)
    await screen.until(lambda: screen.app.screen.size == (width, height))


async def test_a_small_window_says_what_it_needs(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker, size=(50, 12)) as screen:
        await screen.sees("needs a larger window", "60 columns and 15 lines")
        await screen.pilot.resize_terminal(60, 15)
        await screen.sees("We received your payment")


async def test_the_layout_follows_the_window(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("Thank you.")
        await screen.pilot.resize_terminal(80, 24)
        await screen.misses("Thank you.")
        await screen.pilot.resize_terminal(130, 30)
        await screen.sees("Thank you.")


@pytest.mark.parametrize("key", ["", "tab", "s", "f", "s tab"])
async def test_what_had_the_focus_keeps_it(box: Filling, worker: Worker, key: str) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press(*key.split())
        await screen.pilot.pause()
        before = screen.app.focused
        await resize(screen, *SMALL)
        await screen.sees("needs a larger window", "this one has 59 and 14")
        assert "127.0.0.1" not in screen.text
        await resize(screen, 120, 40)
        await screen.misses("needs a larger window")
        assert screen.app.focused is before is not None


async def test_who_reads_goes_on_reading(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("Thank you.")
        await screen.press("tab")
        await resize(screen, 80, 24)
        await screen.sees("Thank you.", "Esc back")
        await resize(screen, 120, 40)
        await screen.sees("Thank you.", "✓×2")
        assert screen.app.focused is screen.app.mail.message.body


async def test_a_window_that_changed_behind_another_screen_is_laid_out_for_it(
    box: Filling, worker: Worker
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("Thank you.")
        await screen.settled_counts()
        await screen.still()
        before = screen.text
        await screen.press("s")
        await screen.sees("7 sessions")
        for width, height in (SMALL, (120, 40)):
            await resize(screen, width, height)
        await screen.press("escape")
        await screen.until(lambda: screen.text == before, "it looks as before")


async def test_what_is_read_stays_where_the_window_changes(box: Filling, worker: Worker) -> None:
    box.refused("rcpt", to=("nobody@example.com",))
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        session = screen.app.mail.listing.name
        await screen.press("j")
        await screen.settled()
        screen.app.mail.message.open(session)
        screen.app.mail.message.body.focus()
        await screen.sees("Not accepted at RCPT")
        await resize(screen, 130, 40)
        await screen.sees("Not accepted at RCPT")
        await screen.press("escape")
        await screen.sees("Thank you.")
