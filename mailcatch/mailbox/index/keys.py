"""One thing of every message and failed session, for the order of very long lists.

Summaries of 100,000 messages take seconds; these take a fraction of one, because nothing else is
read. Texts are as the index has them: to compare, not to show.
"""

from __future__ import annotations

import sqlite3
from typing import Final, Literal

from mailcatch.mailbox.index.abbreviating import restored
from mailcatch.mailbox.index.joining import ADJACENT, addresses

Key = Literal["subject", "sender", "size"]

# A name, what to sort by, and what that was shortened by.
_OF_MESSAGES: Final = {
    "subject": "SELECT name, subject, '' FROM messages",
    "sender": "SELECT m.name, coalesce(nullif(m.author, ''), t.sender, ''), coalesce(t.sender, '')"
    " FROM messages m LEFT JOIN tries t ON t.id = m.try",
    "size": "SELECT name, size, '' FROM messages",
}
_FAILED: Final = (
    "SELECT s.name, {} FROM tries t INDEXED BY tries_failed JOIN sessions s"
    " ON s.id = t.session WHERE t.outcome <> 'stored' ORDER BY t.ordinal DESC"
)
_OF_FAILED: Final = {
    "subject": _FAILED.format("t.reply, t.file"),
    "sender": _FAILED.format("t.sender, ''"),
    "size": _FAILED.format("0, ''"),
}
_KEPT: Final = (
    "SELECT s.name, t.file FROM tries t INDEXED BY tries_failed CROSS JOIN sessions s"
    " ON s.id = t.session CROSS JOIN messages m ON m.name = t.file"
    " WHERE t.outcome <> 'stored' AND t.file <> '' AND m.refused"
)
_JOINED: Final = (
    "SELECT s.name, m.fingerprint, m.name FROM tries t JOIN sessions s ON s.id = t.session"
    " JOIN messages m ON m.name = t.joined WHERE t.joined <> '' ORDER BY t.ordinal DESC"
)
_ALONE: Final = (
    "SELECT s.name, s.host, t.sender, t.recipients, t.began FROM tries t"
    " JOIN sessions s ON s.id = t.session WHERE t.outcome <> 'stored' AND t.joined = ''"
    " AND t.reply NOT LIKE '2%' ORDER BY t.began, t.id"
)


def order_keys(connection: sqlite3.Connection, key: Key) -> dict[str, str | int]:
    """Return what to sort by, of messages and of sessions in which something failed.

    For these it is that of their first failed try, and its reply in place of a subject.
    """
    found: dict[str, str | int] = {}
    for query in (_OF_FAILED[key], _OF_MESSAGES[key]):
        for name, value, known in connection.execute(query):
            found[name] = restored(value, known) if known else value
    return found


def kept_refusals(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return sessions, and the messages in them that were refused and kept all the same."""
    return connection.execute(_KEPT).fetchall()


def mail_keys(connection: sqlite3.Connection) -> dict[str, str]:
    """Return which mail messages and failed sessions are tries at: equal for the same one.

    `joining` says what belongs together.
    """
    found: dict[str, str] = {}
    groups: dict[tuple[str, str, frozenset[str]], tuple[int, str]] = {}
    for session, host, sender, recipients, began in connection.execute(_ALONE):
        envelope = (host, sender, addresses(recipients))
        last, first = groups.get(envelope, (began - ADJACENT - 1, ""))
        group = first if began - last <= ADJACENT else session
        groups[envelope] = began, group
        found.setdefault(session, group)
    for session, fingerprint, name in connection.execute(_JOINED):
        found[session] = fingerprint.hex() or name
    for name, fingerprint in connection.execute("SELECT name, fingerprint FROM messages"):
        found[name] = fingerprint.hex() or name
    return found
