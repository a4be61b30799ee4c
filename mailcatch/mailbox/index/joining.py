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

However many tries failed, each message near them is looked at once.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from typing import Final
from zlib import crc32

import msgspec

from mailcatch.mailbox.index.digest import Asked, decode_recipients

ADJACENT: Final = 3_600_000_000
"""Microseconds between a try and the message it belongs to, at most."""

_LONGEST: Final = 86_400_000_000
"""Microseconds from the beginning of a try to the message that it brings, at most."""

_FAILED: Final = (
    "SELECT tries.id, host, sender, tries.began, recipients, joined, reply LIKE '2%' OR (file <> ''"
    " AND EXISTS (SELECT 1 FROM messages WHERE messages.name = tries.file))"
    " FROM tries JOIN sessions ON sessions.id = tries.session WHERE outcome <> 'stored'"
)
_KEPT: Final = (
    "SELECT host, sender, tries.began, messages.id, recipients, reply"
    " FROM messages CROSS JOIN tries ON tries.id = messages.try"
    " CROSS JOIN sessions ON sessions.id = tries.session"
    " WHERE messages.arrived BETWEEN ? AND ? AND tries.began BETWEEN ? AND ?"
)

_Key = tuple[str, str, str]
"""A host, a sender, and one address that was named, or "" for whatever was."""


class Change(msgspec.Struct, frozen=True):
    """A try, or a message that a try brought, came or went.

    sender, began: of the try. addresses: that it came to name, domains in lower case.
    """

    sender: str
    began: int
    addresses: frozenset[str]


class _Failed(msgspec.Struct, frozen=True):
    """A try that failed. joined: to which file it is now. alone: whether it belongs to none."""

    number: int
    host: str
    sender: str
    began: int
    asked: frozenset[str]
    joined: str
    alone: bool

    @property
    def key(self) -> _Key:
        """Where messages are looked for that it may belong to."""
        return self.host, self.sender, min(self.asked, default="")


class _Kept(msgspec.Struct, frozen=True, order=True, gc=False):
    """The try that brought a message which is there. Small, because there may be very many.

    number: of the message.
    """

    began: int
    number: int
    recipients: bytes
    answered: bool


def join_all(connection: sqlite3.Connection) -> None:
    """Join every failed try anew. Runs inside a transaction."""
    _join(connection, [_failed(row) for row in connection.execute(_FAILED)])


def join_around(connection: sqlite3.Connection, changes: Collection[Change]) -> None:
    """Join the failed tries that changes may concern. Runs inside a transaction."""
    by_sender: dict[str, list[int]] = {}
    near: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        by_sender.setdefault(change.sender, []).append(change.began)
        for address in ("", *change.addresses):
            near.setdefault((change.sender, address), []).append(change)
    failed: list[_Failed] = []
    for sender, times in by_sender.items():
        rows = connection.execute(
            f"{_FAILED} AND sender = ? AND tries.began BETWEEN ? AND ?",
            (sender, min(times) - ADJACENT, max(times) + ADJACENT),
        )
        failed += [
            one
            for one in map(_failed, rows)
            if any(_concerns(change, one) for change in near.get(one.key[1:], ()))
        ]
    _join(connection, failed)


def addresses(recipients: bytes) -> frozenset[str]:
    """Return the addresses in the recipients of a try, domains in lower case."""
    return named(decode_recipients(recipients))


def named(recipients: tuple[Asked, ...]) -> frozenset[str]:
    """Return the addresses of recipients, domains in lower case."""
    return frozenset([_plain(one[0]) for one in recipients])


def envelope_digest(sender: str, asked: frozenset[str]) -> int:
    """Return a number that is equal for equal envelopes, and hardly ever for others."""
    return crc32("\n".join((sender, *sorted(asked))).encode("utf-8", "surrogatepass"))


def _failed(row: tuple[int, str, str, int, bytes, str, int]) -> _Failed:
    number, host, sender, began, recipients, joined, alone = row
    return _Failed(number, host, sender, began, addresses(recipients), joined, bool(alone))


def _concerns(change: Change, one: _Failed) -> bool:
    return abs(change.began - one.began) <= ADJACENT and one.asked <= change.addresses


def _join(connection: sqlite3.Connection, failed: list[_Failed]) -> None:
    kept = _kept_near(connection, [one for one in failed if not one.alone])
    for one in failed:
        number = None if one.alone else _message_of(one, kept.get(one.key, []))
        file = _file_of(connection, number) if number is not None else ""
        if file != one.joined:
            connection.execute("UPDATE tries SET joined = ? WHERE id = ?", (file, one.number))


def _kept_near(
    connection: sqlite3.Connection, failed: Collection[_Failed]
) -> dict[_Key, list[_Kept]]:
    """Return the messages that such tries may belong to, in the order of their tries."""
    wanted = {one.key for one in failed}
    if not wanted:
        return {}
    envelopes = {(host, sender) for host, sender, _ in wanted}
    first = min(one.began for one in failed) - ADJACENT
    last = max(one.began for one in failed) + ADJACENT
    found: dict[_Key, list[_Kept]] = {key: [] for key in wanted}
    rows = connection.execute(_KEPT, (first, last + _LONGEST, first, last))
    for host, sender, began, number, recipients, reply in rows:
        if (host, sender) not in envelopes:
            continue
        kept = _Kept(began, number, recipients, reply.startswith("2"))
        for address in ("", *addresses(recipients)):
            if (host, sender, address) in found:
                found[host, sender, address].append(kept)
    for some in found.values():
        some.sort()
    return found


def _message_of(one: _Failed, kept: list[_Kept]) -> int | None:
    start = bisect_left(kept, one.began, key=_began)
    later = _first_fitting(one, kept, range(start, len(kept)))
    if later is not None:
        return later.number
    end = bisect_right(kept, one.began, key=_began)
    earlier = _first_fitting(one, kept, range(end - 1, -1, -1))
    return earlier.number if earlier is not None and not earlier.answered else None


def _file_of(connection: sqlite3.Connection, number: int) -> str:
    found = connection.execute("SELECT name FROM messages WHERE id = ?", (number,)).fetchone()
    return str(found[0])


def _first_fitting(one: _Failed, kept: list[_Kept], places: Iterable[int]) -> _Kept | None:
    for place in places:
        other = kept[place]
        if abs(other.began - one.began) > ADJACENT:
            return None
        if one.asked <= addresses(other.recipients):
            return other
    return None


def _began(kept: _Kept) -> int:
    return kept.began


def _plain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}"
