"""`mailcatch ls`: the messages, newest first."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from mailcatch.cli.options import Directory, Json, Query, Utc, joined

_AT_ONCE = 200


def ls(
    query: Query = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The newest so many; all by default.")
    ] = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """List messages, newest first."""
    from mailcatch.cli.objects import message_object
    from mailcatch.cli.opening import opened
    from mailcatch.cli.rows import message_row
    from mailcatch.cli.terminal import choose_paint, json_line, remark, say, width

    paint, cells = choose_paint(), width()
    with opened(directory) as reader:
        search = reader.search(joined(query))
        # A search that looks into files gives names as it finds them: each is shown at once.
        step = 1 if search.looks_into_files else _AT_ONCE
        names = islice(search, limit)
        while chunk := list(islice(names, step)):
            for one in reader.messages(chunk):
                if json:
                    json_line(message_object(one))
                else:
                    say(message_row(one, paint, cells, utc=utc))
        if search.skipped:
            remark(f"mailcatch: {len(search.skipped)} messages took too long to look into")
