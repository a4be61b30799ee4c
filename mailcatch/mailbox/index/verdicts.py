"""What is kept of who messages are from, and what has to be known to find it out."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from mailcatch.mailbox.index.rows import moment
from mailcatch.mailbox.index.schema import placeholders
from mailcatch.verifying.results import Verdict, decode_verdict, encode_verdict


class Brought(msgspec.Struct, frozen=True, array_like=True):
    """How a message came.

    number: of its row. size: octets. client, helo, sender: of the session that brought it; sender
    is None where none did. at: when.
    """

    number: int
    size: int
    client: str
    helo: str
    sender: str | None
    at: datetime


def brought(
    connection: sqlite3.Connection, names: Sequence[str], source: bytes
) -> dict[str, tuple[Brought, Verdict | None]]:
    """Return how messages came, each with its verdict by a source, None where there is none yet."""
    rows = connection.execute(
        "SELECT m.name, v.verdict, m.arrived, m.id, m.size, coalesce(s.host, ''),"
        " coalesce(t.helo, ''), t.sender FROM messages m LEFT JOIN tries t ON t.id = m.try"
        " LEFT JOIN sessions s ON s.id = t.session"
        " LEFT JOIN verdicts v ON v.message = m.id AND v.source = ?"
        f" WHERE m.name IN ({placeholders(names)})",
        (source, *names),
    )
    return {
        # The index may have come with the directory: nothing in it is taken to be what it should.
        name: (
            msgspec.convert((*values, moment(arrived)), Brought),
            None if verdict is None else decode_verdict(verdict),
        )
        for name, verdict, arrived, *values in rows
    }


Kept = tuple[int, Verdict]
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
        [
            (source, encode_verdict(verdict), number, name)
            for name, (number, verdict) in verdicts.items()
        ],
    )
