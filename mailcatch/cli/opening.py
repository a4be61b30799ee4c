"""Opening a mailbox to read it, and what is said when that, or a query, goes wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.place import mailbox_directory
from mailcatch.cli.progress import progress
from mailcatch.cli.terminal import remark

if TYPE_CHECKING:
    from mailcatch.mailbox.reader import Reader
    from mailcatch.mailbox.search import QueryError
    from mailcatch.verifying.verdict import Source


# File systems of other machines tell of nothing, and somebody waits: seconds between looks.
RESCAN: Final = 2.0
_MISSING: Final = 0.05


def appears(root: Path, deadline: float = inf) -> bool:
    """Wait until a directory is there, on the monotonic clock; return whether it is.

    What is no directory, and so will never be one, ends the command.
    """
    while not root.is_dir():
        if root.exists():
            fail(f"{root} is no directory: name that of a mailbox")
        if time.monotonic() >= deadline:
            return False
        time.sleep(_MISSING)
    return True


@contextmanager
def opened(directory: Path | None, source: Source | None = None) -> Iterator[Reader]:
    """Give a mailbox whose index is up to date. source: of records to verify messages by.

    A mailbox that cannot be used, or a query that is none, inside the block too, ends the command
    with a sentence and exit status 2.
    """
    from mailcatch.mail.errors import MailError
    from mailcatch.mailbox.errors import MailboxError
    from mailcatch.mailbox.reader import Reader
    from mailcatch.mailbox.search import QueryError

    root = mailbox_directory(directory)
    if not root.exists():
        fail(f"there is no mailbox at {root}: 'mailcatch serve' makes one, --dir names another")
    try:
        with Reader(root, source=source) as reader:
            with progress("reading") as bar:
                reader.refresh(lambda news: bar(news.done, news.total))
            yield reader
    except QueryError as error:
        fail_query(error)
    except MailboxError as error:
        fail(str(error))
    except MailError as error:
        fail(f"this message could not be read, {error}: 'mailcatch show ID --source' shows it")


def fail_query(error: QueryError) -> NoReturn:
    """Show a query with a caret below its mistake, say what is meant, and end with status 2."""
    remark(f"mailcatch: {error}")
    for line in error.pointed().split("\n"):
        remark(f"  {line}")
    raise typer.Exit(2)
