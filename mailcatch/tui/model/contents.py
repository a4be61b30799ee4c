"""The mailbox as the screen asks for it: names in order, and the rows of those in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from mailcatch.mailbox.events import Transaction
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.index.rows import SessionSummary
from mailcatch.mailbox.names import beginning_at, is_name, time_of
from mailcatch.mailbox.reader import Reader, Serving
from mailcatch.mailbox.search import Found, Query, Search, parse_query
from mailcatch.mailbox.server_file import ServerState
from mailcatch.tui.model.facts import Facts, facts_of_message, facts_of_session
from mailcatch.tui.model.listing import is_session
from mailcatch.tui.model.story import told

_MOST_TRIES: Final = 10
_KEPT: Final = 2_000


class Contents:
    """Rows of a mailbox.

    rows: the reader that rows in sight are asked from, on the thread that paints. finder: another
    one, for searches that take longer, on other threads.
    """

    def __init__(self, rows: Reader, finder: Reader) -> None:
        self._reader = rows
        self._finder = finder
        self._facts: dict[str, Facts] = {}
        self._live_since = ""

    def find(self, query: str, *, most: int = -1, running: Callable[[Search], None] | None = None
    ) -> list[str]:  # fmt: skip
        """Return messages, and sessions in which something was refused or goes on, newest first.

        most: names at most; all where it is negative. running: is told the searches, to stop them.
        Raises QueryError and MailboxError.
        """
        parsed = parse_query(query)
        messages = self._search(parsed, Found.MESSAGES, most, running)
        sessions = self._search(_narrowed(query, "is:refused"), Found.SESSIONS, most, running)
        if self._live_since:
            live = self._search(_narrowed(query, "is:live"), Found.SESSIONS, most, running)
            both = {*sessions, *(name for name in live if self._is_live(name))}
            sessions = sorted(both, reverse=True)
        return _merged(messages, sessions)[: most if most >= 0 else None]

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
            self._facts[message.name] = facts_of_message(message)
        for session in self._reader.sessions([one for one in missing if is_session(one)]):
            refused = refusal(self._reader, session)
            live = session.ended is None and self._is_live(session.name)
            self._facts[session.name] = facts_of_session(session, refused, live=live)

    def forget(self, names: Iterable[str] | None = None) -> None:
        """Ask anew for rows that changed; for all where none are named."""
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

    def all_facts(self, names: Sequence[str]) -> list[Facts]:
        """Return the rows of many; on a thread, because that takes time."""
        found = {one.name: facts_of_message(one) for one in self._finder.messages(
            [name for name in names if not is_session(name)])}  # fmt: skip
        for session in self._finder.sessions([name for name in names if is_session(name)]):
            refused = refusal(self._finder, session)
            found[session.name] = facts_of_session(session, refused, live=self.is_live(session))
        return [found[name] for name in names if name in found]

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
        messages = [name for name in names if not is_session(name)]
        mail = {one.name: one.fingerprint or one.name for one in self._finder.messages(messages)}
        # A refused try belongs to the mail that was stored in the end, where it was.
        for one in self._finder.messages(messages):
            if one.tries > one.copies:
                for attempt in self._finder.story(one.name).attempts:
                    mail.setdefault(f"{attempt.session}", one.fingerprint or one.name)
        for name in names:
            if name not in mail and is_session(name):
                self._join_failed(name, mail)
        return [(name, mail[name]) for name in names if name in mail]

    def _join_failed(self, name: str, mail: dict[str, str]) -> None:
        """Put tries together that never got through."""
        story = self._finder.story_of_try(name, 1).attempts
        for attempt in story:
            mail.setdefault(attempt.session, story[0].session)
        mail.setdefault(name, name)

    def told(self, names: Sequence[str]) -> str:
        """Return the story of a mail, of which these are tries, in a line."""
        messages = [name for name in names if not is_session(name)]
        if messages:
            about = self._finder.message(messages[0])
            story = told(self._finder.story(about.name).attempts)
            return f"{about.subject or '(no subject)'} — {story}"
        attempts = self._finder.story_of_try(names[0], 1).attempts
        to = ", ".join(attempts[0].recipients) if attempts else ""
        return f"{to or 'nobody'} — {told(attempts)}"

    def of_interest(self, names: Iterable[str]) -> set[str]:
        """Return the sessions that the list shows: something was refused in them, or they go on."""
        return {
            one.name
            for one in self._reader.sessions([*names])
            if one.refused or one.turned_away or (one.ended is None and self._is_live(one.name))
        }

    def _is_live(self, name: str) -> bool:
        return bool(self._live_since) and name >= self._live_since

    def _search(
        self, query: Query, found: Found, most: int, running: Callable[[Search], None] | None
    ) -> list[str]:
        search = self._finder.search(query, found)
        if running is not None:
            running(search)
        return search.first(most)


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
    merged: list[str] = []
    at = 0
    for message in messages:
        if is_name(message.removesuffix(".eml")):
            while at < len(sessions) and sessions[at] > message:
                merged.append(sessions[at])
                at += 1
        merged.append(message)
    return [*merged, *sessions[at:]]
