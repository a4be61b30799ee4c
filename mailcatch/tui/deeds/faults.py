"""What is done with rules when a key is pressed: everything through mailcatch.rulefile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mailcatch.faults import RuleError
from mailcatch.mail import safe_text
from mailcatch.rulefile.checking import must_load
from mailcatch.rulefile.document import RuleDocument
from mailcatch.rulefile.errors import RuleFileError
from mailcatch.rulefile.file import NAME, digest_of, edit, read
from mailcatch.rulefile.served import NotTakenError, Taken, wait_until_taken
from mailcatch.tui import outside
from mailcatch.tui.deeds.doing import do
from mailcatch.tui.deeds.fault_forms import refusal_form
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.rule_words import effect_of
from mailcatch.tui.model.supposed import recipients_of
from mailcatch.tui.model.wanted import Own, exactly

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp

T = TypeVar("T")


def rule_file(app: MailcatchApp) -> Path:
    """Return the rule file of the mailbox."""
    return app.reader.root / NAME


def change(
    app: MailcatchApp,
    deed: Callable[[RuleDocument], T],
    said: Callable[[T], str],
    done: Callable[[T], object] = lambda _: None,
) -> None:
    """Change the rule file, and say so when the server has taken it.

    said: what happened, without its full stop. done: is told what came of it, once it is written.
    """
    path = rule_file(app)

    async def run() -> None:
        edited = await asyncio.to_thread(edit, path, deed, must_load(path, forgiving=True))
        done(edited.result)
        await _taken(app, edited.digest, said(edited.result))

    if app.may_write():
        do(app, _guarded(app, run()))


def add(app: MailcatchApp, table: dict[str, object], done: Callable[[str], object]) -> None:
    """Add a rule. done: is told its id."""

    def said(identity: str) -> str:
        return f"{safe_text(identity, 60)} is armed"

    change(app, lambda document: document.add(table), said, done)


def refuse(app: MailcatchApp, opened: Opened | None) -> None:
    """Ask with what the next mail to the recipients of a message shall be refused, and arm that."""
    if not app.may_write():
        return

    async def ask() -> None:
        addresses = await asyncio.to_thread(recipients_of, opened) if opened is not None else ()
        own = await asyncio.to_thread(own_presets, app)
        shown = [exactly(one) for one in addresses if one == safe_text(one, 320)]
        app.push_screen(refusal_form(own, app.keys, ", ".join(shown)), answered)

    def answered(table: dict[str, object] | None) -> None:
        if table is None:
            return
        bare = {key: value for key, value in table.items() if key != "id"}
        spent = app.spent_rules()

        def arm(document: RuleDocument) -> str:
            # One that did its work and says the same makes room for the new one.
            same = [
                identity
                for identity, rule in zip(document.ids, document.rules, strict=True)
                if identity in spent and {**rule, "id": ""} == {**bare, "id": ""}
            ]
            identity = document.add(bare)
            for one in same:
                document.remove(one)
            return identity

        match = bare.get("match")
        whom = match.get("recipient", "") if isinstance(match, dict) else ""
        names = whom if isinstance(whom, list) else [whom] if whom else ["anybody"]
        shown = safe_text(" or ".join(map(str, names)), 120)

        def said(identity: str) -> str:
            name = safe_text(identity, 60)
            return f"{name} is armed: the next mail to {shown} gets {effect_of(bare)}"

        change(app, arm, said)

    do(app, _guarded(app, ask()))


def own_presets(app: MailcatchApp) -> Own:
    """Return the presets of the rule file; none where it cannot be read."""
    try:
        return RuleDocument((read(rule_file(app)) or b"").decode()).preset_tables
    except (RuleFileError, UnicodeDecodeError):
        return {}


def open_in_editor(app: MailcatchApp, done: Callable[[], object]) -> None:
    """Open the rule file in the editor, and say what came of it. done: is called at its end."""
    path = rule_file(app)

    async def run() -> None:
        if not app.can_suspend:
            app.tell("This terminal cannot be handed to an editor.", bad=True)
            return
        before = digest_of(await asyncio.to_thread(read, path))
        with app.suspend():
            why_not = await outside.run_in_terminal([*outside.editor(), str(path)])
        done()
        if why_not:
            app.tell(safe_text(why_not, 300), bad=True)
            return
        octets = await asyncio.to_thread(read, path)
        if digest_of(octets) == before:
            app.tell(f"{NAME} is as it was.")
        elif octets is not None:
            await asyncio.to_thread(must_load(path), octets.decode("utf-8", "backslashreplace"))
            await _taken(app, digest_of(octets), f"{NAME} is changed")

    if app.may_write():
        do(app, _guarded(app, run()))


async def _taken(app: MailcatchApp, digest: str, said: str) -> None:
    """Wait until the server has a rule file, and say so."""
    path = rule_file(app)
    try:
        taken = await asyncio.to_thread(wait_until_taken, path.parent, path, digest)
    except NotTakenError as error:
        app.tell(f"{NAME} is written, but {safe_text(str(error), 300)}", bad=True)
        return
    if taken is Taken.NOBODY:
        app.tell(f"{said}, as soon as this mailbox is served: nobody does now.")
    elif taken is Taken.GONE:
        app.tell(f"{said}, as soon as this mailbox is served: its server is not on this machine.")
    else:
        app.tell(f"{said}.")


async def _guarded(app: MailcatchApp, work: Awaitable[None]) -> None:
    """Say what is wrong with rules."""
    try:
        await work
    except RuleError as error:
        app.tell(safe_text(str(error.problems[0]), 300), bad=True)
    except RuleFileError as error:
        app.tell(safe_text(str(error), 300), bad=True)
