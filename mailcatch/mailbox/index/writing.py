"""Putting what was read into the tables. Everything here runs inside one transaction.

Another process may have done the same work meanwhile: whoever comes second changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.abbreviating import short_type, shortened, spaced
from mailcatch.mailbox.index.digest import (
    Digest,
    Read,
    TryRow,
    decode_recipients,
    encode_recipients,
)
from mailcatch.mailbox.index.joining import envelope_digest, named
from mailcatch.mailbox.index.record import (
    Delivered,
    Record,
    envelope_words,
    note_words,
    shown_recipients,
)
from mailcatch.mailbox.index.schema import WORDS, of_files, placeholders
from mailcatch.mailbox.layout import Stamp, arrived

_KEPT_LOG: Final = 10_000
_WORDS: Final = f"INSERT INTO words (rowid, {', '.join(WORDS)}) VALUES (?{', ?' * len(WORDS)})"
_MESSAGE: Final = (
    "INSERT INTO messages (name, size, modified, inode, arrived, try, refused, fingerprint,"
    " subject, author, receivers, dated, message_id, content_type, attachments, traits)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (name) DO NOTHING"
)
_TRY: Final = (
    "INSERT INTO tries (session, ordinal, began, user, outcome, sender, recipients, utf8, stage,"
    " reply, codes, notes, file, status_of, helo, envelope)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_SESSION: Final = (
    "(name, size, began, peer, host, user, stage, ended, how, reason, tries, stored, refused,"
    " codes, refusal, notes, carried)"
)
_SESSION_VALUES: Final = f"({', '.join('?' * 17)})"
_NEW_SESSION: Final = (
    f"INSERT INTO sessions {_SESSION} VALUES {_SESSION_VALUES}"
    " ON CONFLICT (name) DO NOTHING RETURNING id"
)
_MORE_OF_SESSION: Final = (
    f"UPDATE sessions SET {_SESSION} = {_SESSION_VALUES} WHERE name = ? AND size = ? RETURNING id"
)


def put_message(
    connection: sqlite3.Connection,
    name: str,
    stamp: Stamp,
    delivered: Delivered | None,
    record: Record,
) -> None:
    """Take a message in, in the place of what was known of a file of that name."""
    row = _message_row(name, stamp, delivered, record)
    # Nearly always there is none of that name, and asking first would cost as much again.
    put = connection.execute(_MESSAGE, row)
    what = "added" if put.rowcount else "updated"
    if not put.rowcount:
        number, *known = connection.execute(
            "SELECT id, size, modified, inode, try FROM messages WHERE name = ?", (name,)
        ).fetchone()
        if known == [*stamp, delivered.number if delivered is not None else None]:
            return
        _forget(connection, number)
        put = connection.execute(_MESSAGE, row)
    connection.execute(_WORDS, (put.lastrowid, *record.words))
    for tag in record.tags:
        connection.execute("INSERT OR IGNORE INTO tags VALUES (?, ?)", (put.lastrowid, tag))
    log(connection, what, name)


def drop_messages(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """Forget messages whose files are gone."""
    for name in names:
        row = connection.execute("SELECT id FROM messages WHERE name = ?", (name,)).fetchone()
        if row is not None:
            _forget(connection, row[0])
            log(connection, "removed", name)


def put_session(connection: sqlite3.Connection, name: str, base: int, read: Read) -> list[str]:
    """Take in what is new in a session. Returns the files of messages it tells of.

    base: the octet at which reading went on.
    """
    row = _session_row(name, read)
    if base:
        put = connection.execute(_MORE_OF_SESSION, (*row, name, base)).fetchone()
    else:
        put = connection.execute(_NEW_SESSION, row).fetchone()
    if put is None:
        return []
    number, digest = put[0], read.digest
    for one in read.tries:
        put_try(connection, number, digest, one)
    connection.executemany(
        "INSERT INTO faults VALUES (?, ?, ?, ?, ?, ?)",
        [
            (number, one.ordinal, digest.began + one.at, one.stage, one.rule, one.effect)
            for one in read.faults
        ],
    )
    if not base:
        log(connection, "session opened", name)
    if digest.ended is not None:
        log(connection, "session closed", name)
    elif base:
        log(connection, "session updated", name)
    return [one.file for one in read.tries if one.file]


def read_so_far(
    connection: sqlite3.Connection, names: Sequence[str]
) -> dict[str, tuple[int, bytes]]:
    """Return how much of sessions was read, in octets, and what reading on needs to know."""
    rows = connection.execute(
        f"SELECT name, size, carried FROM sessions WHERE name IN ({placeholders(names)})", names
    )
    return {name: (size, carried) for name, size, carried in rows}


def put_try(connection: sqlite3.Connection, session: int, digest: Digest, one: TryRow) -> None:
    """Take a try in; one without a message can be found by its envelope."""
    row = connection.execute(
        _TRY,
        (
            session,
            one.ordinal,
            digest.began + one.began,
            one.user,
            one.outcome,
            one.sender,
            encode_recipients(one.recipients),
            one.utf8,
            one.stage,
            shortened(one.reply, one.file),
            spaced(one.codes),
            spaced(one.notes),
            one.file,
            one.status_of,
            one.helo,
            None if one.outcome == "stored" else envelope_digest(one.sender, named(one.recipients)),
        ),
    ).lastrowid
    if not one.file and row is not None:
        asked = tuple(recipient[0] for recipient in one.recipients)
        words = dict.fromkeys(WORDS, "")
        words["sender"], words["rcpt"] = envelope_words(
            Delivered(row, one.sender, asked, one.utf8, ())
        )
        words["notes"] = note_words(one.notes)
        connection.execute(_WORDS, (-row, *words.values()))


def drop_session(connection: sqlite3.Connection, name: str) -> list[tuple[str, str, int, bytes]]:
    """Forget a session whose file is gone.

    Returns its tries that brought a message: the file, the sender, when it began, the recipients.
    """
    row = connection.execute("SELECT id FROM sessions WHERE name = ?", (name,)).fetchone()
    if row is None:
        return []
    found = connection.execute(
        "SELECT file, sender, began, recipients FROM tries WHERE session = ? AND file <> ''", row
    ).fetchall()
    for table in ("tries", "faults"):
        connection.execute(f"DELETE FROM {table} WHERE session = ?", row)
    connection.execute("DELETE FROM sessions WHERE id = ?", row)
    log(connection, "session removed", name)
    return found


def log(connection: sqlite3.Connection, what: str, name: str) -> None:
    """Tell those who watch."""
    number = connection.execute(
        "INSERT INTO log (what, name) VALUES (?, ?)", (what, name)
    ).lastrowid
    if number is not None and number % 1_000 == 0:
        connection.execute("DELETE FROM log WHERE number <= ?", (number - _KEPT_LOG,))


def delivered_to(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, Delivered]:
    """Return what the sessions say of messages, by the names of their files."""
    condition, values = of_files(names)
    rows = connection.execute(
        "SELECT tries.file, tries.id, sender, recipients, utf8, tries.notes, outcome FROM tries"
        f" JOIN sessions ON sessions.id = tries.session WHERE {condition}"
        " ORDER BY tries.began DESC, sessions.name DESC",
        values,
    )
    found: dict[str, Delivered] = {}
    for file, number, sender, recipients, utf8, notes, outcome in rows:
        accepted = tuple(address for address, taken, _ in decode_recipients(recipients) if taken)
        refused = outcome != "stored"
        found[file] = Delivered(number, sender, accepted, bool(utf8), tuple(notes.split()), refused)
    return found


def _message_row(
    name: str, stamp: Stamp, delivered: Delivered | None, record: Record
) -> tuple[object, ...]:
    return (
        name,
        *stamp,
        arrived(name, stamp),
        delivered.number if delivered is not None else None,
        delivered is not None and delivered.refused,
        record.fingerprint,
        record.subject,
        shortened(record.author, safe_text(delivered.sender)) if delivered else record.author,
        _receivers(record, delivered),
        record.dated,
        record.message_id,
        short_type(record.content_type),
        record.attachments,
        record.traits,
    )


def _receivers(record: Record, delivered: Delivered | None) -> str | None:
    """Return To and Cc as the index holds them: nothing where the envelope says the same."""
    if delivered is not None and record.receivers == shown_recipients(delivered.recipients):
        return None
    return "\n".join(record.receivers)


def _session_row(name: str, read: Read) -> tuple[object, ...]:
    digest = read.digest
    return (
        name,
        read.size,
        digest.began,
        digest.peer,
        digest.host,
        digest.user,
        digest.stage,
        None if digest.ended is None else digest.began + digest.ended,
        digest.how,
        safe_text(digest.reason),
        digest.tries,
        digest.stored,
        digest.refused,
        spaced(digest.codes),
        safe_text(digest.reply),
        spaced(digest.notes),
        msgspec.msgpack.encode(digest) if digest.ended is None else b"",
    )


def _forget(connection: sqlite3.Connection, number: int) -> None:
    """Remove a message's rows; its full text stays behind under a number that nobody has."""
    connection.execute("DELETE FROM messages WHERE id = ?", (number,))
    connection.execute("DELETE FROM tags WHERE message = ?", (number,))
    connection.execute("DELETE FROM verdicts WHERE message = ?", (number,))
