"""`mailcatch view`: a mailbox, or one message, on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.records import Dns, SpfClient, Zone, records_from


def view(
    context: typer.Context,
    place: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR|FILE.eml",
            help="A mailbox, live or copied, or one message; by default the user's own mailbox.",
            show_default=False,
        ),
    ] = None,
    zone: Zone = None,
    dns: Dns = False,
    spf_client: SpfClient = None,
) -> None:
    """Look at a mailbox or a message on the screen, without serving it."""
    from mailcatch.cli.looking import look_at
    from mailcatch.cli.place import mailbox_directory

    where = place.expanduser() if place is not None else mailbox_directory(None)
    if not where.exists():
        fail(f"there is nothing at {where}: 'mailcatch' alone serves a mailbox and shows it")
    look_at(context, where, records_from(zone, dns=dns, client=spf_client))
