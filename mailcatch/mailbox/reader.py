"""A mailbox to be read: one that is served here or elsewhere, a copy, or bare `.eml` files.

    with Reader(Path("mail")) as reader:
        reader.refresh()
        for name in reader.search("from:app@example.org subject:welcome"):
            print(reader.message(name).subject)

Nothing here speaks SMTP, and nothing but the index and the user's marks is written.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import msgspec

from mailcatch.mail import safe_text
from mailcatch.mailbox.changes import AnyChange, Trimmed
from mailcatch.mailbox.errors import IndexBrokenError, MailboxError, NotThereError
from mailcatch.mailbox.events import AnyEvent, Transaction
from mailcatch.mailbox.index.attempts import (
    Story,
    failed_tries,
    story_of_fingerprint,
    story_of_message,
    story_of_try,
)
from mailcatch.mailbox.index.changelog import changes_since, last_entry
from mailcatch.mailbox.index.keys import Key, kept_refusals, mail_keys, order_keys
from mailcatch.mailbox.index.reading import ReadingRoom
from mailcatch.mailbox.index.rows import (
    MessageSummary,
    SessionSummary,
    kept_messages,
    kept_sessions,
    message_summaries,
    session_summaries,
)
from mailcatch.mailbox.index.store import Store, is_broken, place_beside, place_in
from mailcatch.mailbox.index.update import ProgressReport, Update
from mailcatch.mailbox.index.verdicts import Kept, put_verdicts
from mailcatch.mailbox.layout import Layout, is_file_name
from mailcatch.mailbox.marks import Marks
from mailcatch.mailbox.retention import Removal, Retention, choose, remove
from mailcatch.mailbox.search import Found, Query, Search, parse_query
from mailcatch.mailbox.server_file import ServerState, is_served, read_state
from mailcatch.mailbox.session_file import (
    Around,
    LeftOut,
    read_excerpt,
    read_session,
    read_transaction,
)
from mailcatch.mailbox.trash import Trash
from mailcatch.mailbox.verdicts import Verdicts

if TYPE_CHECKING:
    from mailcatch.verifying.results import Verdict
    from mailcatch.verifying.verdict import Source

T = TypeVar("T")
# What comes of values that were never put into an index: it came with the directory.
_WRONG: Final = (
    AttributeError, KeyError, OverflowError, TypeError, ValueError, msgspec.MsgspecError,
)  # fmt: skip


class Serving(Enum):
    """Who writes into a mailbox.

    HERE: a server on this machine. ELSEWHERE: server.json is there, but the process it names does
    not serve it: the server runs on another machine or in a container, or died, or this is a copy.
    NOBODY: there is none.
    """

    HERE = "here"
    ELSEWHERE = "elsewhere"
    NOBODY = "nobody"


class Reader:
    """A mailbox, read through its index.

    root: the directory. cache: where the index of a directory that cannot be written is; the
    user's cache directory where none is given. processes: how many may read messages at once when
    there are many. source: the records by which it is verified who messages are from.

    Raises MailboxError where the directory cannot be read. Threads may share a reader.
    """

    def __init__(
        self,
        root: Path,
        *,
        cache: Path | None = None,
        processes: int = 2,
        source: Source | None = None,
    ) -> None:
        self.root = root
        self._layout = Layout.of(root)
        self._lock = RLock()
        self.marks = Marks(root)
        self._room = ReadingRoom(processes)
        self.writable = os.access(root, os.W_OK)
        # Nothing is left behind in a directory that is no mailbox.
        inside = self.writable and not self._layout.empty
        self._store = _opened(root, cache, inside=inside, writable=self.writable)
        # A connection of its own, so that lists can be had while much is being read.
        self._lists = Store(self._store.path)
        self._lists_lock = RLock()
        self._seen = self._last_entry()
        self._served = read_state(root)
        self._closed = False
        self._verdicts: Verdicts | None = None
        if source is not None:
            self._verdicts = Verdicts(
                source, self._ask, self._keep, lambda name: self._layout.message(name)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index, and end the reading processes. May be called more than once."""
        self._closed = True
        if self._verdicts is not None:
            self._verdicts.close()
        with self._lock:
            self._room.close()
            self._store.close()
        with self._lists_lock:
            self._lists.close()

    @property
    def trash(self) -> Trash:
        """Where messages are deleted to."""
        return Trash(self.root, self._layout.messages)

    @property
    def index_path(self) -> Path:
        """The file of the index."""
        return self._store.path

    def refresh(
        self, report: ProgressReport | None = None, *, only: Collection[str] | None = None
    ) -> list[AnyChange]:
        """Bring the index up to date; return what changed since the last time, whoever noticed it.

        report: is told how far it is. only: names of files to which something may have happened,
        where that is known; all are looked at where it is not.
        Raises MailboxError.
        """
        with self._lock:
            self._check_open()
            self._layout = Layout.of(self.root)
            update = Update(self._layout, self._store, self.marks, self._room, report, only)
            try:
                update.run()
            except (sqlite3.DatabaseError, *_WRONG) as error:
                if isinstance(error, sqlite3.DatabaseError) and not is_broken(error):
                    raise MailboxError(f"cannot use the index {self.index_path}: {error}") from None
                self._store.remove()
                self._store.open()
                Update(self._layout, self._store, self.marks, self._room, report).run()
            changes, self._seen = changes_since(self._store.connection, self._seen)
            trimmed, self._served = _trimmed(self._served, read_state(self.root))
            return [*changes, *trimmed]

    def serving(self) -> tuple[Serving, ServerState | None]:
        """Return who serves the directory, and what server.json says of it."""
        return serving_of(self.root)

    def messages(self, names: Sequence[str]) -> list[MessageSummary]:
        """Return messages by the names of their files; those that are gone are left out."""
        return self._ask(lambda connection: message_summaries(connection, names))

    def message(self, name: str) -> MessageSummary:
        """Return one message. Raises NotThereError."""
        found = self.messages([name])
        if not found:
            raise NotThereError(f"there is no message {safe_text(name, 100)!r}")
        return found[0]

    def sessions(self, names: Sequence[str]) -> list[SessionSummary]:
        """Return sessions by the names of their files; those that are gone are left out."""
        return self._ask(lambda connection: session_summaries(connection, names))

    def session(self, name: str) -> SessionSummary:
        """Return one session. Raises NotThereError."""
        found = self.sessions([name])
        if not found:
            raise NotThereError(f"there is no session {safe_text(name, 100)!r}")
        return found[0]

    def octets(self, name: str) -> bytes:
        """Return a message as it was sent. Raises NotThereError."""
        with _there("message", name):
            return self._path(self._layout.messages, name).read_bytes()

    def events(self, name: str) -> list[AnyEvent]:
        """Return what happened in a session. Its strings are not safe to show.

        Raises NotThereError.
        """
        with _there("session", name):
            return read_session(self._path(self._layout.sessions, name))

    def excerpt(self, session: str, around: str | Around) -> list[AnyEvent | LeftOut]:
        """Return what happened in a session, as much of it as somebody can look at.

        around: the file of a message that it brought, or another place. Strings are not safe to
        show.
        Raises NotThereError.
        """
        with _there("session", session):
            return read_excerpt(self._path(self._layout.sessions, session), around)

    def transaction(self, session: str, message: str) -> Transaction | None:
        """Return the transaction of a session that brought a message, None where none did.

        Its strings are not safe to show. Raises NotThereError.
        """
        with _there("session", session):
            return read_transaction(self._path(self._layout.sessions, session), message)

    def story(self, name: str) -> Story:
        """Return every try at sending the mail that a message is."""
        return self._ask(lambda connection: story_of_message(connection, name))

    def story_of(self, fingerprint: str) -> Story:
        """Return every try at sending the mail of a fingerprint."""
        return self._ask(lambda connection: story_of_fingerprint(connection, fingerprint))

    def story_of_try(self, session: str, ordinal: int) -> Story:
        """Return the story that a try is part of: the `ordinal`th, from 1, of a session."""
        return self._ask(lambda connection: story_of_try(connection, session, ordinal))

    def failed_tries(self, session: str, most: int) -> list[int]:
        """Return the last tries of a session that were not stored, by their places, from 1."""
        return self._ask(lambda connection: failed_tries(connection, session, most))

    def search(
        self, query: str | Query = "", found: Found = Found.MESSAGES, *, now: datetime | None = None
    ) -> Search:
        """Look for messages, or sessions; the names of their files come newest first.

        now: what `after:` and `before:` count from, in the zone of their dates; local time where
        none is given.
        Raises QueryError where the query is no query, and UnverifiedError where it asks who
        messages are from and that cannot be verified.
        """
        parsed = query if isinstance(query, Query) else parse_query(query)
        # Without a zone: that of summer is not that of winter.
        moment = now or datetime.now()  # noqa: DTZ005
        return Search(parsed, found, moment, self._ask, self._layout, self._verdicts)

    def verdict(self, name: str) -> Verdict | None:
        """Return who a message is from; None for a reader without a source of records.

        Raises UnverifiedError, and NotThereError.
        """
        if self._verdicts is None:
            return None
        found = self._verdicts.of([name])
        if name not in found:
            raise NotThereError(f"there is no message {safe_text(name, 100)!r}")
        return found[name]

    def order_keys(self, key: Key) -> dict[str, str | int]:
        """Return what to sort by, of all messages and failed sessions by name. Not safe to show."""
        return self._ask(lambda connection: order_keys(connection, key))

    def mail_keys(self) -> dict[str, str]:
        """Return which mail messages and failed sessions are tries at, equal for the same one."""
        return self._ask(mail_keys)

    def kept_refusals(self) -> list[tuple[str, str]]:
        """Return sessions, and the messages in them that were refused and kept all the same."""
        return self._ask(kept_refusals)

    def retain(self, retention: Retention, *, now: datetime | None = None) -> Removal:
        """Remove for good what is past the limits, as of the last refresh; return what it was."""
        messages, sessions = self._ask(kept_messages), self._ask(kept_sessions)
        chosen = choose(retention, messages, sessions, now or datetime.now(UTC))
        return remove(self._layout, chosen)

    def _last_entry(self) -> int:
        try:
            return last_entry(self._store.connection)
        except (sqlite3.DatabaseError, *_WRONG):
            self._store.remove()
            self._store.open()
            return last_entry(self._store.connection)

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask the index; where it turns out to be broken, it is made anew first."""
        try:
            return self._asked(question)
        except IndexBrokenError as error:
            broken = not error.removed
        with self._lock:
            seen = self._seen
            if broken:
                self._store.remove()
            self.refresh()
            # Who watches is told by the next look.
            self._seen = seen
        return self._asked(question)

    def _asked(self, question: Callable[[sqlite3.Connection], T]) -> T:
        with self._lists_lock:
            self._check_open()
            try:
                if self._lists.follow() and self._lists.made:
                    raise IndexBrokenError("the index was made anew", removed=True)
                return question(self._lists.connection)
            except (sqlite3.Error, *_WRONG) as error:
                said = f"cannot use the index {self.index_path}: {error}"
                if not isinstance(error, sqlite3.Error) or is_broken(error):
                    raise IndexBrokenError(said) from None
                raise MailboxError(said) from None

    def _keep(self, verdicts: Mapping[str, Kept], digest: bytes) -> None:
        def put(connection: sqlite3.Connection) -> None:
            with self._lists.writing():
                put_verdicts(connection, verdicts, digest)

        self._ask(put)

    def _check_open(self) -> None:
        if self._closed:
            raise MailboxError(f"the reader of {self.root} is closed")

    def _path(self, directory: Path, name: str) -> Path:
        if not is_file_name(name):
            raise NotThereError(f"{safe_text(name, 100)!r} is no name of a file in a mailbox")
        return directory / name


def serving_of(root: Path) -> tuple[Serving, ServerState | None]:
    """Return who serves a directory, which need not be there, and what server.json says of it."""
    state = read_state(root)
    if state is None:
        return Serving.NOBODY, None
    return (Serving.HERE if is_served(root, state) else Serving.ELSEWHERE), state


def _opened(root: Path, cache: Path | None, *, inside: bool, writable: bool) -> Store:
    """Open the index in the directory, or beside it where that is not wanted or does not work."""
    if inside:
        store = Store(place_in(root))
        try:
            store.open()
        except (MailboxError, OSError):
            store.close()
        else:
            return store
    try:
        store = Store(place_beside(root, cache))
        store.open()
    except OSError as error:
        if writable and not inside:
            return _opened(root, cache, inside=True, writable=False)
        why = (error.strerror or type(error).__name__).lower()
        raise MailboxError(
            f"there is no place for the index of {root}: {why}; set XDG_CACHE_HOME to a directory"
            " that can be written"
        ) from None
    return store


def _trimmed(
    before: ServerState | None, state: ServerState | None
) -> tuple[list[AnyChange], ServerState | None]:
    """Return what a server removed since it was asked about last, and what to compare with next."""
    if state is None or state.removed is None:
        return [], state or before
    messages, sessions = state.removed.all_messages, state.removed.all_sessions
    if before is not None and before.removed is not None and before.started == state.started:
        messages -= before.removed.all_messages
        sessions -= before.removed.all_sessions
    if not messages and not sessions:
        return [], state
    return [Trimmed(messages, sessions, state.removed.why)], state


@contextmanager
def _there(what: str, name: str) -> Iterator[None]:
    """Read a file of a mailbox. Raises NotThereError where it cannot be read."""
    try:
        yield
    except OSError:
        raise NotThereError(f"there is no {what} {safe_text(name, 100)!r}") from None
