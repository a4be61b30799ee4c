"""Counting what is in a mailbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from mailcatch.cli.live import live_since
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found, parse_query
from mailcatch.mailbox.search.query import All, Query

_MESSAGES: Final = {
    "messages": "is:stored",
    "refused_messages": "-is:stored",
    "unread": "is:unread",
    "with_attachments": "has:attachment",
    "with_notes": "has:note",
    "duplicates": "is:duplicate",
    "retried": "is:retried",
}
_SESSIONS: Final = {
    "sessions": "",
    "refused_sessions": "is:refused",
}
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers by their names. size: octets of the messages. oldest, newest: when they came."""

    messages: dict[str, int]
    sessions: dict[str, int]
    size: int
    oldest: datetime | None
    newest: datetime | None


def count(reader: Reader, text: str) -> Counts:
    """Count what fits a query. Raises QueryError."""
    wanted = parse_query(text)
    messages = {name: _fitting(reader, wanted, also) for name, also in _MESSAGES.items()}
    sessions = {
        name: _fitting(reader, wanted, also, Found.SESSIONS) for name, also in _SESSIONS.items()
    }
    since = live_since(reader)
    opened = reader.search(_both(wanted, "is:live"), Found.SESSIONS) if since else ()
    sessions["live_sessions"] = sum(name >= since for name in opened)
    size = 0
    oldest = newest = None
    names = iter(reader.search(wanted))
    while chunk := list(islice(names, _AT_ONCE)):
        for one in reader.messages(chunk):
            size += one.size
            newest = newest or one.arrived
            oldest = one.arrived
    return Counts(messages, sessions, size, oldest, newest)


def _fitting(reader: Reader, wanted: Query, also: str, found: Found = Found.MESSAGES) -> int:
    return reader.search(_both(wanted, also) if also else wanted, found).count()


def _both(wanted: Query, also: str) -> Query:
    return Query(wanted.text, All((wanted.node, parse_query(also).node)))
