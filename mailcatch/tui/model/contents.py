"""The mailbox as the screen asks for it: names in order, and the rows of those in sight."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from mailcatch.mailbox.events import Transaction
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.index.keys import Key
from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary
from mailcatch.mailbox.names import beginning_at, is_name, time_of
from mailcatch.mailbox.reader import Reader, Serving
from mailcatch.mailbox.search import Found, Query, Search, parse_query
from mailcatch.mailbox.server_file import ServerState
from mailcatch.tui.model.facts import Facts, facts_of_message, facts_of_session
from mailcatch.tui.model.listing import is_session
from mailcatch.tui.model.story import briefly

_MOST_TRIES: Final = 10
_KEPT: Final = 2_000
_AT_ONCE: Final = 200
"""Messages that are told of before all are known."""
_LENGTH: Final = len("20261123T145610.123456Z-7Q3K.eml")
_PATIENCE: Final = 0.25
"""Seconds after which what was found so far is told."""

Note = Callable[[Search], None]
"""Is told of a search, so that it can be stopped."""


@dataclass(frozen=True, slots=True)
class Names:
    """What was found, newest first. whole: whether that is all."""

    names: list[str]
    whole: bool = True


class Contents:
    """Rows of a mailbox.

    rows: the reader that rows in sight are asked from, on the thread that paints. finder: another
    one, for searches that take longer, on other threads.
    """

    def __init__(self, rows: Reader, finder: Reader) -> None:
        self._reader = rows
        self._finder = finder
        self._facts: dict[str, Facts] = {}
        self._stories: dict[str, tuple[str, str]] = {}
        self._live_since = ""

    def newest(self, most: int) -> list[str]:
        """Return the newest of what the list shows: quickly, and on the thread that paints."""
        messages = self._reader.search("").first(most)
        sessions = self._sessions("", self._reader, None, most)
        return _merged(messages, self._without_kept(sessions, set(messages)))[:most]

    def find(self, query: str, running: Note | None = None) -> Generator[Names, None, None]:
        """Give messages, and sessions in which something was refused or goes on, newest first.

        Where there are many, or files have to be looked into, the first ones come first. running:
        is told the searches, to stop them. Raises QueryError and MailboxError.
        """
        search = self._search(parse_query(query), Found.MESSAGES, running)
        messages: list[str] = []
        if search.looks_into_files:
            told = monotonic()
            for name in search:
                messages.append(name)
                if monotonic() - told > _PATIENCE:
                    yield Names([*messages], whole=False)
                    told = monotonic()
        else:
            messages = search.first(_AT_ONCE)
            if len(messages) == _AT_ONCE:
                yield Names(messages, whole=False)
                messages = search.first(-1)
        sessions = self._sessions(query, self._finder, running)
        yield Names(
            _merged(messages, self._without_kept(sessions, set(messages))) if sessions else messages
        )

    def facts(self, name: str) -> Facts | None:
        """Return the row of a message or session, None where it is gone."""
        if name not in self._facts:
            self.fetch([name])
        return self._facts.get(name)

    def fetch(self, names: Iterable[str]) -> None:
        """Have rows at hand."""
        missing = [name for name in names if name not in self._facts]
        if not missing:
            return
        if len(self._facts) > _KEPT:
            self._facts.clear()
        for message in self._reader.messages([one for one in missing if not is_session(one)]):
            refused = kept_of(self._reader, message)
            self._facts[message.name] = facts_of_message(message, refused)
        for session in self._reader.sessions([one for one in missing if is_session(one)]):
            refused = refusal(self._reader, session)
            live = session.ended is None and self._is_live(session.name)
            self._facts[session.name] = facts_of_session(session, refused, live=live)

    def forget(self, names: Iterable[str] | None = None) -> None:
        """Ask anew for rows that changed; for all where none are named."""
        self._stories.clear()
        if names is None:
            self._facts.clear()
            return
        for name in names:
            self._facts.pop(name, None)

    def serving(self) -> tuple[Serving, ServerState | None]:
        """Return who serves the mailbox. Sessions older than the server can be live no more."""
        serving, state = self._reader.serving()
        self._live_since = beginning_at(state.started) if state is not None else ""
        return serving, state

    def counts(self) -> tuple[int, int]:
        """Return how many messages there are, and sessions in which something was refused."""
        messages = self._finder.search("").count()
        return messages, self._finder.search("is:refused", Found.SESSIONS).count()

    def sessions(self, *, refused_only: bool, most: int) -> list[SessionSummary]:
        """Return the newest sessions."""
        names = self._finder.search("is:refused" if refused_only else "", Found.SESSIONS).first(
            most
        )
        return self._finder.sessions(names)

    def is_live(self, session: SessionSummary) -> bool:
        """Whether a session goes on."""
        return session.ended is None and self._is_live(session.name)

    def messages_of(self, session: str) -> list[str]:
        """Return the messages that came in a session, oldest first."""
        found = [one.file for one in self._finder.events(session) if isinstance(one, Transaction)]
        there = {one.name for one in self._finder.messages([name for name in found if name])}
        return [name for name in found if name in there]

    def newest_with_code(self) -> list[str]:
        """Return the newest messages that seem to hold a one-time code."""
        return self._finder.search("has:code").first(5)

    def order_keys(self, key: Key) -> dict[str, str | int]:
        """Return what to sort by, of all there is by name."""
        return self._finder.order_keys(key)

    def moments(self, names: Sequence[str]) -> list[tuple[str, datetime]]:
        """Return when each came."""
        foreign = [name for name in names if time_of(name) is None]
        known = {one.name: one.arrived for one in self._finder.messages(foreign)} if foreign else {}
        return [
            (name, moment)
            for name in names
            if (moment := time_of(name) or known.get(name)) is not None
        ]

    def mails(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return which mail each is a try at: equal for tries at the same one."""
        mail = self._finder.mail_keys()
        return [(name, mail.get(name, name)) for name in names]

    def story(self, names: Sequence[str]) -> tuple[str, str]:
        """Return what a mail is called, of which these are tries, and its story in a few cells."""
        key = names[-1]
        if key not in self._stories:
            self._stories[key] = self._story(names)
        return self._stories[key]

    def _story(self, names: Sequence[str]) -> tuple[str, str]:
        messages = self._reader.messages([name for name in names if not is_session(name)][:1])
        if messages:
            about = messages[0]
            attempts = self._reader.story(about.name).attempts
            return about.subject or "(no subject)", briefly(attempts)
        attempts = self._reader.story_of_try(names[0], 1).attempts
        to = ", ".join(attempts[0].recipients) if attempts else ""
        return f"to {to or 'nobody'}", briefly(attempts)

    def of_interest(self, names: Iterable[str]) -> set[str]:
        """Return the sessions that the list shows: something was refused in them, or they go on."""
        sessions = self._finder.sessions([*names])
        found = {
            one.name
            for one in sessions
            if one.refused or one.turned_away or (one.ended is None and self._is_live(one.name))
        }
        if not any(one.refused for one in sessions):
            return found
        # What was kept though it was refused stands in the list as a message.
        return found - {session for session, _ in self._finder.kept_refusals()}

    def _sessions(
        self, query: str, reader: Reader, running: Note | None, most: int = -1
    ) -> list[str]:
        """Return the sessions that the list shows."""
        wanted = ["is:refused", "is:live"] if self._live_since else ["is:refused"]
        found: set[str] = set()
        for state in wanted:
            search = self._search(_narrowed(query, state), Found.SESSIONS, running, reader)
            names = search.first(most)
            found.update(names if state == "is:refused" else filter(self._is_live, names))
        return sorted(found, reverse=True)

    def _without_kept(self, sessions: list[str], messages: set[str]) -> list[str]:
        """Leave out sessions of which a refused message was kept: it stands in the list itself."""
        kept = {one for one, message in self._reader.kept_refusals() if message in messages}
        return [name for name in sessions if name not in kept]

    def _is_live(self, name: str) -> bool:
        return bool(self._live_since) and name >= self._live_since

    def _search(
        self, query: Query, found: Found, running: Note | None, reader: Reader | None = None
    ) -> Search:
        search = (reader or self._finder).search(query, found)
        if running is not None:
            running(search)
        return search


def kept_of(reader: Reader, message: MessageSummary) -> Attempt | None:
    """Return the try that a message was kept of though it was refused, None for any other."""
    if not message.refused:
        return None
    tries = reader.story(message.name).attempts
    return next((one for one in tries if one.message == message.name), None)


def refusal(reader: Reader, session: SessionSummary) -> Attempt | None:
    """Return the first try of a session that was not stored, None where all were."""
    if not session.refused:
        return None
    for ordinal in range(1, min(session.tries, _MOST_TRIES) + 1):
        for one in reader.story_of_try(session.name, ordinal).attempts:
            itself = (one.session, one.ordinal) == (session.name, ordinal)
            if itself and one.outcome != "stored":
                return one
    return None


def _narrowed(query: str, wanted: str) -> Query:
    return parse_query(f"({query}) {wanted}" if query.strip() else wanted)


def _merged(messages: Sequence[str], sessions: Sequence[str]) -> list[str]:
    """Put sessions among messages; both come newest first.

    Names of files that were not made by the server say nothing of their time: they stay where they
    are among the messages.
    """
    if not sessions:
        return [*messages]
    if set(map(len, messages)) <= {_LENGTH}:
        # Two runs that are in order already are merged by sorting, without looking at each name.
        return sorted([*messages, *sessions], reverse=True)
    merged: list[str] = []
    at = 0
    for message in messages:
        if is_name(message.removesuffix(".eml")):
            while at < len(sessions) and sessions[at] > message:
                merged.append(sessions[at])
                at += 1
        merged.append(message)
    return [*merged, *sessions[at:]]
