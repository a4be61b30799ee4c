"""`mailcatch mark`: what the user notes on messages: read or unread, and tags."""

from __future__ import annotations

from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Several, joined


def mark(
    which: Several = None,
    everything: Annotated[bool, typer.Option("--all", help="Mark every message.")] = False,
    read: Annotated[bool, typer.Option("--read", help="As read.")] = False,
    unread: Annotated[bool, typer.Option("--unread", help="As unread.")] = False,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Put a tag on; several are possible.")
    ] = None,
    untag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Take a tag off; several are possible.")
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Mark messages as read or unread, and put tags on them or take them off."""
    from mailcatch.cli.choosing import meant
    from mailcatch.cli.opening import opened
    from mailcatch.cli.terminal import choose_paint, json_line, say
    from mailcatch.mail.safe import safe_text

    text = joined(which).strip()
    if bool(text) == everything:
        fail("say which messages: an ID or query, or --all")
    if read and unread:
        fail("--read and --unread exclude each other: leave one of them out")
    on, off = _tags(tag), _tags(untag)
    both = {one.lower() for one in on} & {one.lower() for one in off}
    if both:
        fail(f"--tag and --untag both name {safe_text(min(both))!r}: leave one of them out")
    if not (read or unread or on or off):
        fail("say how to mark them: --read, --unread, --tag TAG or --untag TAG")
    with opened(directory) as reader:
        names = meant(reader, text)
        if read or unread:
            reader.marks.mark("read" if read else "unread", names)
        for one in on:
            reader.marks.mark("tag", names, one)
        for one in off:
            reader.marks.mark("untag", names, one)
        reader.refresh()
        for message in reader.messages(names) if json else ():
            json_line({"id": message.name, "read": message.read, "tags": message.tags})
    if not json:
        done = ["read"] * read + ["unread"] * unread
        done += [f"#{one}" for one in on] + [f"no #{one}" for one in off]
        count = f"{len(names)} message{'s' * (len(names) != 1)}"
        say(f"marked {choose_paint().cyan(count)}: {safe_text(', '.join(done))}")


def _tags(given: list[str] | None) -> list[str]:
    """Return tags as they are kept; the sign that lists show before them may be written."""
    from mailcatch.mail.safe import safe_text

    tags = [safe_text(one.strip().removeprefix("#"), 100).strip() for one in given or ()]
    if not all(tags):
        fail("a tag needs a name")
    return tags
