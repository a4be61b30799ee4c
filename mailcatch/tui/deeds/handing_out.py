"""Messages handed to programs outside, and saved: browser, editor, commands, files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from mailcatch.mail import safe_text
from mailcatch.tui import outside
from mailcatch.tui.deeds.doing import do
from mailcatch.tui.model.document import Document
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import full_size, short
from mailcatch.tui.widgets.dialog import Ask, Question, Reading
from mailcatch.tui.widgets.working import patiently

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp


def open_page(app: MailcatchApp, opened: Opened | None) -> None:
    """Open a message in the browser, where nothing in it runs or is fetched."""
    if opened is None or opened.is_session:
        app.tell("There is no message to open.", bad=True)
        return

    async def write() -> None:
        making = asyncio.to_thread(lambda: app.desk.page(opened.octets))
        path = await patiently(app, "Making the page", making)
        why_not = await outside.browse(path.as_uri())
        app.tell(why_not or f"Opened {safe_text(str(path), 300)}", bad=bool(why_not))

    do(app, write())


def open_part(app: MailcatchApp, opened: Opened | None, part: int) -> None:
    """Open a part with the program that there is for it; ask first, and say what it is.

    part: its number, 0 for the message, which opens in the browser. So does HTML.
    """
    if opened is None or opened.is_session or not part:
        open_page(app, opened)
        return

    async def ask() -> None:
        reading = asyncio.to_thread(opened.part_octets, part)
        found = await patiently(app, f"Reading part {part}", reading)
        if found is None:
            app.tell(f"There is no part {part}.", bad=True)
            return
        if found.content_type in ("text/html", "message/rfc822"):
            open_page(app, opened)
            return
        fallback = f"{short(opened.name)}-part-{part}"

        async def hand() -> None:
            path = await asyncio.to_thread(app.desk.part, found.filename, fallback, found.octets)
            why_not = await outside.browse(path.as_uri())
            app.tell(why_not or f"Opened {safe_text(str(path), 300)}", bad=bool(why_not))

        def answered(yes: bool | None) -> None:
            if yes:
                do(app, hand())

        about = f"{found.content_type}, {full_size(len(found.octets))}"
        name = safe_text(found.filename, 100) or f"part {part}"
        question = f"Open {name} ({about}) with the program that there is for it?"
        app.push_screen(Question(question, "open"), answered)

    do(app, ask())


def edit(app: MailcatchApp, opened: Opened | None) -> None:
    """Open the source of a message in the editor; what is changed there is not kept."""
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

    do(app, run())


def ask_to_pipe(app: MailcatchApp, opened: Opened | None) -> None:
    """Give the source of a message to a command, and show what it says."""
    if opened is None or opened.is_session:
        app.tell("There is no source to pipe.", bad=True)
        return

    def answered(command: str | None) -> None:
        if command:
            app.last_pipe = command
            do(app, run(command))

    async def run(command: str) -> None:
        octets = await asyncio.to_thread(lambda: opened.octets)
        shown = safe_text(command, 60)
        try:
            status, said = await patiently(
                app, f"{shown} is running", outside.pipe(command, octets)
            )
        except OSError as error:
            app.tell(f"That did not run: {(error.strerror or '').lower()}", bad=True)
            return
        lines = said.removesuffix("\n").split("\n") if said else ["(it said nothing)"]
        app.push_screen(Reading(f"{shown}: status {status}", Document(lines), app.keys))

    app.push_screen(Ask("Pipe the source to a command of the shell", app.last_pipe, "runs it"),
                    answered)  # fmt: skip


def ask_to_save(app: MailcatchApp, opened: Opened | None, part: int) -> None:
    """Write a message, or one of its parts, into a directory. part: its number, 0 for all of it."""
    if opened is None or opened.is_session:
        app.tell("There is no message to save.", bad=True)
        return

    def answered(directory: str | None) -> None:
        if directory:
            do(app, write(Path(directory).expanduser()))

    async def write(directory: Path) -> None:
        fallback = wanted = f"{short(opened.name)}.eml"
        octets = await asyncio.to_thread(lambda: opened.octets)
        if part:
            reading = asyncio.to_thread(opened.part_octets, part)
            found = await patiently(app, f"Reading part {part}", reading)
            if found is None:
                app.tell(f"There is no part {part}.", bad=True)
                return
            octets, wanted = found.octets, found.filename
            fallback = f"{short(opened.name)}-part-{part}"
        path = await asyncio.to_thread(app.desk.save, directory, wanted, fallback, octets)
        app.tell(f"Saved as {safe_text(str(path), 300)}")

    what = f"part {part}" if part else "the message"
    app.push_screen(Ask(f"Save {what} in the directory", str(Path.cwd()), "saves"), answered)
