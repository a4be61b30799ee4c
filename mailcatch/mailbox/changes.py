"""What happened to a mailbox, as those who watch it are told."""

from __future__ import annotations

import msgspec


class Change(msgspec.Struct, frozen=True):
    """Something happened to a file. name: of the file of a message or session."""

    name: str


class Added(Change, frozen=True):
    """A message is there."""


class Removed(Change, frozen=True):
    """A message is gone."""


class Updated(Change, frozen=True):
    """A message changed: its file, what its session says of it, or the user's marks on it."""


class SessionOpened(Change, frozen=True):
    """A client connected."""


class SessionUpdated(Change, frozen=True):
    """An open session went on."""


class SessionClosed(Change, frozen=True):
    """A session ended."""


class SessionRemoved(Change, frozen=True):
    """A session's file is gone."""


class Trimmed(msgspec.Struct, frozen=True):
    """A server removed what was past its limits; `Removed` and `SessionRemoved` tell of each.

    messages, sessions: how many went since this was told last. why: past which limits it went last,
    of "messages", "age", "octets" and "sessions".
    """

    messages: int
    sessions: int
    why: tuple[str, ...]


class Rebuilt(msgspec.Struct, frozen=True):
    """More happened than can be told, or the index was made anew: read the lists again."""


AnyChange = (
    Added | Removed | Updated | SessionOpened | SessionUpdated | SessionClosed | SessionRemoved
    | Rebuilt | Trimmed
)  # fmt: skip
