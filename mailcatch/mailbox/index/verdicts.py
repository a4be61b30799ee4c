"""What is kept of who messages are from, and what has to be known to find it out."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

import msgspec


class Brought(msgspec.Struct, frozen=True, array_like=True):
    """How a message came.

    number: of its row. size: octets. client, helo, sender: of the session that brought it; sender
    is None where none did. arrived: when, in microseconds since 1970.
    """

    number: int
    size: int
    client: str
    helo: str
    sender: str | None
    arrived: int


def brought(
    connection: sqlite3.Connection, names: Sequence[str], source: bytes
) -> dict[str, tuple[Brought, bytes]]:
    """Return how messages came, each with its verdict by a source, b"" where there is none yet."""
    marks = ", ".join("?" * len(names))
    rows = connection.execute(
        "SELECT m.name, v.verdict, m.id, m.size, coalesce(s.host, ''), coalesce(t.helo, ''),"
        " t.sender, m.arrived FROM messages m LEFT JOIN tries t ON t.id = m.try"
        " LEFT JOIN sessions s ON s.id = t.session"
        " LEFT JOIN verdicts v ON v.message = m.id AND v.source = ?"
        f" WHERE m.name IN ({marks})",
        (source, *names),
    )
    return {row[0]: (Brought(*row[2:]), row[1] or b"") for row in rows}


Kept = tuple[int, bytes]
"""A verdict to be kept, and the number of the row of its message."""


def put_verdicts(
    connection: sqlite3.Connection, verdicts: Mapping[str, Kept], source: bytes
) -> None:
    """Keep verdicts by the names of messages, and those of no other source."""
    connection.execute("DELETE FROM verdicts WHERE source <> ?", (source,))
    connection.executemany(
        # A message that went or was read anew meanwhile leaves nothing behind; in an index that was
        # made anew, a number may be another's.
        "INSERT OR REPLACE INTO verdicts SELECT id, ?, ? FROM messages WHERE id = ? AND name = ?",
        [(source, verdict, number, name) for name, (number, verdict) in verdicts.items()],
    )
