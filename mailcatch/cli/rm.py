"""`mailcatch rm`: messages removed, those that were confirmed and no others, and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Several, TrashAge, joined

if TYPE_CHECKING:
    from mailcatch.mailbox.reader import Reader


def rm(
    which: Several = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove every message.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Bring back what was removed last.")] = False,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Remove from the disk, past the trash.")
    ] = False,
    empty_trash: Annotated[
        bool, typer.Option("--empty-trash", help="Remove for good what is in the trash.")
    ] = False,
    trash_age: TrashAge = 7 * 86_400.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Remove messages, after asking: they go to the trash, and can be brought back."""
    from datetime import timedelta

    from mailcatch.cli.choosing import meant
    from mailcatch.cli.opening import opened

    text = joined(which).strip()
    wanted = {
        "QUERY": bool(text),
        "--all": everything,
        "--undo": undo,
        "--empty-trash": empty_trash,
    }
    if sum(wanted.values()) != 1:
        fail("say which messages: one of an ID or query, --all, --undo and --empty-trash")
    if for_good and (undo or empty_trash):
        fail("--for-good is for messages that are removed now: name them, or leave it out")
    with opened(directory) as reader:
        if not reader.writable:
            fail(f"{reader.root} cannot be written: nothing can be removed from it or brought back")
        if undo:
            _tell(_undone(reader), "brought back {}", json=json)
        elif empty_trash:
            _tell(_emptied(reader, yes=yes), "removed {} for good", json=json)
        else:
            names = meant(reader, text)
            if not yes:
                _ask(reader, names, "Remove {} for good?" if for_good else "Remove {}?")
            deletion = reader.trash.delete(names, kept=timedelta(seconds=trash_age))
            if for_good and deletion.messages:
                reader.trash.remove(deletion.name)
            back = "" if for_good else "; bring back with 'mailcatch rm --undo'"
            what = f"removed {{}}{' for good' * for_good}{back}"
            _tell(deletion.messages, what, json=json)
        reader.refresh()


def _undone(reader: Reader) -> Sequence[str]:
    """Bring back the last deletion, and return the names of its messages."""
    from mailcatch.cli.terminal import remark

    last = next((one for one in reader.trash.deletions() if one.messages), None)
    if last is None:
        return _nothing("there is nothing to bring back: the trash is empty")
    back = reader.trash.undo(last.name)
    left = len(last.messages) - len(back)
    if left:
        remark(f"mailcatch: {left} stayed in the trash: files of the same names are there again")
    if not back:
        raise typer.Exit(1)
    return back


def _emptied(reader: Reader, *, yes: bool) -> Sequence[str]:
    """Remove what is in the trash now for good, and return the names of the messages."""
    deletions = [one for one in reader.trash.deletions() if one.messages]
    names = [name for one in deletions for name in one.messages]
    if not names:
        return _nothing("the trash is empty")
    if not yes:
        _ask(reader, names, "Remove {} for good?")
    for one in deletions:
        reader.trash.remove(one.name)
    return names


def _nothing(why: str) -> list[str]:
    from mailcatch.cli.terminal import remark

    remark(f"mailcatch: {why}")
    raise typer.Exit(1)


def _ask(reader: Reader, names: Sequence[str], question: str) -> None:
    """Show what would go, and end the command where that is not confirmed."""
    import sys

    from mailcatch.cli.rows import message_row
    from mailcatch.cli.terminal import choose_paint, list_width, remark

    if not sys.stdin.isatty():
        fail(f"{_many(names)} would be removed: --yes does it where nobody can be asked")
    shown = reader.messages(names[:5])
    for one in shown:
        remark(message_row(one, choose_paint(sys.stderr), list_width(), utc=False))
    if 0 < len(shown) < len(names):
        remark(f"and {len(names) - len(shown)} more")
    if not typer.confirm(question.format(_many(names)), err=True):
        remark("mailcatch: nothing was removed")
        raise typer.Exit(1)


def _tell(names: Sequence[str], said: str, *, json: bool) -> None:
    from mailcatch.cli.choosing import short
    from mailcatch.cli.terminal import choose_paint, json_line, say
    from mailcatch.mail.safe import safe_text

    for name in names if json else ():
        json_line({"id": name})
    if not json:
        what = safe_text(short(names[0])) if len(names) == 1 else _many(names)
        say(said.format(choose_paint().cyan(what)))


def _many(names: Sequence[str]) -> str:
    return f"{len(names)} message{'s' * (len(names) != 1)}"
