"""`mailcatch demo`: something to look at."""

from __future__ import annotations

from typing import Annotated

import typer

from mailcatch.cli.destination import (
    HOST,
    PORT,
    Directory,
    Host,
    NoDestinationError,
    Port,
    find_destination,
)
from mailcatch.cli.failure import fail


def demo(
    context: typer.Context,
    host: Host = HOST,
    port: Port = PORT,
    directory: Directory = None,
    count: Annotated[int, typer.Option(min=1, help="How often to send all of them.")] = 1,
) -> None:
    """Send sample mails of many kinds to a running server, some of which it refuses."""
    from mailcatch.cli.demonstration import demonstrate
    from mailcatch.cli.submission import NothingListensError
    from mailcatch.cli.terminal import choose_paint, say
    from mailcatch.mail.safe import safe_text

    paint = choose_paint()
    try:
        destination = find_destination(context, host, port, directory)
        for _ in range(count):
            for subject, answer in demonstrate(destination):
                answered = paint.green if answer.startswith("2") else paint.red
                say(f"{subject}: {answered(safe_text(answer))}")
    except NoDestinationError as error:
        fail(str(error))
    except NothingListensError as error:
        fail(f"{error}: start mailcatch serve, or name another server with --host and --port")
