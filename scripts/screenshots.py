"""Makes the pictures of README.md: a server that runs, a client that tries, and the screen.

    python -m scripts.screenshots [DIR]

Writes DIR/list.svg, transcript.svg and faults.svg; DIR is docs/images without it.
"""

from __future__ import annotations

import asyncio
import smtplib
import sys
import tempfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from mailcatch import Catcher
from mailcatch.mailbox.reader import Reader
from mailcatch.tui.app import MailcatchApp
from mailcatch.tui.desk import Desk
from mailcatch.tui.keys import Keys
from mailcatch.tui.remembered import Remembered
from scripts.picture import picture

_SIZE: Final = (120, 34)
_SECONDS: Final = 30.0
_RULES: Final = """\
# The shop's mailbox is full.
[[faults.rule]]
id = "full"
at = "rcpt"
match.recipient = "*@shop.test"
preset = "gmail-overquota"
"""
_LETTERS: Final = (
    ("ann@example.com", "Welcome to Harbour Books", "Good to have you here, Ann."),
    ("carla@example.net", "Your table on Friday at nine", "We look forward to seeing you."),
    ("bob@shop.test", "Your order HB-20417", "It is on its way:\nhttps://harbour.example/HB-20417"),
    ("ann@example.com", "News from the harbour", "A reading by candlelight, on Sunday."),
    ("boss@example.com", "Turnover in October", "The numbers are attached."),
    ("ann@example.com", "We received your payment", "Thank you. The receipt is attached."),
    (
        "ann@example.com",
        "Reset your password",
        "Hello Ann,\n\nyour code is 482913, or follow\nhttps://harbour.example/reset?token=xyz\n",
    ),
)
_FILES: Final = {"Turnover in October": "turnover.csv", "We received your payment": "receipt.csv"}


def main() -> None:
    """Write the pictures."""
    into = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "mail").mkdir()
        (Path(directory) / "mail" / "faults.toml").write_text(_RULES)
        asyncio.run(_pictures(Path(directory) / "mail", into))


async def _pictures(root: Path, into: Path) -> None:
    async with Catcher(mailbox=root, port=0) as catcher:
        with Reader(root) as rows, Reader(root) as finder:
            app = MailcatchApp(
                rows,
                finder,
                keys=Keys(),
                remembered=Remembered(),
                desk=Desk(save=lambda *_: root, page=lambda _: root, part=lambda *_: root),
                shown_place=Path.home() / "mail",
            )
            try:
                await _played(app, catcher, into)
            finally:
                await asyncio.to_thread(app.close)


async def _played(app: MailcatchApp, catcher: Catcher, into: Path) -> None:
    async with app.run_test(size=_SIZE) as pilot:
        for letter in _LETTERS[:-1]:
            await asyncio.to_thread(_send, catcher, *letter)
        await pilot.press("f", "a", *_keys("rcpt-451-x2"), "enter")
        await _until(pilot, "rcpt-451-x2 is armed")
        await pilot.press("escape")
        for _ in range(2):
            await asyncio.to_thread(_send, catcher, *_LETTERS[-1])
        await pilot.press("g")
        await _until(pilot, "S: 451", "⚑ 1 fault armed · 3 fired", "? help")
        (into / "transcript.svg").write_text(picture(app))
        await pilot.press("f", "G")
        await _until(pilot, "✓ spent", "spent: mail passes it now", "If ")
        (into / "faults.svg").write_text(picture(app))
        await asyncio.to_thread(_send, catcher, *_LETTERS[-1])
        await pilot.press("escape", "g")
        await _until(pilot, "482913", "3 tries", "? help")
        (into / "list.svg").write_text(picture(app))


async def _until(pilot: Pilot[None], *texts: str) -> None:
    """Wait until texts are on the screen."""
    app = pilot.app

    def shown() -> str:
        return "\n".join(strip.text for strip in app.screen._compositor.render_strips())

    for _ in range(int(_SECONDS / 0.05)):
        if all(text in shown() for text in texts):
            return
        await pilot.pause(0.05)
    raise SystemExit(f"never seen: {texts}\n{shown()}")


def _keys(text: str) -> list[str]:
    return ["minus" if char == "-" else char for char in text]


def _send(catcher: Catcher, to: str, subject: str, text: str) -> None:
    letter = EmailMessage()
    letter["From"] = "Harbour Books <app@example.org>"
    letter["To"] = to
    letter["Subject"] = subject
    letter["Message-ID"] = f"<{abs(hash(subject)):x}@example.org>"
    letter["Date"] = "Mon, 23 Nov 2026 12:00:00 +0000"
    letter.set_content(text)
    if subject in _FILES:
        letter.add_attachment("month,sum\n10,4711\n", subtype="csv", filename=_FILES[subject])
    _tries(lambda: _submit(catcher, letter))


def _submit(catcher: Catcher, letter: EmailMessage) -> None:
    with smtplib.SMTP(catcher.host, catcher.port, "shop.example", timeout=30) as client:
        client.send_message(letter)


def _tries(send: Callable[[], object]) -> None:
    """Send, and let a refusal or a lost reply be: the screen shows it."""
    try:
        send()
    except (smtplib.SMTPException, OSError):
        return


if __name__ == "__main__":
    main()
