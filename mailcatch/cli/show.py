"""`mailcatch show`: one message, in the form that is asked for."""

from __future__ import annotations

from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Utc, Which, joined
from mailcatch.cli.records import Dns, SpfClient, Zone, records_are_asked_for, records_from


def show(
    context: typer.Context,
    message: Which,
    headers: Annotated[bool, typer.Option("--headers", help="The header fields, decoded.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The readable text alone.")] = False,
    html: Annotated[bool, typer.Option("--html", help="The HTML.")] = False,
    source: Annotated[bool, typer.Option("--source", help="The message as it was sent.")] = False,
    parts: Annotated[bool, typer.Option("--parts", help="The MIME parts.")] = False,
    part: Annotated[
        str | None,
        typer.Option(metavar="N", help="The content of a part: its number, or a path such as 1.2."),
    ] = None,
    transcript: Annotated[
        bool, typer.Option("--transcript", help="The session; the ID may be that of a session.")
    ] = False,
    attempts: Annotated[
        bool, typer.Option("--attempts", help="Every try at sending this mail.")
    ] = False,
    notes: Annotated[
        bool, typer.Option("--notes", help="What a real receiver would stumble over.")
    ] = False,
    auth_results: Annotated[
        bool,
        typer.Option("--auth-results", help="Who it is from, by --zone: DKIM, ARC, SPF and DMARC."),
    ] = False,
    links: Annotated[bool, typer.Option("--links", help="The links and their targets.")] = False,
    codes: Annotated[bool, typer.Option("--codes", help="The one-time codes.")] = False,
    zone: Zone = None,
    dns: Dns = False,
    spf_client: SpfClient = None,
    directory: Directory = None,
    json: Json = False,
    utc: Utc = False,
) -> None:
    """Show a message."""
    from mailcatch.cli.opening import opened
    from mailcatch.cli.showing import Show

    forms = {
        "headers": headers,
        "text": text,
        "html": html,
        "source": source,
        "parts": parts,
        "part": part is not None,
        "transcript": transcript,
        "attempts": attempts,
        "notes": notes,
        "auth-results": auth_results,
        "links": links,
        "codes": codes,
    }
    wanted = [form for form, on in forms.items() if on]
    if len(wanted) > 1:
        fail(f"--{wanted[0]} and --{wanted[1]} exclude each other: leave one of them out")
    records = records_from(zone, dns=dns, client=spf_client)
    if auth_results and records is None:
        fail("--auth-results looks up keys and records: give them by --zone FILE, or by --dns")
    with opened(directory, records) as reader:
        shown = Show(reader, json=json, utc=utc, insists=records_are_asked_for(context))
        if transcript:
            shown.transcript(joined(message))
        else:
            shown.message(joined(message), wanted[0] if wanted else "", part or "")
