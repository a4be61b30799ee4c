"""`mailcatch ls`: the messages, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.cli.listing import Limit, say_found
from mailcatch.cli.options import Directory, Json, Query, Utc, joined
from mailcatch.cli.records import Dns, SpfClient, Zone, records_from

if TYPE_CHECKING:
    from mailcatch.mailbox.index.rows import MessageSummary


def ls(
    query: Query = None,
    limit: Limit = None,
    zone: Zone = None,
    dns: Dns = False,
    spf_client: SpfClient = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """List messages, newest first."""
    from mailcatch.cli.objects import message_object
    from mailcatch.cli.opening import opened
    from mailcatch.cli.rows import message_row
    from mailcatch.cli.terminal import choose_paint, json_line, list_width, say

    paint, cells = choose_paint(), list_width()

    def say_message(one: MessageSummary) -> None:
        if json:
            json_line(message_object(one))
        else:
            say(message_row(one, paint, cells, utc=utc))

    with opened(directory, records_from(zone, dns=dns, client=spf_client)) as reader:
        say_found(reader.search(joined(query)), limit, reader.messages, say_message)
