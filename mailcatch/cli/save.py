"""`mailcatch save`: a message, or what is in it, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Which, joined


def save(
    message: Which,
    part: Annotated[
        str | None,
        typer.Option(metavar="N", help="Save one part: its number, or a path such as 1.2."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Save every attachment and inline image.")
    ] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to save; the current directory by default.",
            show_default=False,
        ),
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Save a message as it was sent, or parts of it, without writing over anything."""
    from mailcatch.cli.choosing import one
    from mailcatch.cli.opening import opened
    from mailcatch.cli.pieces import take_files, take_part
    from mailcatch.cli.saving import file_name, part_name, write_new
    from mailcatch.cli.terminal import choose_paint, json_line, path_text, remark, say
    from mailcatch.mail.safe import safe_text
    from mailcatch.mail.worker import Worker

    if everything and part is not None:
        fail("--part and --all exclude each other: leave one of them out")
    where = (to or Path()).expanduser()
    with opened(directory) as reader, Worker() as worker:
        name = one(reader, joined(message))
        raw = reader.octets(name)
        wanted = [part] if part is not None else []
        if everything:
            wanted = [str(number) for number in worker.call(take_files, raw)]
            if not wanted:
                remark("mailcatch: this message has no attachments")
                raise typer.Exit(1)
        saved: list[tuple[Path, int, int | None]] = []
        try:
            where.mkdir(parents=True, exist_ok=True)
            for which in wanted:
                piece = worker.call(take_part, raw, which)
                if piece is None:
                    remark(f"mailcatch: there is no part '{safe_text(which)}'; show --parts lists")
                    raise typer.Exit(1)
                if piece.cut:
                    remark(f"mailcatch: only the beginning of part {piece.number} is saved")
                called = part_name(piece.filename, piece.number, piece.content_type)
                path = write_new(where, called, piece.octets)
                saved.append((path, len(piece.octets), piece.number))
            if not wanted:
                path = write_new(where, file_name(name, "message.eml"), raw)
                saved.append((path, len(raw), None))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            fail(f"cannot write into {where}: {safe_text(why)}")
        for path, size, number in saved:
            if json:
                json_line({"file": path_text(path), "size": size, "part": number})
            else:
                say(choose_paint().cyan(safe_text(str(path), 5_000)))
