"""The rule file of a mailbox directory, as the commands change it; and how its rules are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.place import mailbox_directory
from mailcatch.cli.terminal import remark
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.faults import RuleError
    from mailcatch.faults.shorthand import ShorthandError
    from mailcatch.rulefile.document import RuleDocument

T = TypeVar("T")


def rule_file(directory: Path | None) -> Path:
    """Return the rule file of the mailbox directory that was chosen."""
    from mailcatch.rulefile.file import NAME

    return mailbox_directory(directory) / NAME


def read_rules(path: Path) -> RuleDocument:
    """Return a rule file, empty where there is none. Ends the command where it cannot be read."""
    from mailcatch.rulefile.document import RuleDocument
    from mailcatch.rulefile.errors import RuleFileError
    from mailcatch.rulefile.file import read

    try:
        return RuleDocument((read(path) or b"").decode())
    except UnicodeDecodeError:
        fail(f"{safe_text(str(path))} is not UTF-8")
    except RuleFileError as error:
        fail(f"{safe_text(f'{path}: {error}')}: 'mailcatch faults check' shows where")


@contextmanager
def mistakes_told() -> Iterator[None]:
    """End the command with a sentence, and exit status 2, where rules or a rule file are wrong."""
    from mailcatch.faults import RuleError
    from mailcatch.faults.shorthand import ShorthandError
    from mailcatch.rulefile.errors import RuleFileError

    try:
        yield
    except RuleFileError as error:
        fail(safe_text(str(error)))
    except ShorthandError as error:
        _fail_shorthand(error)
    except RuleError as error:
        _fail_rules(error)


def change(
    directory: Path | None,
    edit_document: Callable[[RuleDocument], T],
    *,
    patience: float | None,
    forgiving: bool = False,
) -> T:
    """Change the rule file of a mailbox, and return when the server has taken it.

    patience: seconds that the server may take, None for the usual ones. forgiving: whether it is
    written although it has mistakes, where it had as many before.
    Ends the command with status 2 where nothing could be written, and with 1 where it was, and the
    server has not taken it.
    """
    from mailcatch.rulefile.checking import must_load
    from mailcatch.rulefile.file import edit
    from mailcatch.rulefile.served import PATIENCE, NotTakenError, Taken, wait_until_taken

    path = rule_file(directory)

    with mistakes_told():
        edited = edit(path, edit_document, must_load(path, forgiving=forgiving))
    try:
        taken = wait_until_taken(path.parent, path, edited.digest, patience or PATIENCE)
    except NotTakenError as error:
        first, *rest = str(error).split("\n")
        remark(f"mailcatch: {path.name} is written, but {safe_text(first, 1_000)}")
        for line in rest:
            remark(f"mailcatch: {safe_text(line, 1_000)}")
        raise typer.Exit(1) from None
    where = safe_text(str(path.parent))
    if taken is Taken.NOBODY:
        remark(f"mailcatch: nobody serves {where}: the next server takes it")
    elif taken is Taken.GONE:
        remark(
            f"mailcatch: nobody on this machine serves {where}, and no server elsewhere has taken"
            f" the change: the next one does"
        )
    return edited.result


def _fail_shorthand(error: ShorthandError) -> NoReturn:
    """Show words with a caret below the mistake, say what is meant, and end with status 2."""
    remark(f"mailcatch: {safe_text(str(error))}")
    for line in error.pointed().split("\n"):
        remark(f"  {safe_text(line)}")
    raise typer.Exit(2)


def _fail_rules(error: RuleError) -> NoReturn:
    for problem in error.problems:
        remark(f"mailcatch: {safe_text(str(problem))}")
    raise typer.Exit(2)


def in_words(table: Mapping[str, object]) -> str:
    """Return what a rule, or a part of one, says: key=value, safe to show."""
    return safe_text("  ".join(_told("", table)))


def _told(before: str, table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _told(f"{before}{key}.", value)
        else:
            yield f"{before}{key}={_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    text = str(value)
    return f'"{text}"' if " " in text or not text else text
