"""Pictures of the main screens, in two sizes and two themes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from mailcatch.mail.worker import Worker
from mailcatch.tui.app import MailcatchApp
from mailcatch.tui.remembered import Remembered
from tests.mailbox.filling import Filling
from tests.tui.screen import Screen, made
from tests.tui.test_faults import RULES

WIDE, NARROW = (120, 40), (80, 24)
Steps = Callable[[Screen], Awaitable[None]]


async def reset(screen: Screen) -> None:
    await screen.press("j", "j")
    await screen.sees("482913", "3 tries")


async def attempts(screen: Screen) -> None:
    await reset(screen)
    await screen.press("a")
    await screen.sees("│ +1.0 s")


async def refused(screen: Screen) -> None:
    await screen.press("j", "j", "j")
    await screen.sees("⚑ rule greylist fired")


async def listed(screen: Screen) -> None:
    await screen.sees("We received your payment")


async def read(screen: Screen) -> None:
    await screen.press("j", "j", "enter")
    await screen.sees("482913", "choose a new password")


async def links(screen: Screen) -> None:
    await reset(screen)
    await screen.press("l")
    await screen.sees("where they really lead")


async def sessions(screen: Screen) -> None:
    await screen.press("s")
    await screen.sees("7 sessions", "C: MAIL FROM")


async def compared(screen: Screen) -> None:
    await screen.press("j", "j", "space", "j", "j", "space", "equals_sign")
    await screen.sees("Two different mails.")


async def mistaken(screen: Screen) -> None:
    await screen.press("slash")
    await screen.type("form:ann")
    await screen.sees("^^^^^")


async def grouped(screen: Screen) -> None:
    await screen.press("b", "b", "g")
    await screen.sees("▸ Reset your password")
    await screen.press("j")
    await screen.sees("482913")


async def faults(screen: Screen) -> None:
    (screen.app.reader.root / "faults.toml").write_text(RULES)
    await screen.press("f")
    await screen.sees("flaky", "boss", "If “We received your payment” came again:")


PICTURES = [
    (reset, WIDE, "dark"),
    (attempts, WIDE, "light"),
    (refused, WIDE, "dark"),
    (links, WIDE, "light"),
    (sessions, WIDE, "dark"),
    (compared, WIDE, "light"),
    (grouped, WIDE, "dark"),
    (faults, WIDE, "light"),
    (listed, NARROW, "dark"),
    (read, NARROW, "light"),
    (mistaken, NARROW, "light"),
]


@pytest.mark.parametrize(
    ("steps", "size", "theme"), PICTURES, ids=[steps.__name__ for steps, _, _ in PICTURES]
)
def test_it_looks_as_it_did(
    box: Filling,
    worker: Worker,
    snap_compare: Any,
    steps: Steps,
    size: tuple[int, int],
    theme: str,
) -> None:
    remembered = Remembered(theme=f"mailcatch-{theme}")

    async def before(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, MailcatchApp)
        screen = Screen(app, pilot)
        await screen.complete()
        await screen.settled_counts()
        await steps(screen)
        await screen.still()

    with made(box.root, worker=worker, remembered=remembered, may_change=False) as app:
        assert snap_compare(app, terminal_size=size, run_before=before)
