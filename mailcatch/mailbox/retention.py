"""Keeping a mailbox small: what has to go, and letting it go.

Nothing goes unless a limit was set. `choose` decides and touches nothing; `remove` removes for good
what was decided, and says what it removed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from mailcatch.mailbox.layout import Layout


class Retention(msgspec.Struct, frozen=True):
    """How much is kept; None sets no limit.

    messages: how many. age: of a message or session. octets: of all messages together. sessions:
    how many of those without a message. trash: how long a deletion can be undone.

    Raises ValueError where a limit is less than nothing.
    """

    messages: int | None = None
    age: timedelta | None = None
    octets: int | None = None
    sessions: int | None = None
    trash: timedelta | None = None

    def __post_init__(self) -> None:
        """Look at the limits."""
        for name in ("messages", "octets", "sessions"):
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} must not be less than 0")
        for name in ("age", "trash"):
            if (getattr(self, name) or timedelta(0)) < timedelta(0):
                raise ValueError(f"{name} must not be less than nothing")

    @property
    def limits(self) -> bool:
        """Whether messages or sessions may have to go."""
        return (self.messages, self.age, self.octets, self.sessions) != (None,) * 4


class KeptMessage(msgspec.Struct, frozen=True):
    """A message that may have to go. size: octets. held: it counts, and stays for now."""

    name: str
    arrived: datetime
    size: int
    held: bool = False


class KeptSession(msgspec.Struct, frozen=True):
    """A session that may have to go.

    messages: the files it brought, gone or not. over: whether it has ended; one that has not stays.
    """

    name: str
    began: datetime
    messages: tuple[str, ...]
    over: bool


class Removal(msgspec.Struct, frozen=True):
    """Files that go. octets: of the messages. why: the limits, by their names in Retention."""

    messages: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    octets: int = 0
    why: tuple[str, ...] = ()


def choose(
    retention: Retention,
    messages: Iterable[KeptMessage],
    sessions: Iterable[KeptSession],
    now: datetime,
    gone: Collection[str] = (),
) -> Removal:
    """Decide what has to go: the oldest, as much as the limits ask for, oldest first.

    A session goes with the last of its messages; one of which the user removed the messages is one
    without any. A message that is larger than all that may be kept goes too.

    gone: messages that went before, when their sessions were still open.
    """
    known = sorted(messages, key=lambda one: (one.arrived, one.name), reverse=True)
    going: list[KeptMessage] = []
    why: set[str] = set()
    octets = 0
    for count, message in enumerate(known, 1):
        octets += message.size
        past = {
            "messages": _past(retention.messages, count),
            "octets": _past(retention.octets, octets),
            "age": _too_old(retention, message.arrived, now),
        }
        if any(past.values()) and not message.held:
            going.append(message)
            why.update(limit for limit, is_past in past.items() if is_past)
    removed = {message.name for message in going}
    left = {message.name for message in known} - removed
    removed.update(gone)
    chosen: list[KeptSession] = []
    empty = 0
    for session in sorted(sessions, key=lambda one: (one.began, one.name), reverse=True):
        if not session.over or left.intersection(session.messages):
            continue
        if removed.intersection(session.messages):
            chosen.append(session)
            continue
        empty += 1
        if _too_old(retention, session.began, now):
            chosen.append(session)
            why.add("age")
        elif _past(retention.sessions, empty):
            chosen.append(session)
            why.add("sessions")
    return Removal(
        tuple(message.name for message in reversed(going)),
        tuple(session.name for session in reversed(chosen)),
        sum(message.size for message in going),
        tuple(sorted(why)),
    )


def remove(
    layout: Layout, removal: Removal, stopped: Callable[[], bool] = lambda: False
) -> Removal:
    """Remove files for good, and return what was removed; what cannot be removed stays.

    stopped: asked before each file whether to leave the rest.
    """
    messages: list[str] = []
    octets = 0
    for name in removal.messages:
        if stopped():
            break
        with suppress(OSError):
            size = layout.message(name).stat().st_size
            layout.message(name).unlink()
            messages.append(name)
            octets += size
    sessions: list[str] = []
    for name in removal.sessions:
        if stopped():
            break
        with suppress(OSError):
            layout.session(name).unlink()
            sessions.append(name)
    if not messages and not sessions:
        return Removal()
    return Removal(tuple(messages), tuple(sessions), octets, removal.why)


def _past(limit: int | None, value: int) -> bool:
    return limit is not None and value > limit


def _too_old(retention: Retention, at: datetime, now: datetime) -> bool:
    return retention.age is not None and now - at > retention.age
