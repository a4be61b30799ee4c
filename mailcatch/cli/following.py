"""Printing what is new in a mailbox, each thing once."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from mailcatch.cli.choosing import short
from mailcatch.cli.objects import attempt_object, message_object, session_object
from mailcatch.cli.refusals import failed, refusal_rows, refusals
from mailcatch.cli.rows import message_row
from mailcatch.cli.terminal import choose_paint, json_line, list_width, say, show_time
from mailcatch.mailbox.changes import (
    Added,
    AnyChange,
    Rebuilt,
    SessionClosed,
    SessionOpened,
    SessionUpdated,
)
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.search import Found


class Follower:
    """Prints messages and sessions with refusals that come from now on.

    json: as JSON objects. utc: with times in UTC.
    """

    def __init__(self, reader: Reader, *, json: bool, utc: bool) -> None:
        self._reader = reader
        self._json = json
        self._utc = utc
        self._paint = choose_paint()
        self._newest = next(iter(reader.search("").first(1)), "")
        self._told: set[str] = set(reader.search("is:refused", Found.SESSIONS).first(-1))

    def tell(self, changes: Iterable[AnyChange]) -> None:
        """Print what is new in what changed."""
        added: list[str] = []
        touched: dict[str, None] = {}
        for change in changes:
            match change:
                case Added(name):
                    added.append(name)
                case SessionOpened(name) | SessionUpdated(name) | SessionClosed(name):
                    touched[name] = None
                case Rebuilt():
                    names = self._reader.search("").first(-1)
                    added += [name for name in names if name > self._newest]
                    touched |= dict.fromkeys(
                        self._reader.search("is:refused", Found.SESSIONS).first(-1)
                    )
        added = sorted(set(added))
        self._newest = max([self._newest, *added])
        self._messages(added)
        self._refused([name for name in sorted(touched) if name not in self._told])
        # What follows reads each line when it comes, not when a buffer is full.
        sys.stdout.flush()

    def _messages(self, names: list[str]) -> None:
        for one in self._reader.messages(names):
            if one.refused:
                # It is told of with its session.
                continue
            if self._json:
                json_line({"event": "message"} | message_object(one))
            else:
                say(message_row(one, self._paint, list_width(), utc=self._utc))

    def _refused(self, names: list[str]) -> None:
        for session in self._reader.sessions(names):
            if not failed(session):
                continue
            self._told.add(session.name)
            found = refusals(self._reader, session)
            if self._json:
                transactions = [attempt_object(one) for one in found]
                about = session_object(session) | {"transactions": transactions}
                json_line({"event": "refused"} | about)
                continue
            when = self._paint.dim(show_time(session.began, utc=self._utc))
            said = "; ".join(refusal_rows(session, found[:3], self._paint))
            say(f"{self._paint.cyan(short(session.name))}  {when}  {said}")
