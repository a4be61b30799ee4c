"""Which refused tries belong to which message.

Tries whose message is there, stored or refused and kept all the same, are told apart by the
fingerprint of the message, which covers the envelope. A try that failed and left no content has
only an envelope, so that is what it is joined by. It belongs to a message of the same client host
and the same sender whose recipients include all that the try came to name (a try that is refused at
MAIL names none), within an hour:

- to the first such message that came after it: this is what retrying looks like; or else
- to the last such message before it, where the client never got a positive answer to that one:
  this is what sending again after a lost reply looks like.

A try that was answered with success and, on purpose, not kept is joined to nothing: no client tries
that again. Another mail between the same two people within the hour cannot be told from a retry. A
try that fits no message stays with the failed tries of exactly the same envelope and host around
it, each within an hour of the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from mailcatch.mailbox.index.digest import decode_recipients

ADJACENT: Final = 3_600_000_000
"""Microseconds between a try and the message it belongs to, at most."""

_FAILED: Final = (
    "SELECT tries.id, sender, host, tries.began, recipients, joined, reply LIKE '2%' OR (file <> ''"
    " AND EXISTS (SELECT 1 FROM messages WHERE messages.name = tries.file))"
    " FROM tries JOIN sessions ON sessions.id = tries.session WHERE outcome <> 'stored'"
)
_KEPT: Final = (
    "SELECT tries.file, tries.recipients, tries.reply FROM tries JOIN messages"
    " ON messages.name = tries.file JOIN sessions ON sessions.id = tries.session"
    " WHERE tries.file <> '' AND tries.sender = ? AND sessions.host = ? AND tries.began {}"
    " ORDER BY tries.began {}, tries.id {}"
)
_AFTER: Final = _KEPT.format("BETWEEN ? AND ?", "", "")
_BEFORE: Final = _KEPT.format("BETWEEN ? AND ?", "DESC", "DESC")


def join_all(connection: sqlite3.Connection) -> None:
    """Join every failed try anew. Runs inside a transaction."""
    _join(connection, connection.execute(_FAILED))


def join_around(connection: sqlite3.Connection, sender: str, began: int) -> None:
    """Join the failed tries that a change may concern. Runs inside a transaction.

    sender, began: of the try or message that came or went.
    """
    rows = connection.execute(
        f"{_FAILED} AND sender = ? AND tries.began BETWEEN ? AND ?",
        (sender, began - ADJACENT, began + ADJACENT),
    )
    _join(connection, rows)


def addresses(recipients: bytes) -> frozenset[str]:
    """Return the addresses in the recipients of a try, domains in lower case."""
    return frozenset(_plain(one[0]) for one in decode_recipients(recipients))


def _join(
    connection: sqlite3.Connection, rows: Iterable[tuple[int, str, str, int, bytes, str, bool]]
) -> None:
    for number, sender, host, began, recipients, joined, alone in list(rows):
        file = "" if alone else _message_of(connection, sender, host, began, addresses(recipients))
        if file != joined:
            connection.execute("UPDATE tries SET joined = ? WHERE id = ?", (file, number))


def _message_of(
    connection: sqlite3.Connection, sender: str, host: str, began: int, asked: frozenset[str]
) -> str:
    after = (sender, host, began, began + ADJACENT)
    before = (sender, host, began - ADJACENT, began)
    later = next(_fitting(connection, _AFTER, after, asked), "")
    return later or next(_fitting(connection, _BEFORE, before, asked, unanswered=True), "")


def _fitting(
    connection: sqlite3.Connection,
    query: str,
    near: tuple[str, str, int, int],
    asked: frozenset[str],
    *,
    unanswered: bool = False,
) -> Iterator[str]:
    cursor = connection.execute(query, near)
    try:
        for file, recipients, reply in cursor:
            if asked <= addresses(recipients):
                if unanswered and str(reply).startswith("2"):
                    return
                yield file
    finally:
        cursor.close()


def _plain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"
