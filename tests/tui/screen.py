"""A screen that a test looks at and presses keys on, as a person would."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

from rich.cells import cell_len
from textual.pilot import Pilot

from mailcatch.mail.worker import Worker
from mailcatch.mailbox.reader import Reader
from mailcatch.tui.app import MailcatchApp
from mailcatch.tui.desk import Desk
from mailcatch.tui.keys import Keys
from mailcatch.tui.remembered import Remembered
from mailcatch.verifying.verdict import Source

SECONDS = 60.0
NOWHERE = (-1, -1)
LATER = datetime(2026, 11, 23, 13, tzinfo=UTC)
_NAMED = {" ": "space", ":": "colon", "-": "minus", ".": "full_stop", "/": "slash", "@": "at"}

F = TypeVar("F", bound=Callable[..., Any])

PROVEN: set[str] = set()
"""The actions that tests are about."""


def proves(*actions: str) -> Callable[[F], F]:
    """Say which actions a test is about; `test_actions` finds those that no test is about."""

    def note(test: F) -> F:
        PROVEN.update(actions)
        return test

    return note


class Options(TypedDict, total=False):
    """The options of `made`."""

    worker: Worker | None
    remembered: Remembered | None
    keys: dict[str, str] | None
    first: str
    may_change: bool
    server_log: Callable[[], list[str]]
    saved: list[tuple[Path, str, bytes]] | None
    source: Source | None


class Screen:
    """What is seen and done."""

    def __init__(self, app: MailcatchApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self._heard = 0

    @property
    def text(self) -> str:
        """All that stands on the screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    def line(self, part: str) -> str:
        """The first line that holds some text."""
        return next((line for line in self.text.split("\n") if part in line), "")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def click(self, text: str) -> None:
        """Click on the first place where some text stands, once it stays there."""
        place = NOWHERE

        def stays() -> bool:
            nonlocal place
            before, place = place, self._place(text)
            return before == place != NOWHERE

        await self.until(stays, f"{text} to click on")
        await self.pilot.click(offset=place)

    def _place(self, text: str) -> tuple[int, int]:
        for y, line in enumerate(self.text.split("\n")):
            if text in line:
                return cell_len(line[: line.index(text)]), y
        return NOWHERE

    async def type(self, text: str) -> None:
        await self.pilot.press(*(_NAMED.get(char, char) for char in text))

    async def until(self, seen: Callable[[], object], what: str = "") -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + SECONDS
        while not seen():
            if time.monotonic() > deadline:
                raise AssertionError(f"never so: {what}\n{self.text}")
            await self.pilot.pause(0.01)

    async def sees(self, *texts: str) -> None:
        """Wait until all of some texts are on the screen."""
        await self.until(lambda: all(text in self.text for text in texts), f"{texts} on the screen")

    async def misses(self, *texts: str) -> None:
        """Wait until none of some texts is on the screen."""
        missing = f"{texts} off the screen"
        await self.until(lambda: not any(text in self.text for text in texts), missing)

    async def hears(self, *texts: str) -> None:
        """Wait until all of some texts were told since this was last asked.

        A notice is there for some seconds only, and another one may take its place.
        """

        def told() -> bool:
            notices = [text for _, text, _ in self.app.notices]
            places = [
                next((at for at in range(self._heard, len(notices)) if text in notices[at]), -1)
                for text in texts
            ]
            if -1 in places:
                return False
            self._heard = max(places) + 1
            return True

        await self.until(told, f"{texts} told")

    async def complete(self) -> None:
        """Wait until the list is."""
        mail = self.app.mail
        await self.until(
            lambda: mail._answer is not None and mail._answer.whole, "the list is complete"
        )

    async def settled_counts(self) -> None:
        """Wait until the top line has counted."""
        await self.until(lambda: self.app.mail.counts != (0, 0), "the mailbox is counted")

    async def still(self) -> None:
        """Wait until nothing changes any more, and no notice is left."""
        self.end_notice()
        # Who looked at a dialog before its first paint saw, and left, nothing behind it.
        self.app.screen.refresh()
        await self.pilot.pause()
        before = ""
        while before != self.text:
            before = self.text
            await self.pilot.pause(0.2)

    def end_notice(self) -> None:
        """Let the hints come back to where a notice is."""
        foot = self.app.mail.foot
        if foot._notice is not None:
            foot._notice.stop()
            foot._over()

    async def settled(self) -> None:
        """Wait until the message in focus is shown."""
        mail = self.app.mail
        await self.until(
            lambda: (
                mail.message.opened is not None
                and mail.message.opened.name == mail.listing.name
                and mail.message.view is not None
            ),
            "the message in focus is shown",
        )
        await self.pilot.pause()


@contextmanager
def made(
    root: Path,
    *,
    worker: Worker | None = None,
    remembered: Remembered | None = None,
    keys: dict[str, str] | None = None,
    first: str = "",
    may_change: bool = True,
    server_log: Callable[[], list[str]] = list,
    saved: list[tuple[Path, str, bytes]] | None = None,
    source: Source | None = None,
) -> Iterator[MailcatchApp]:
    """Make the screen of a mailbox. saved: takes what is saved, and pages. source: of records."""
    kept = saved if saved is not None else []

    def save(directory: Path, wanted: str, fallback: str, octets: bytes) -> Path:
        kept.append((directory, wanted, octets))
        return directory / (wanted or fallback)

    def page(octets: bytes) -> Path:
        kept.append((Path("page"), "page", octets))
        return root / "page.html"

    def part(wanted: str, fallback: str, octets: bytes) -> Path:
        return save(root, wanted, fallback, octets)

    with Reader(root, source=source) as rows, Reader(root, source=source) as finder:
        finder.refresh()
        app = MailcatchApp(
            rows,
            finder,
            keys=Keys(keys),
            remembered=remembered or Remembered(),
            desk=Desk(save=save, page=page, part=part),
            shown_place=Path("/mail"),
            first=first,
            may_change=may_change,
            server_log=server_log,
            worker=worker,
            now=lambda: LATER,
        )
        try:
            yield app
        finally:
            app.close()


@asynccontextmanager
async def shown(
    root: Path, *, size: tuple[int, int] = (120, 40), **options: Unpack[Options]
) -> AsyncIterator[Screen]:
    """Show a mailbox. The options are those of `made`."""
    with made(root, **options) as app:
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot)
            await screen.complete()
            yield screen
