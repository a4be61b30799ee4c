"""`mailcatch export`: messages in one file, or a directory, that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Query, joined


def export(
    query: Query = None,
    mbox: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A new mbox file.", show_default=False)
    ] = None,
    maildir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="A Maildir, made where it is missing.", show_default=False
        ),
    ] = None,
    zip_file: Annotated[
        Path | None,
        typer.Option("--zip", metavar="FILE", help="A new zip file.", show_default=False),
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Write messages, oldest first, where other programs can read them."""
    from mailcatch.cli.arriving import arrived
    from mailcatch.cli.exporting import Maildir, Mbox, Messages, Zip
    from mailcatch.cli.opening import opened
    from mailcatch.cli.progress import progress
    from mailcatch.cli.terminal import choose_paint, json_line, path_text, remark, say
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.search import parse_query

    targets: list[tuple[type[Mbox | Maildir | Zip], Path]] = []
    if mbox is not None:
        targets.append((Mbox, mbox))
    if maildir is not None:
        targets.append((Maildir, maildir))
    if zip_file is not None:
        targets.append((Zip, zip_file))
    if len(targets) != 1:
        fail("say where to write: one of --mbox FILE, --maildir DIR and --zip FILE")
    kind, path = targets[0][0], targets[0][1].expanduser()
    with opened(directory) as reader:
        names = list(reader.search(arrived(parse_query(joined(query)))))[::-1]
        if not names:
            remark("mailcatch: no message fits")
            raise typer.Exit(1)
        try:
            with progress("exporting", len(names)) as report:
                count = kind(path).write(Messages(reader, names, report))
        except FileExistsError:
            fail(f"{path} is there already: remove it, or name another")
        except OSError as error:
            fail(f"cannot write {path}: {safe_text((error.strerror or str(error)).lower())}")
        if json:
            json_line({"file": path_text(path), "messages": count})
        else:
            paint = choose_paint()
            many = paint.green(f"{count} message{'s' * (count != 1)}")
            say(f"{many} in {paint.cyan(safe_text(str(path), 5_000))}")
