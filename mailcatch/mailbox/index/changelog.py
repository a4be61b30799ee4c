"""Reading the log of the index: what changed since one last looked, whoever noticed it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from mailcatch.mailbox.changes import (
    Added,
    AnyChange,
    Rebuilt,
    Removed,
    SessionClosed,
    SessionOpened,
    SessionRemoved,
    SessionUpdated,
    Updated,
)

_KINDS: Final[dict[str, Callable[[str], AnyChange]]] = {
    "added": Added,
    "removed": Removed,
    "updated": Updated,
    "session opened": SessionOpened,
    "session updated": SessionUpdated,
    "session closed": SessionClosed,
    "session removed": SessionRemoved,
}


def last_entry(connection: sqlite3.Connection) -> int:
    """Return the number of the last entry, 0 where there is none."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
    return int(row[0]) if row is not None else 0


def changes_since(connection: sqlite3.Connection, number: int) -> tuple[list[AnyChange], int]:
    """Return what happened past an entry, and the number of the last one."""
    last = last_entry(connection)
    rows = connection.execute(
        "SELECT number, what, name FROM log WHERE number > ? ORDER BY number", (number,)
    ).fetchall()
    if last < number or (last > number and (not rows or rows[0][0] != number + 1)):
        return [Rebuilt()], last
    if any(what not in _KINDS for _, what, _ in rows):
        return [Rebuilt()], last
    return [_KINDS[what](name) for _, what, name in rows], rows[-1][0] if rows else last
