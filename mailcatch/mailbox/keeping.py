"""Looking after a mailbox that this process serves, so that it stays within its limits.

Nothing here reads a message. Which session brought which messages is in the sessions' files; each
is read once, and read on as it grows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from mailcatch.mailbox.layout import Layout, Stamp, arrived
from mailcatch.mailbox.names import MESSAGE_SUFFIX, SESSION_SUFFIX, is_name, time_of
from mailcatch.mailbox.retention import (
    KeptMessage,
    KeptSession,
    Removal,
    Retention,
    choose,
    remove,
)
from mailcatch.mailbox.trash import Trash

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(msgspec.Struct, frozen=True):
    """What must stay, because the server still has to do with it.

    newest: a name; messages and sessions that were named after it stay. unanswered: files of
    messages that were not acknowledged yet. live: names of open sessions, without their suffix.
    """

    newest: str
    unanswered: frozenset[str]
    live: frozenset[str]


class Keeper:
    """Removes what is past the limits. Its methods may be called on any thread, one at a time.

    root: the mailbox. retention: the limits.
    """

    def __init__(self, root: Path, retention: Retention) -> None:
        self._root = root
        self._retention = retention
        self._sessions: dict[str, _Brought] = {}
        self._gone: set[str] = set()
        self._before: object = None
        self._quiet = False
        self._due: datetime | None = None

    def sweep(
        self, standing: Standing, now: datetime, stopped: Callable[[], bool] = lambda: False
    ) -> Removal:
        """Remove what has to go, and return it. Raises MailboxError.

        stopped: asked before each file whether to leave the rest.
        """
        layout = Layout.of(self._root)
        if self._nothing_happened(layout, standing, now):
            return Removal()
        messages = [
            _message(name, stamp, standing) for name, stamp in layout.message_stamps().items()
        ]
        sessions = self._brought(layout, standing)
        chosen = choose(self._retention, messages, sessions, now, self._gone)
        removal = remove(layout, chosen, stopped)
        self._remember(removal, sessions)
        self._due = self._next_due(messages, sessions, removal)
        return removal

    def empty_trash(self) -> tuple[str, ...]:
        """Remove deletions for good that were kept long enough; return the messages' names."""
        if self._retention.trash is None:
            return ()
        return Trash(self._root, Layout.of(self._root).messages).empty(self._retention.trash)

    def _nothing_happened(self, layout: Layout, standing: Standing, now: datetime) -> bool:
        """Return whether there is nothing new to be looked at since the last sweep."""
        state = (
            _changed(layout.messages), _changed(layout.sessions), standing.unanswered, standing.live
        )  # fmt: skip
        # Two sweeps see the same, because the first one may have held something back.
        same, self._before = state == self._before, state
        quiet, self._quiet = self._quiet, same
        return same and quiet and (self._due is None or now < self._due)

    def _brought(self, layout: Layout, standing: Standing) -> list[KeptSession]:
        stamps = layout.session_stamps()
        self._sessions = {name: self._sessions.get(name, _Brought()) for name in stamps}
        kept: list[KeptSession] = []
        for name, stamp in stamps.items():
            known = self._sessions[name]
            if stamp.size != known.size:
                known.read_on(layout.session(name), stamp.size)
            bare = name.removesuffix(SESSION_SUFFIX)
            over = bare not in standing.live and not _is_newer(bare, standing.newest)
            began = time_of(name) or _EPOCH + timedelta(microseconds=stamp.modified // 1000)
            kept.append(KeptSession(name, began, tuple(known.files), over))
        return kept

    def _remember(self, removal: Removal, sessions: list[KeptSession]) -> None:
        """Keep in mind what went before its session, which goes when it is over."""
        self._gone.update(removal.messages)
        removed = set(removal.sessions)
        waiting = {
            file for one in sessions if one.name not in removed for file in one.messages
        }  # fmt: skip
        self._gone &= waiting

    def _next_due(
        self, messages: list[KeptMessage], sessions: list[KeptSession], removal: Removal
    ) -> datetime | None:
        """Return when the age of something will be past the limit."""
        if self._retention.age is None:
            return None
        gone = {*removal.messages, *removal.sessions}
        times = [one.arrived for one in messages if one.name not in gone]
        times += [one.began for one in sessions if one.name not in gone]
        return min(times) + self._retention.age if times else None


class _Brought(msgspec.Struct):
    """Which messages a session brought. size: octets of its file that were read."""

    size: int = 0
    files: list[str] = []

    def read_on(self, path: Path, size: int) -> None:
        """Read what was appended; all of it, where the file is another one."""
        if size < self.size:
            self.size, self.files = 0, []
        with suppress(OSError), path.open("rb") as file:
            file.seek(self.size)
            octets = file.read()
            end = octets.rfind(b"\n") + 1
            self.size += end
            for line in octets[:end].splitlines():
                # Few lines have it, and the others need not be understood.
                if b'"file"' in line:
                    self.files += _named(line)


class _Line(msgspec.Struct):
    event: str = ""
    file: str = ""


_decoder: Final = msgspec.json.Decoder(_Line)


def _named(line: bytes) -> list[str]:
    try:
        found = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    return [found.file] if found.event == "transaction" and found.file else []


def _message(name: str, stamp: Stamp, standing: Standing) -> KeptMessage:
    when = _EPOCH + timedelta(microseconds=arrived(name, stamp))
    held = name in standing.unanswered or _is_newer(
        name.removesuffix(MESSAGE_SUFFIX), standing.newest
    )
    return KeptMessage(name, when, stamp.size, held)


def _is_newer(name: str, newest: str) -> bool:
    return is_name(name) and name > newest


def _changed(directory: Path) -> int:
    try:
        return directory.stat().st_mtime_ns
    except OSError:
        return 0
