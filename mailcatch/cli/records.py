"""The options that say by which records it is verified who messages are from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.failure import fail

if TYPE_CHECKING:
    from mailcatch.verifying.verdict import Source

Zone = Annotated[
    Path | None,
    typer.Option(
        "--zone",
        metavar="FILE",
        help="Zone file with the keys and records by which DKIM, SPF, DMARC and ARC are verified.",
    ),
]
Dns = Annotated[
    bool, typer.Option("--dns", help="Look up in the DNS what the zone file does not have.")
]
SpfClient = Annotated[
    str | None,
    typer.Option(
        "--spf-client",
        metavar="ADDRESS",
        help="Suppose that messages come from this address, for SPF.",
    ),
]


def records_are_asked_for(context: typer.Context) -> bool:
    """Return whether the command line itself says where records are looked up."""
    sources = map(context.get_parameter_source, ("zone", "dns"))
    return any(source is not None and source.name == "COMMANDLINE" for source in sources)


def records_from(zone: Path | None, *, dns: bool, client: str | None) -> Source | None:
    """Return where records are looked up, None where nobody says so.

    Ends the command where the zone file cannot be read.
    """
    if zone is None and not dns:
        if client:
            fail("--spf-client says what SPF is judged by: give the records by --zone or --dns")
        return None
    from mailcatch.verifying.errors import VerifyingError
    from mailcatch.verifying.verdict import source_of

    place = zone.expanduser() if zone is not None else None
    try:
        return source_of(place, dns=dns, client=client or "")
    except VerifyingError as error:
        fail(str(error))
