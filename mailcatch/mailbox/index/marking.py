"""The user's marks, as the index holds them."""

from __future__ import annotations

import sqlite3
from typing import Final

from mailcatch.mailbox.index.store import Store
from mailcatch.mailbox.index.writing import log
from mailcatch.mailbox.marks import READ, Mark, Marks

TAGGED: Final = "#"
_PUT: Final = "INSERT OR REPLACE INTO marks VALUES (?, ?, ?)"


def load_marks(marks: Marks, store: Store) -> None:
    """Take in what was appended to the marks file; all of it where it is another file now."""
    size = marks.size()
    known = _position(store.connection)
    if size == known:
        return
    with store.writing() as connection:
        position = _position(connection)
        if size < position:
            connection.execute("DELETE FROM marks")
            position = 0
        found, position = marks.read_from(position)
        for mark in found:
            _put(connection, mark)
        connection.execute("INSERT OR REPLACE INTO facts VALUES ('marks', ?)", (str(position),))


def _position(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT value FROM facts WHERE name = 'marks'").fetchone()
    return int(row[0]) if row is not None else 0


def _put(connection: sqlite3.Connection, mark: Mark) -> None:
    kind = f"{TAGGED}{mark.tag}" if mark.mark in ("tag", "untag") else READ
    present = mark.mark in ("tag", "read")
    for name in mark.messages:
        connection.execute(_PUT, (name, kind, present))
        log(connection, "updated", name)
