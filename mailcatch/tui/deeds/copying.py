"""Copying something of a message."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mailcatch.mail import safe_text
from mailcatch.tui.deeds.doing import do
from mailcatch.tui.hints import Hint
from mailcatch.tui.model.copying import copies
from mailcatch.tui.model.document import Document, Span
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.widgets.dialog import Choice, Chosen, Menu
from mailcatch.tui.widgets.working import patiently

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp


def copy(app: MailcatchApp, text: str, what: str) -> None:
    """Copy a text, and say so. what: it is, in words."""
    do(app, app.copy(text, what))


def copy_code(app: MailcatchApp, opened: Opened | None) -> None:
    """Copy the code of the message that is shown, or else the newest one there is."""

    async def find() -> None:
        looking = asyncio.to_thread(_code, app, opened)
        code, whose = await patiently(app, "Looking for a code", looking)
        if code:
            await app.copy(code, f"{code}, the code of {whose}")
        else:
            app.tell("There is no one-time code in any message.", bad=True)

    do(app, find())


def _code(app: MailcatchApp, opened: Opened | None) -> tuple[str, str]:
    if opened is not None and not opened.is_session and opened.understood.codes:
        return opened.understood.codes[0].value, "this message"
    for name in app.contents.newest_with_code():
        other = app.open_message(name)
        if other.understood.codes and other.message is not None:
            return other.understood.codes[0].value, f"“{other.message.subject[:40]}”"
    return "", ""


def offer_copies(app: MailcatchApp, opened: Opened | None, shown: Document) -> None:
    """Show what can be copied of a message. shown: the text that is looked at."""
    if opened is None:
        app.tell("There is no message to copy from.", bad=True)
        return

    async def show() -> None:
        reading = asyncio.to_thread(copies, opened, app.address(), app.path_of(opened), shown)
        offers = await patiently(app, "Reading the message", reading)
        choices = [
            Choice((Span(f"{one.what:<18}", ""), Span(safe_text(one.text, 60), "dim")), one.key)
            for one in offers
        ]

        def chosen(answer: Chosen | None) -> None:
            if answer is not None:
                one = offers[answer.index]
                copy(app, one.text, one.what)

        hints = (Hint("Enter", "copies, as a letter does", "take"),)
        app.push_screen(Menu("Copy", choices, hints, app.keys), chosen)

    do(app, show())
