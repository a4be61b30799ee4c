"""The lines of lists, as the index gives them. Every text is safe to show, but names of files.

Names are ours or pass `safe_text` where they are shown. An index may have come with a directory
from elsewhere, so that nothing that stands in it is taken to be safe.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.abbreviating import long_type, restored
from mailcatch.mailbox.index.digest import Asked, decode_recipients
from mailcatch.mailbox.index.marking import TAGGED
from mailcatch.mailbox.index.record import Trait, shown_recipients
from mailcatch.mailbox.index.schema import placeholders
from mailcatch.mailbox.marks import READ
from mailcatch.mailbox.retention import KeptMessage, KeptSession

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE: Final = 500


class MessageSummary(msgspec.Struct, frozen=True):
    """A message in a list.

    name: of its file, by which it is asked for. arrived: when it came. size: octets. subject,
    author, receivers, dated, message_id, content_type: of the header; receivers are those of To
    and Cc. fingerprint: equal for the same mail, "" where it could not be read. session: the name
    of the session that brought it, "" where none did; sender, recipients: its envelope.
    traits: what it holds. refused: whether it was kept though it was refused, and so is no mail
    that arrived. tries: attempts at sending it that are known, itself included. copies: how often
    this mail was stored. status_of: of a delivery status notification that the server made itself:
    the file that it tells of, of a message or, where none was kept, of a session; "" else.
    """

    name: str
    arrived: datetime
    size: int
    subject: str
    author: str
    receivers: tuple[str, ...]
    dated: datetime | None
    message_id: str
    content_type: str
    fingerprint: str
    attachments: int
    traits: Trait
    session: str
    sender: str
    recipients: tuple[str, ...]
    tags: tuple[str, ...]
    read: bool
    refused: bool
    tries: int
    copies: int
    status_of: str = ""

    @property
    def duplicate(self) -> bool:
        """Whether the same mail was stored more than once."""
        return self.copies > 1 and not self.refused


class SessionSummary(msgspec.Struct, frozen=True):
    """A session in a list.

    name: of its file. ended: None while it is open, or where the server was killed. stage: of its
    last command. tries, stored, refused: transactions in it. how, reason: of its end. reply,
    rule: the last that refused the client something, and the last fault, where it came to no
    transaction; "" else.
    """

    name: str
    began: datetime
    ended: datetime | None
    peer: str
    user: str
    stage: str
    how: str
    reason: str
    tries: int
    stored: int
    refused: int
    notes: tuple[str, ...]
    reply: str
    rule: str

    @property
    def turned_away(self) -> bool:
        """Whether it came to no transaction, because it was refused or broken off on purpose."""
        return not self.tries and (bool(self.reply) or self.how == "fault")


def moment(microseconds: int) -> datetime:
    """Return a time of the index, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def message_summaries(connection: sqlite3.Connection, names: Sequence[str]) -> list[MessageSummary]:
    """Return messages by name, in that order; those that are gone are left out."""
    found: dict[str, MessageSummary] = {}
    for start in range(0, len(names), _AT_ONCE):
        found |= _some_messages(connection, list(names[start : start + _AT_ONCE]))
    return [found[name] for name in names if name in found]


def session_summaries(connection: sqlite3.Connection, names: Sequence[str]) -> list[SessionSummary]:
    """Return sessions by name, in that order; those that are gone are left out."""
    found: dict[str, SessionSummary] = {}
    for start in range(0, len(names), _AT_ONCE):
        chunk = list(names[start : start + _AT_ONCE])
        rows = connection.execute(
            "SELECT name, began, ended, peer, user, stage, how, reason, tries, stored, refused,"
            " notes, refusal, coalesce((SELECT rule FROM faults WHERE faults.session = sessions.id"
            " AND ordinal = 0 ORDER BY at DESC LIMIT 1), '')"
            f" FROM sessions WHERE name IN ({placeholders(chunk)})",
            chunk,
        )
        for row in rows:
            found[row[0]] = SessionSummary(
                name=row[0],
                began=moment(row[1]),
                ended=None if row[2] is None else moment(row[2]),
                peer=safe_text(row[3]),
                user=safe_text(row[4]),
                stage=safe_text(row[5]),
                how=safe_text(row[6]),
                reason=safe_text(row[7]),
                tries=row[8],
                stored=row[9],
                refused=row[10],
                notes=tuple(map(safe_text, row[11].split())),
                reply="" if row[8] else safe_text(row[12]),
                rule="" if row[8] else safe_text(row[13]),
            )
    return [found[name] for name in names if name in found]


def kept_messages(connection: sqlite3.Connection) -> list[KeptMessage]:
    """Return all messages, as far as retention asks about them."""
    rows = connection.execute("SELECT name, arrived, size FROM messages")
    return [KeptMessage(name, moment(arrived), size) for name, arrived, size in rows]


def kept_sessions(connection: sqlite3.Connection) -> list[KeptSession]:
    """Return all sessions, as far as retention asks about them."""
    rows = connection.execute(
        "SELECT sessions.name, sessions.began, sessions.ended,"
        " coalesce(group_concat(nullif(tries.file, ''), '/'), '')"
        " FROM sessions LEFT JOIN tries ON tries.session = sessions.id GROUP BY sessions.id"
    )
    return [
        KeptSession(name, moment(began), tuple(filter(None, files.split("/"))), ended is not None)
        for name, began, ended, files in rows
    ]


def _some_messages(connection: sqlite3.Connection, names: list[str]) -> dict[str, MessageSummary]:
    marks = placeholders(names)
    rows = connection.execute(
        "SELECT m.id, m.name, m.arrived, m.size, m.subject, m.author, m.receivers, m.dated,"
        " m.message_id, m.content_type, m.fingerprint, m.attachments, m.traits,"
        " sessions.name, tries.sender, tries.recipients, m.refused, tries.status_of"
        " FROM messages m"
        " LEFT JOIN tries ON tries.id = m.try LEFT JOIN sessions ON sessions.id = tries.session"
        f" WHERE m.name IN ({marks})",
        names,
    ).fetchall()
    own = _own_tags(connection, [row[0] for row in rows])
    read, added, taken = _marked(connection, names)
    copies, tries = _counts(connection, [row[10] for row in rows if row[10]])
    found: dict[str, MessageSummary] = {}
    for row in rows:
        name = row[1]
        tags = {tag.lower(): tag for tag in (*own.get(row[0], ()), *added.get(name, ()))}
        for tag in taken.get(name, ()):
            tags.pop(tag.lower(), None)
        refused = bool(row[16])
        asked = decode_recipients(row[15] or b"")
        found[name] = MessageSummary(
            name=name,
            arrived=moment(row[2]),
            size=row[3],
            subject=safe_text(row[4]),
            author=safe_text(restored(row[5], row[14] or "")),
            receivers=_receivers(row[6], asked),
            dated=None if row[7] is None else _EPOCH + timedelta(seconds=row[7]),
            message_id=safe_text(row[8]),
            content_type=safe_text(long_type(row[9])),
            fingerprint=row[10].hex(),
            attachments=row[11],
            traits=Trait(row[12]),
            session=row[13] or "",
            sender=safe_text(row[14] or ""),
            recipients=shown_recipients(tuple([one[0] for one in asked])),
            tags=tuple(sorted(tags.values(), key=str.lower)),
            read=name in read,
            refused=refused,
            tries=tries.get(row[10], 1),
            copies=copies.get(row[10], int(not refused)),
            status_of=safe_text(row[17] or ""),
        )
    return found


def _receivers(told: str | None, asked: tuple[Asked, ...]) -> tuple[str, ...]:
    if told is None:
        return shown_recipients(tuple([one[0] for one in asked if one[1]]))
    return tuple(map(safe_text, told.split("\n"))) if told else ()


def _own_tags(connection: sqlite3.Connection, numbers: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = connection.execute(
        f"SELECT message, tag FROM tags WHERE message IN ({placeholders(numbers)})", numbers
    )
    for number, tag in rows:
        found.setdefault(number, []).append(safe_text(tag))
    return found


def _marked(
    connection: sqlite3.Connection, names: list[str]
) -> tuple[set[str], dict[str, list[str]], dict[str, list[str]]]:
    read: set[str] = set()
    added: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}
    rows = connection.execute(
        f"SELECT name, mark, present FROM marks WHERE name IN ({placeholders(names)})", names
    )
    for name, mark, present in rows:
        if mark == READ:
            if present:
                read.add(name)
        else:
            tag = safe_text(mark.removeprefix(TAGGED))
            (added if present else taken).setdefault(name, []).append(tag)
    return read, added, taken


def _counts(
    connection: sqlite3.Connection, fingerprints: list[bytes]
) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """Return how often each mail was stored, and how many tries of it there were."""
    known = list(dict.fromkeys(fingerprints))
    marks = placeholders(known)
    kept = connection.execute(
        "SELECT fingerprint, count(*) - sum(refused), count(*) FROM messages"
        f" WHERE fingerprint IN ({marks}) GROUP BY 1",
        known,
    ).fetchall()
    tries = {fingerprint: number for fingerprint, _, number in kept}
    joined = connection.execute(
        "SELECT m.fingerprint, count(*) FROM messages m JOIN tries"
        " ON tries.joined = m.name AND tries.joined <> ''"
        f" WHERE m.fingerprint IN ({marks}) GROUP BY 1",
        known,
    )
    for fingerprint, number in joined:
        tries[fingerprint] += number
    return {fingerprint: stored for fingerprint, stored, _ in kept}, tries
