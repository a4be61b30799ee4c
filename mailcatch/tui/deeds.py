"""What is done with messages when a key is pressed. Whatever takes time is done off the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mailcatch.mail import safe_text
from mailcatch.mail.errors import MailError
from mailcatch.mailbox.errors import MailboxError
from mailcatch.tui import outside
from mailcatch.tui.model.copying import copies
from mailcatch.tui.model.document import Document, Span
from mailcatch.tui.model.links import WARNINGS, distinct_links
from mailcatch.tui.model.listing import is_session
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import count, short
from mailcatch.tui.widgets.dialog import Ask, Choice, Chosen, Menu, Question, Reading

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

_OPENED: Final = ("http://", "https://", "mailto:")
_SHIFTED: Final = "!@#$%^&*("


def copy(app: MailcatchApp, text: str, what: str) -> None:
    """Copy a text, and say so. what: it is, in words."""
    _do(app, app.copy(text, what))


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
        _do(app, mark())


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
        deletion = await asyncio.to_thread(app.reader.trash.delete, messages)
        app.mail.messages_went(set(deletion.messages))
        key = app.key_of("undo")
        app.tell(f"{count(len(deletion.messages), 'message')} deleted; {key} brings them back.")

    if app.may_write():
        _do(app, move())


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
        _do(app, back())


def copy_code(app: MailcatchApp, opened: Opened | None) -> None:
    """Copy the code of the message that is shown, or else the newest one there is."""

    async def find() -> None:
        code, whose = await asyncio.to_thread(_code, app, opened)
        if code:
            await app.copy(code, f"{code}, the code of {whose}")
        else:
            app.tell("There is no one-time code in any message.", bad=True)

    _do(app, find())


def _code(app: MailcatchApp, opened: Opened | None) -> tuple[str, str]:
    if opened is not None and not opened.is_session and opened.understood.codes:
        return opened.understood.codes[0].value, "this message"
    for name in app.contents.newest_with_code():
        other = app.open_message(name)
        if other.understood.codes and other.message is not None:
            return other.understood.codes[0].value, f"“{other.message.subject[:40]}”"
    return "", ""


def list_links(app: MailcatchApp, opened: Opened | None) -> None:
    """Show the links of a message: a number opens, y copies."""
    if opened is None or opened.is_session:
        app.tell("There is no message to look into.", bad=True)
        return

    async def show() -> None:
        found = distinct_links(await asyncio.to_thread(lambda: opened.understood))
        if not found:
            app.tell("There are no links in this message.")
            return
        choices: list[Choice] = []
        for number, (text, link) in enumerate(found, 1):
            more = ((Span(link.target, "link"),),) if text else ()
            if link.warning:
                more = (*more, (Span(f"! {WARNINGS[link.warning]}", "bad"),))
            title = (Span(text, "strong"),) if text else (Span(link.target, "link"),)
            choices.append(Choice(title, str(number) if number < 10 else "", more))

        def chosen(answer: Chosen | None) -> None:
            if answer is None:
                return
            _, link = found[answer.index]
            if answer.other:
                copy(app, link.target, "the link")
            else:
                ask_to_open(app, link.target, WARNINGS.get(link.warning or "", ""))

        hint = "1-9 or Enter opens in the browser   y or Shift-1-9 copies   Esc back"
        menu = Menu("Links and where they really lead", choices, hint, app.keys, other="y",
                    others=_SHIFTED)  # fmt: skip
        app.push_screen(menu, chosen)

    _do(app, show())


def ask_to_open(app: MailcatchApp, address: str, warning: str) -> None:
    """Open a link in the browser; ask first where its reader may be misled."""
    if not address.lower().startswith(_OPENED):
        app.tell("Only http, https and mailto links are opened; y copies this one.", bad=True)
        return
    if not warning:
        _do(app, _browse(app, address))
        return

    def answered(yes: bool | None) -> None:
        if yes:
            _do(app, _browse(app, address))

    app.push_screen(Question(f"{safe_text(address, 300)} — {warning}. Open it?", "open"), answered)


async def _browse(app: MailcatchApp, address: str) -> None:
    why_not = await outside.browse(address)
    app.tell(why_not or f"Opened {safe_text(address, 200)}", bad=bool(why_not))


def open_page(app: MailcatchApp, opened: Opened | None) -> None:
    """Open a message in the browser, where nothing in it runs or is fetched."""
    if opened is None or opened.is_session:
        app.tell("There is no message to open.", bad=True)
        return

    async def write() -> None:
        app.tell("Making the page…")
        path = await asyncio.to_thread(lambda: app.desk.page(opened.octets))
        why_not = await outside.browse(path.as_uri())
        app.tell(why_not or f"Opened {path}", bad=bool(why_not))

    _do(app, write())


def edit(app: MailcatchApp, opened: Opened | None) -> None:
    """Open the source of a message, or a transcript, in the editor; what is changed is not kept."""
    if opened is None or opened.is_session:
        app.tell("There is no source to open.", bad=True)
        return

    async def run() -> None:
        octets = await asyncio.to_thread(lambda: opened.octets)
        with outside.as_file(octets, f"{short(opened.name)}.eml") as path:
            if not app.can_suspend:
                app.tell("This terminal cannot be handed to an editor.", bad=True)
                return
            with app.suspend():
                why_not = await outside.run_in_terminal([*outside.editor(), str(path)])
        if why_not:
            app.tell(why_not, bad=True)

    _do(app, run())


def ask_to_pipe(app: MailcatchApp, opened: Opened | None) -> None:
    """Give the source of a message to a command, and show what it says."""
    if opened is None or opened.is_session:
        app.tell("There is no source to pipe.", bad=True)
        return

    def answered(command: str | None) -> None:
        if command:
            app.last_pipe = command
            _do(app, run(command))

    async def run(command: str) -> None:
        octets = await asyncio.to_thread(lambda: opened.octets)
        app.tell(f"{safe_text(command, 100)} is running…")
        try:
            status, said = await outside.pipe(command, octets)
        except OSError as error:
            app.tell(f"That did not run: {(error.strerror or '').lower()}", bad=True)
            return
        lines = said.removesuffix("\n").split("\n") if said else ["(it said nothing)"]
        title = f"{safe_text(command, 60)}: status {status}"
        app.push_screen(Reading(title, Document(lines), app.keys))

    app.push_screen(
        Ask("Pipe the source to", app.last_pipe, "a command of the shell   Esc back"), answered
    )


def ask_to_save(app: MailcatchApp, opened: Opened | None, part: int) -> None:
    """Write a message, or one of its parts, into a directory. part: its number, 0 for all of it."""
    if opened is None or opened.is_session:
        app.tell("There is no message to save.", bad=True)
        return

    def answered(directory: str | None) -> None:
        if directory:
            _do(app, write(Path(directory).expanduser()))

    async def write(directory: Path) -> None:
        wanted, fallback = f"{short(opened.name)}.eml", f"{short(opened.name)}.eml"
        octets = await asyncio.to_thread(lambda: opened.octets)
        if part:
            found = await asyncio.to_thread(opened.part_octets, part)
            if found is None:
                app.tell(f"There is no part {part}.", bad=True)
                return
            octets, wanted = found.octets, found.filename
            fallback = f"{short(opened.name)}-part-{part}"
        path = await asyncio.to_thread(app.desk.save, directory, wanted, fallback, octets)
        app.tell(f"Saved as {safe_text(str(path), 300)}")

    what = f"part {part}" if part else "the message"
    app.push_screen(
        Ask(f"Save {what} in the directory", str(Path.cwd()), "Enter saves   Esc back"), answered
    )


def offer_copies(app: MailcatchApp, opened: Opened | None, shown: Document) -> None:
    """Show what can be copied of a message."""
    if opened is None:
        app.tell("There is no message to copy from.", bad=True)
        return

    async def show() -> None:
        offers = await asyncio.to_thread(copies, opened, app.address(), app.path_of(opened), shown)
        choices = [
            Choice((Span(f"{one.what:<18}", ""), Span(safe_text(one.text, 60), "dim")), one.key)
            for one in offers
        ]

        def chosen(answer: Chosen | None) -> None:
            if answer is not None:
                one = offers[answer.index]
                copy(app, one.text, one.what)

        app.push_screen(
            Menu("Copy", choices, "a letter or Enter copies   Esc back", app.keys), chosen
        )

    _do(app, show())


def _do(app: MailcatchApp, work: Coroutine[Any, Any, None]) -> None:
    """Do something on the loop, and say what went wrong in a sentence."""

    async def guarded() -> None:
        try:
            await work
        except (MailboxError, MailError) as error:
            app.tell(safe_text(str(error), 300), bad=True)
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            where = f" {safe_text(str(error.filename), 200)}" if error.filename else ""
            app.tell(f"That did not work:{where} {why}", bad=True)

    app.run_worker(guarded(), exit_on_error=True)
