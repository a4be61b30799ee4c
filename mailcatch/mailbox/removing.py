"""Removing messages from a mailbox: those that are named, and never what came later."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.layout import Layout


def remove_messages(root: Path, names: Iterable[str]) -> list[str]:
    """Remove messages by the names of their files; return those that were there.

    Raises MailboxError where one cannot be removed; those before it are gone then.
    """
    layout = Layout.of(root)
    removed: list[str] = []
    for name in names:
        if name != Path(name).name or name.startswith("."):
            raise MailboxError(f"{name!r} is no name of a file in a mailbox")
        try:
            layout.message(name).unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            raise MailboxError(
                f"cannot remove {layout.message(name)}: {why}; {len(removed)} were removed before"
            ) from None
        removed.append(name)
    return removed
