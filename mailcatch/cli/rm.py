"""`mailcatch rm`: messages removed, those that were confirmed and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, joined

if TYPE_CHECKING:
    from mailcatch.mailbox.reader import Reader


def rm(
    which: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY|ID", help="A message, or all that fit a query."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove every message.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Remove messages, after asking."""
    from mailcatch.cli.choosing import short
    from mailcatch.cli.opening import opened
    from mailcatch.cli.terminal import json_line, remark, say
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.removing import remove_messages

    text = joined(which).strip()
    if bool(text) == everything:
        fail("say which messages: an ID, a query, or --all and nothing else")
    with opened(directory) as reader:
        names = _meant(reader, text)
        if not names:
            remark("mailcatch: no message fits")
            raise typer.Exit(1)
        if not yes:
            _ask(reader, names)
        removed = remove_messages(reader.root, names)
        reader.refresh()
        for name in removed:
            if json:
                json_line({"id": name})
        if not json:
            what = short(removed[0]) if len(removed) == 1 else f"{len(removed)} messages"
            say(f"removed {safe_text(what)}")


def _meant(reader: Reader, text: str) -> list[str]:
    """Return the names of the messages that are meant, all of them without a text."""
    from mailcatch.cli.choosing import named

    name = named(reader, text) if text else None
    return [name] if name is not None else list(reader.search(text))


def _ask(reader: Reader, names: list[str]) -> None:
    """Show what would go, and end the command where that is not confirmed."""
    import sys

    from mailcatch.cli.rows import message_row
    from mailcatch.cli.terminal import Paint, remark, width

    many = f"{len(names)} messages" if len(names) > 1 else "1 message"
    if not sys.stdin.isatty():
        fail(f"{many} would be removed: --yes does it where nobody can be asked")
    shown = 5
    for one in reader.messages(names[:shown]):
        remark(message_row(one, Paint(on=False), width(), utc=False))
    if len(names) > shown:
        remark(f"and {len(names) - shown} more")
    if not typer.confirm(f"Remove {many}?", err=True):
        remark("mailcatch: nothing was removed")
        raise typer.Exit(1)
