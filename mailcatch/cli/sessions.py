"""`mailcatch sessions`: the conversations, newest first."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from mailcatch.cli.options import Directory, Json, Query, Utc, joined

_AT_ONCE = 200


def sessions(
    query: Query = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The newest so many; all by default.")
    ] = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """List sessions, newest first."""
    from mailcatch.cli.objects import session_object
    from mailcatch.cli.opening import opened
    from mailcatch.cli.rows import session_row
    from mailcatch.cli.terminal import choose_paint, json_line, say
    from mailcatch.mailbox.search import Found

    paint = choose_paint()
    with opened(directory) as reader:
        search = reader.search(joined(query), Found.SESSIONS)
        step = 1 if search.looks_into_files else _AT_ONCE
        names = islice(search, limit)
        while chunk := list(islice(names, step)):
            for one in reader.sessions(chunk):
                if json:
                    json_line(session_object(one))
                else:
                    say(session_row(one, paint, utc=utc))
