"""The links of a message: each is shown with where it really leads before it is opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from mailcatch.mail import safe_text
from mailcatch.tui import outside
from mailcatch.tui.deeds.copying import copy
from mailcatch.tui.deeds.doing import do
from mailcatch.tui.hints import Hint
from mailcatch.tui.model.document import Span
from mailcatch.tui.model.links import WARNINGS, distinct_links, only_text
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.widgets.dialog import Choice, Chosen, Menu, Question
from mailcatch.tui.widgets.working import patiently

if TYPE_CHECKING:
    from mailcatch.mail.links import Link
    from mailcatch.tui.app import MailcatchApp

_OPENED: Final = ("http://", "https://", "mailto:")
_SHIFTED: Final = "!@#$%^&*("
_HINTS: Final = (
    Hint("Enter 1-9", "opens", "take"),
    Hint("y Shift-1-9", "copies", "take_other"),
)


def list_links(app: MailcatchApp, opened: Opened | None) -> None:
    """Show the links of a message: a number opens, y copies."""
    if opened is None or opened.is_session:
        app.tell("There is no message to look into.", bad=True)
        return

    async def show() -> None:
        reading = asyncio.to_thread(lambda: distinct_links(opened.understood))
        found = await patiently(app, "Looking for links", reading)
        if not found:
            app.tell("There are no links in this message.")
            return
        choices = [_choice(number, *one) for number, one in enumerate(found, 1)]

        def chosen(answer: Chosen | None) -> None:
            if answer is None:
                return
            _, link = found[answer.index]
            if answer.other:
                copy(app, link.target, "the link")
            else:
                ask_to_open(app, link.target, WARNINGS.get(link.warning or "", ""))

        title = "Links and where they really lead"
        menu = Menu(title, choices, _HINTS, app.keys, other="y", others=_SHIFTED)
        app.push_screen(menu, chosen)

    do(app, show())


def _choice(number: int, text: str, link: Link) -> Choice:
    target = (Span(link.target, "link"),)
    more = (target,) if text else ()
    if link.warning:
        more = (*more, (Span(f"! {WARNINGS[link.warning]}", "bad"),))
    return Choice(
        (Span(text, "strong"),) if text else target, str(number) if number < 10 else "", more
    )


def ask_to_open(app: MailcatchApp, address: str, warning: str) -> None:
    """Open a link in the browser; ask first where its reader may be misled."""
    if not address.lower().startswith(_OPENED):
        app.tell("Only http, https and mailto links are opened; y copies this one.", bad=True)
        return
    if not warning:
        do(app, _browse(app, address))
        return

    def answered(yes: bool | None) -> None:
        if yes:
            do(app, _browse(app, address))

    app.push_screen(Question(f"{safe_text(address, 300)} — {warning}. Open it?", "open"), answered)


async def _browse(app: MailcatchApp, address: str) -> None:
    why_not = await outside.browse(only_text(address))
    app.tell(why_not or f"Opened {safe_text(address, 200)}", bad=bool(why_not))
