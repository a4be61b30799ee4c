"""`mailcatch diff`: what is different in two messages."""

from __future__ import annotations

from typing import Annotated

import typer

from mailcatch.cli.options import Directory, Json

_METAVAR = "ID|last|QUERY"


def diff(
    first: Annotated[str, typer.Argument(metavar=_METAVAR, help="A message.")],
    second: Annotated[str, typer.Argument(metavar=_METAVAR, help="Another one.")],
    source: Annotated[
        bool, typer.Option("--source", help="Compare the octets, line by line.")
    ] = False,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A header field not to look at; several times."),
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Compare two messages: headers, text and structure."""
    from mailcatch.cli.choosing import one
    from mailcatch.cli.differences import say_comparison, say_hunks, take_comparison
    from mailcatch.cli.opening import opened
    from mailcatch.mail.comparison import compare_sources
    from mailcatch.mail.worker import Worker

    with opened(directory) as reader, Worker() as worker:
        try:
            names = [one(reader, text) for text in (first, second)]
        except typer.Exit:
            # Status 1 says that there are two messages, and that they differ.
            raise typer.Exit(2) from None
        before, after = (reader.octets(name) for name in names)
        if source:
            hunks = worker.call(compare_sources, before, after)
            same = not hunks
            say_hunks(hunks, names, json=json)
        else:
            found = worker.call(take_comparison, before, after, tuple(ignore or ()))
            same = found.same
            say_comparison(found, names, json=json)
    if not same:
        raise typer.Exit(1)
