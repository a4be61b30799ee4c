"""Keeping a mailbox small: what has to go, and letting it go.

Nothing goes unless a limit was set. `choose` decides and touches nothing; `remove` removes for good
what was decided, and says what it removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from mailcatch.mailbox.layout import Layout


class Retention(msgspec.Struct, frozen=True):
    """How much is kept; None sets no limit.

    messages: how many. age: of a message or session. octets: of all messages together. sessions:
    how many of those that brought no message.
    """

    messages: int | None = None
    age: timedelta | None = None
    octets: int | None = None
    sessions: int | None = None


class KeptMessage(msgspec.Struct, frozen=True):
    """A message that may have to go. size: octets."""

    name: str
    arrived: datetime
    size: int


class KeptSession(msgspec.Struct, frozen=True):
    """A session that may have to go.

    messages: the files it brought, gone or not. over: whether it has ended; one that has not stays.
    """

    name: str
    began: datetime
    messages: tuple[str, ...]
    over: bool


class Removal(msgspec.Struct, frozen=True):
    """Files that go. octets: of the messages."""

    messages: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    octets: int = 0


def choose(
    retention: Retention,
    messages: Iterable[KeptMessage],
    sessions: Iterable[KeptSession],
    now: datetime,
) -> Removal:
    """Decide what has to go: the oldest, as much as the limits ask for, oldest first.

    A session goes with the last of its messages. A message that is larger than all that may be
    kept goes too.
    """
    known = sorted(messages, key=lambda one: (one.arrived, one.name), reverse=True)
    gone: list[KeptMessage] = []
    octets = 0
    full = False
    for count, message in enumerate(known, 1):
        octets += message.size
        full = full or _past(retention.octets, octets) or _past(retention.messages, count)
        if full or _too_old(retention, message.arrived, now):
            gone.append(message)
    left = {message.name for message in known} - {message.name for message in gone}
    removed = {message.name for message in gone}
    chosen: list[KeptSession] = []
    empty = 0
    for session in sorted(sessions, key=lambda one: (one.began, one.name), reverse=True):
        if not session.over or left.intersection(session.messages):
            continue
        empty += not session.messages
        if removed.intersection(session.messages) or (
            _too_old(retention, session.began, now)
            or (not session.messages and _past(retention.sessions, empty))
        ):
            chosen.append(session)
    return Removal(
        tuple(message.name for message in reversed(gone)),
        tuple(session.name for session in reversed(chosen)),
        sum(message.size for message in gone),
    )


def remove(layout: Layout, removal: Removal) -> Removal:
    """Remove files for good, and return what was removed; what cannot be removed stays."""
    messages: list[str] = []
    octets = 0
    for name in removal.messages:
        with suppress(OSError):
            size = layout.message(name).stat().st_size
            layout.message(name).unlink()
            messages.append(name)
            octets += size
    sessions: list[str] = []
    for name in removal.sessions:
        with suppress(OSError):
            layout.session(name).unlink()
            sessions.append(name)
    return Removal(tuple(messages), tuple(sessions), octets)


def _past(limit: int | None, value: int) -> bool:
    return limit is not None and value > limit


def _too_old(retention: Retention, at: datetime, now: datetime) -> bool:
    return retention.age is not None and now - at > retention.age
