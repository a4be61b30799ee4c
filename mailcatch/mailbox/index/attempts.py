"""The story of a mail: each try at sending it, in order. `joining` says what belongs together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import msgspec

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.abbreviating import restored
from mailcatch.mailbox.index.digest import decode_recipients
from mailcatch.mailbox.index.joining import ADJACENT, addresses, envelope_digest
from mailcatch.mailbox.index.record import FINGERPRINT
from mailcatch.mailbox.index.rows import moment
from mailcatch.mailbox.index.schema import MOST_NAMES, of_files, placeholders

T = TypeVar("T")

_TRY: Final = (
    "SELECT tries.id, tries.began, tries.outcome, tries.stage, tries.reply, tries.file,"
    " sessions.name, tries.ordinal, tries.sender, tries.recipients,"
    " coalesce((SELECT rule FROM faults WHERE faults.session = tries.session"
    " AND faults.ordinal = tries.ordinal ORDER BY at DESC LIMIT 1), ''), tries.status_of <> ''"
    " FROM tries JOIN sessions ON sessions.id = tries.session"
)


class Attempt(msgspec.Struct, frozen=True):
    """One try at sending a mail. Texts are safe to show.

    at: when it began. gap: time since the try before it, None for the first. outcome: "stored",
    "refused", "dropped", "reset" or "aborted". stage: where it failed, or "eom". reply: the one
    that decided, "" where none was sent. rule: of the fault in it, "" where there was none.
    session, ordinal: which transaction it is; "" and 0 for a file without its session. message: the
    name of the file it was kept as, stored or refused, or "". made: whether nobody sent it: a
    delivery status notification of the server's own.
    """

    at: datetime
    gap: timedelta | None
    outcome: str
    stage: str
    reply: str
    rule: str
    session: str
    ordinal: int
    sender: str
    recipients: tuple[str, ...]
    message: str
    made: bool = False


class Story(msgspec.Struct, frozen=True):
    """All tries of one mail, in order."""

    attempts: tuple[Attempt, ...]

    @property
    def stored(self) -> int:
        """How often it was stored, and is there."""
        return sum(one.outcome == "stored" and bool(one.message) for one in self.attempts)

    @property
    def duplicate(self) -> bool:
        """Whether it was stored more than once."""
        return self.stored > 1


def story_of_message(connection: sqlite3.Connection, name: str) -> Story:
    """Return the story of the mail that a message is; empty where there is no such message."""
    row = connection.execute("SELECT fingerprint FROM messages WHERE name = ?", (name,)).fetchone()
    if row is None:
        return Story(())
    if not row[0]:
        return _story(connection, [name])
    return story_of_fingerprint(connection, row[0].hex())


def story_of_fingerprint(connection: sqlite3.Connection, fingerprint: str) -> Story:
    """Return the story of a mail; empty where none with that fingerprint is kept.

    fingerprint: that of `mailcatch.mail`, or as many of its digits as a summary has.
    """
    try:
        octets = bytes.fromhex(fingerprint)[:FINGERPRINT]
    except ValueError:
        return Story(())
    rows = connection.execute("SELECT name FROM messages WHERE fingerprint = ?", (octets,))
    return _story(connection, [name for (name,) in rows]) if octets else Story(())


def story_of_try(connection: sqlite3.Connection, session: str, ordinal: int) -> Story:
    """Return the story that a try belongs to, stored or not.

    session: the name of its session's file. ordinal: its place in it, from 1.
    """
    row = connection.execute(
        "SELECT tries.id, tries.file, tries.joined, tries.outcome, sender, sessions.host,"
        " tries.began, tries.recipients, reply FROM tries"
        " JOIN sessions ON sessions.id = tries.session"
        " WHERE sessions.name = ? AND ordinal = ?",
        (session, ordinal),
    ).fetchone()
    if row is None:
        return Story(())
    number, file, joined, outcome, sender, host, began, recipients, reply = row
    if file or joined:
        found = story_of_message(connection, joined or file)
        if found.attempts:
            return found
    numbers = {number}
    if outcome != "stored" and not reply.startswith("2"):
        for step in (1, -1):
            numbers |= _neighbours(connection, step, sender, host, began, recipients)
    return _told(connection, _rows(connection, sorted(numbers), partial(_among, "tries.id")))


def failed_tries(connection: sqlite3.Connection, session: str, most: int) -> list[int]:
    """Return the tries of a session that were not stored, by their places in it, in order.

    most: how many, the last ones.
    """
    rows = connection.execute(
        "SELECT ordinal FROM tries JOIN sessions ON sessions.id = tries.session"
        " WHERE sessions.name = ? AND outcome <> 'stored' ORDER BY ordinal DESC LIMIT ?",
        (session, most),
    )
    return sorted(ordinal for (ordinal,) in rows)


def _neighbours(
    connection: sqlite3.Connection, step: int, sender: str, host: str, began: int, recipients: bytes
) -> set[int]:
    """Return the failed tries of one envelope before or after a time, while the gaps are short."""
    order, compared = ("", ">=") if step > 0 else ("DESC", "<=")
    asked = addresses(recipients)
    rows = connection.execute(
        "SELECT tries.id, tries.began, recipients FROM tries"
        " JOIN sessions ON sessions.id = tries.session WHERE outcome <> 'stored' AND envelope = ?"
        " AND sender = ? AND host = ? AND joined = '' AND reply NOT LIKE '2%'"
        f" AND tries.began {compared} ? ORDER BY tries.began {order}, tries.id {order}",
        (envelope_digest(sender, asked), sender, host, began),
    )
    found: set[int] = set()
    for number, at, others in rows:
        if abs(at - began) > ADJACENT:
            break
        if addresses(others) == asked:
            found.add(number)
            began = at
    rows.close()
    return found


def _story(connection: sqlite3.Connection, names: list[str]) -> Story:
    rows = _rows(connection, names, of_files)
    rows += _rows(connection, names, partial(_among, "tries.joined <> '' AND tries.joined"))
    told = {row[5] for row in rows}
    for name in names:
        if name not in told:
            arrived = connection.execute(
                "SELECT arrived FROM messages WHERE name = ?", (name,)
            ).fetchone()
            if arrived is not None:
                rows.append((0, arrived[0], "stored", "eom", "", name, "", 0, "", b"", "", 0))
    return _told(connection, rows)


def _rows(
    connection: sqlite3.Connection,
    values: list[T],
    condition: Callable[[Sequence[T]], tuple[str, Sequence[object]]],
) -> list[tuple[object, ...]]:
    found: list[tuple[object, ...]] = []
    for start in range(0, len(values), MOST_NAMES):
        where, given = condition(values[start : start + MOST_NAMES])
        found += connection.execute(f"{_TRY} WHERE {where}", given)
    return found


def _among(column: str, values: Sequence[T]) -> tuple[str, Sequence[T]]:
    return f"{column} IN ({placeholders(values)})", values


def _told(connection: sqlite3.Connection, rows: list[tuple[object, ...]]) -> Story:
    attempts: list[Attempt] = []
    before: datetime | None = None
    there = {
        row[5]
        for row in rows
        if row[5]
        and connection.execute("SELECT 1 FROM messages WHERE name = ?", (row[5],)).fetchone()
    }
    for row in sorted(rows, key=lambda row: (row[1], row[6], row[7])):
        _, began, outcome, stage, reply, file, session, ordinal, sender, recipients = row[:10]
        rule, made = row[10:]
        assert isinstance(recipients, bytes)
        at = moment(int(str(began)))
        attempts.append(
            Attempt(
                at=at,
                gap=None if before is None else at - before,
                outcome=safe_text(str(outcome)),
                stage=safe_text(str(stage)),
                reply=safe_text(restored(str(reply), str(file))),
                rule=safe_text(str(rule)),
                session=str(session),
                ordinal=int(str(ordinal)),
                sender=safe_text(str(sender)),
                recipients=tuple(safe_text(one[0]) for one in decode_recipients(recipients)),
                message=str(file) if file in there else "",
                made=bool(made),
            )
        )
        before = at
    return Story(tuple(attempts))
