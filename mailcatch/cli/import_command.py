"""`mailcatch import`: messages from files, archives and other mailboxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json
from mailcatch.cli.quantities import parse_size

if TYPE_CHECKING:
    from mailcatch.cli.taking_in import Intake

_LARGEST: Final = 64 * 1024 * 1024
_MOST_SHOWN: Final = 20


def import_messages(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE|DIR...",
            help="An .eml, mbox or zip file, a Maildir, a mailbox, or a directory of .eml files.",
        ),
    ],
    max_message_size: Annotated[
        int,
        typer.Option(
            parser=parse_size, metavar="SIZE", show_default="64MiB", help="Largest message."
        ),
    ] = _LARGEST,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Take messages into the mailbox from files that are there."""
    from mailcatch.cli.importing import NoMessagesError, source_of
    from mailcatch.cli.place import mailbox_directory
    from mailcatch.cli.progress import progress
    from mailcatch.cli.taking_in import Intake
    from mailcatch.cli.terminal import choose_paint, json_line, path_text, remark, say
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.errors import MailboxError

    root = mailbox_directory(directory)
    intake: Intake | None = None
    try:
        sources = []
        for path in paths:
            found = path.expanduser()
            if found.resolve() == root.resolve():
                fail(f"{found} is the mailbox itself: name another with --dir")
            sources.append(source_of(found, max_message_size))
        intake = Intake(root)
        for source in sources:
            with progress("importing", source.size) as report:
                intake.take(source, report)
    except (NoMessagesError, MailboxError) as error:
        fail(f"{safe_text(str(error), 5_000)}{_before(intake)}")
    except OSError as error:
        place = safe_text(str(error.filename or ""), 5_000)
        why = (error.strerror or str(error)).lower()
        fail(f"cannot read {place}: {why}{_before(intake)}")
    taken = intake.taken
    if json:
        left_out = [{"from": safe_text(one), "reason": why} for one, why in taken.left_out]
        numbers = {"messages": taken.messages, "sessions": taken.sessions}
        about = {"mailbox": path_text(root), **numbers, "already_there": taken.already_there}
        json_line(about | {"left_out": left_out})
    else:
        paint = choose_paint()
        words = [f"{paint.green(_count(taken.messages, 'message'))} imported"]
        if taken.sessions:
            words.append(_count(taken.sessions, "session"))
        if taken.already_there:
            words.append(f"{taken.already_there} already there")
        if taken.left_out:
            words.append(paint.yellow(f"{len(taken.left_out)} left out"))
        say(", ".join(words))
        for one, why in taken.left_out[:_MOST_SHOWN]:
            remark(f"mailcatch: left out {safe_text(one)}: {safe_text(why)}")
        if len(taken.left_out) > _MOST_SHOWN:
            remark(
                f"mailcatch: left out {len(taken.left_out) - _MOST_SHOWN} more; --json lists all"
            )
    if taken.left_out or not (taken.messages or taken.already_there or taken.sessions):
        raise typer.Exit(1)


def _before(intake: Intake | None) -> str:
    """Return what stays of an import that could not go on."""
    done = intake.taken.messages if intake else 0
    return f"; {_count(done, 'message')} had been imported by then" if done else ""


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
