"""`mailcatch wait`: until a message is there, or with the reasons why it is not."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack, closing
from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Query, Utc, joined
from mailcatch.cli.quantities import parse_duration
from mailcatch.cli.records import Dns, SpfClient, Zone, records_from


def parse_timeout(text: str) -> float:
    """Return seconds, of which there may be none: then the answer is what is there now.

    Raises ValueError.
    """
    return 0.0 if str(text).strip() in {"0", "0s", "0.0"} else parse_duration(text)


def wait(
    query: Query = None,
    count: Annotated[int, typer.Option(min=1, help="Wait for so many.")] = 1,
    timeout: Annotated[
        float,
        typer.Option(
            parser=parse_timeout,
            metavar="TIME",
            show_default="30s",
            help="How long, in seconds, or such as 500ms; 0 looks and does not wait.",
        ),
    ] = 30.0,
    none: Annotated[
        bool, typer.Option("--none", help="Wait the whole time for none to be there.")
    ] = False,
    zone: Zone = None,
    dns: Dns = False,
    spf_client: SpfClient = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """Wait until a message is there; otherwise say what came, and what was refused."""
    from mailcatch.cli.arriving import arrived
    from mailcatch.cli.objects import message_object
    from mailcatch.cli.opening import RESCAN, appears, fail_query, opened
    from mailcatch.cli.place import mailbox_directory
    from mailcatch.cli.reasons import Before, explain
    from mailcatch.cli.rows import message_row
    from mailcatch.cli.terminal import choose_paint, json_line, list_width, remark, say
    from mailcatch.mailbox.search import QueryError, parse_query
    from mailcatch.mailbox.watch import follow

    if none and count != 1:
        fail("--none and --count exclude each other: leave one of them out")
    deadline = time.monotonic() + timeout
    try:
        wanted = arrived(parse_query(joined(query)))
    except QueryError as error:
        fail_query(error)
    root = mailbox_directory(directory)
    if not appears(root, deadline):
        fail(f"there is no mailbox at {root}, and none was made meanwhile")
    with opened(root, records_from(zone, dns=dns, client=spf_client)) as reader:
        before = Before.now(reader)
        found = reader.search(wanted).first(count)
        with ExitStack() as ending:
            if len(found) < count and timeout:
                left = max(deadline - time.monotonic(), 0)
                # Ended after it was told what came, because that takes a moment.
                watched = ending.enter_context(closing(follow(reader, timeout=left, rescan=RESCAN)))
                for _ in watched:
                    found = reader.search(wanted).first(count)
                    if len(found) >= count:
                        break
            there = len(found) >= count
            if none or there:
                for one in reader.messages(found):
                    if json:
                        json_line(message_object(one))
                    else:
                        say(message_row(one, choose_paint(), list_width(), utc=utc))
                sys.stdout.flush()
        if none and there:
            remark("mailcatch: a message is there that fits, and none was to be")
        if there != none:
            return
        if not there:
            explain(reader, wanted, len(found), count, before, json=json, utc=utc)
        raise typer.Exit(1)
