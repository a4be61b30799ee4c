"""Messages that are marked as read, deleted, and brought back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailcatch.tui.deeds.doing import do
from mailcatch.tui.model.listing import is_session
from mailcatch.tui.model.saying import count
from mailcatch.tui.widgets.dialog import Question

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

_MANY = 5_000
"""Messages past which it is said that they are being deleted."""


def mark_read(
    app: MailcatchApp, names: Sequence[str], *, read: bool, quietly: bool = False
) -> None:
    """Mark messages as read, or as unread."""

    async def mark() -> None:
        fresh = [
            one for one in names if (facts := app.contents.facts(one)) and facts.unread == read
        ]
        if fresh:
            await asyncio.to_thread(app.reader.marks.mark, "read" if read else "unread", fresh)
            if not quietly:
                app.tell(
                    f"{count(len(fresh), 'message')} marked as {'read' if read else 'unread'}."
                )

    if app.may_write():
        do(app, mark())


def toggle_read(app: MailcatchApp, names: Sequence[str]) -> None:
    """Mark messages as read where one of them is not, else as unread."""
    messages = [name for name in names if not is_session(name)]
    known = [facts for name in messages if (facts := app.contents.facts(name)) is not None]
    if known:
        mark_read(app, messages, read=any(facts.unread for facts in known))
    else:
        app.tell("No message came in this session.", bad=True)


def delete(app: MailcatchApp, names: Sequence[str]) -> None:
    """Delete messages, so that it can be undone."""
    messages = [name for name in names if not is_session(name)]
    if not messages:
        app.tell("There is no message to delete: sessions stay.", bad=True)
        return

    async def move() -> None:
        if len(messages) > _MANY:
            app.tell(f"Deleting {count(len(messages), 'message')}…")
        deletion = await asyncio.to_thread(app.reader.trash.delete, messages)
        app.mail.messages_went(set(deletion.messages))
        them = "it" if len(deletion.messages) == 1 else "them"
        key = app.key_of("undo")
        app.tell(f"{count(len(deletion.messages), 'message')} deleted; {key} brings {them} back.")

    if app.may_write():
        do(app, move())


def ask_to_delete(app: MailcatchApp, names: Sequence[str], *, filtered: bool) -> None:
    """Delete all that is shown, where the answer is yes."""
    messages = [name for name in names if not is_session(name)]
    if not messages:
        app.tell("There is nothing to delete.", bad=True)
        return
    if not app.may_write():
        return
    which = "that fit the filter" if filtered else "in this mailbox"
    question = f"Delete {'the' if filtered else 'all'} {count(len(messages), 'message')} {which}?"

    def answered(yes: bool | None) -> None:
        if yes:
            delete(app, messages)

    app.push_screen(Question(question, "delete"), answered)


def undo(app: MailcatchApp) -> None:
    """Undo the last deletion."""

    async def back() -> None:
        trash = app.reader.trash
        deletions = await asyncio.to_thread(trash.deletions)
        if not deletions:
            app.tell("There is nothing to undo.")
            return
        names = await asyncio.to_thread(trash.undo, deletions[0].name)
        app.tell(f"{count(len(names), 'message')} brought back.")

    if app.may_write():
        do(app, back())
