"""Pictures of the main screens, in two sizes and two themes.

Cells and their colours are compared: no fonts, and nothing that other programs make of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from difflib import unified_diff
from pathlib import Path
from typing import Final

import pytest

from mailcatch.mail.worker import Worker
from mailcatch.tui.remembered import Remembered
from scripts.picture import picture
from tests.mailbox.filling import Filling
from tests.tui.screen import Screen, shown
from tests.tui.test_faults import RULES

HERE: Final = Path(__file__).parent / "pictures"
DOCS: Final = Path(__file__).parent.parent.parent / "docs" / "images"
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
    await screen.sees("482913", "choose a new passw…")


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
async def test_it_looks_as_it_did(
    box: Filling, worker: Worker, tmp_path: Path, steps: Steps, size: tuple[int, int], theme: str
) -> None:
    remembered = Remembered(theme=f"mailcatch-{theme}")
    async with shown(
        box.root, worker=worker, remembered=remembered, may_change=False, size=size
    ) as screen:
        await screen.settled_counts()
        await steps(screen)
        await screen.still()
        now = picture(screen.app)
    kept = HERE / f"{steps.__name__}.svg"
    if os.environ.get("NEW_PICTURES"):
        kept.write_text(now)
    made = tmp_path / kept.name
    made.write_text(now)
    before = kept.read_text() if kept.exists() else ""
    changes = unified_diff(before.split("\n"), now.split("\n"), str(kept), str(made), n=0)
    assert before == now, "\n".join(["NEW_PICTURES=1 keeps what is right", *changes])


def test_no_picture_is_left_over_or_loads_anything() -> None:
    assert {path.stem for path in HERE.glob("*.svg")} == {
        steps.__name__ for steps, _, _ in PICTURES
    }
    for path in (*HERE.glob("*.svg"), *DOCS.glob("*.svg")):
        hosts = set(re.findall(r"https?://([^/\"\s<]+)", path.read_text()))
        assert {one for one in hosts if not one.endswith(".example")} <= {"www.w3.org"}
