"""`mailcatch sessions`: the conversations, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.cli.listing import Limit, say_found
from mailcatch.cli.options import Directory, Json, Query, Utc, joined

if TYPE_CHECKING:
    from mailcatch.mailbox.index.rows import SessionSummary


def sessions(
    query: Query = None,
    limit: Limit = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """List sessions, newest first."""
    from mailcatch.cli.live import live_since
    from mailcatch.cli.objects import session_object
    from mailcatch.cli.opening import opened
    from mailcatch.cli.rows import session_row
    from mailcatch.cli.terminal import choose_paint, json_line, say
    from mailcatch.mailbox.search import Found

    paint = choose_paint()

    def say_session(one: SessionSummary) -> None:
        if json:
            json_line(session_object(one))
        else:
            say(session_row(one, paint, utc=utc, live=is_live(one)))

    def is_live(one: SessionSummary) -> bool:
        return one.ended is None and bool(since) and one.name >= since

    with opened(directory) as reader:
        since = live_since(reader)
        search = reader.search(joined(query), Found.SESSIONS)
        say_found(search, limit, reader.sessions, say_session)
