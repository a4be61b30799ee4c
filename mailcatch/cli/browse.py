"""`mailcatch open`: a message in the browser, where nothing in it runs or is fetched."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import Directory, Json, Which, joined
from mailcatch.cli.quantities import parse_size

_IMAGES: Final = 20 * 1024 * 1024


def open_in_browser(
    message: Which,
    print_path: Annotated[
        bool, typer.Option("--print", help="Print where the page is, and start no browser.")
    ] = False,
    max_images: Annotated[
        int,
        typer.Option(
            parser=parse_size,
            metavar="SIZE",
            show_default="20MiB",
            help="The most octets of images inside the page.",
        ),
    ] = _IMAGES,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Show a message in the browser: without scripts, and without loading anything."""
    import sys
    import webbrowser

    from mailcatch.cli.choosing import one
    from mailcatch.cli.noting import note_read
    from mailcatch.cli.opening import opened
    from mailcatch.cli.page_file import read_page, sweep_pages, write_page
    from mailcatch.cli.terminal import choose_paint, json_line, path_text, remark, say
    from mailcatch.mail.safe import safe_text

    with opened(directory) as reader:
        name = one(reader, joined(message))
        page = read_page(reader.octets(name), max_images)
    try:
        sweep_pages()
        path = write_page(page.html)
    except OSError as error:
        fail(f"cannot write the page: {(error.strerror or str(error)).lower()}")
    if json:
        about = {"file": path_text(path), "url": path.as_uri()}
        json_line(about | {"blocked": page.blocked, "not_shown": page.not_shown})
    elif print_path:
        say(choose_paint().cyan(safe_text(str(path), 5_000)))
    paint = choose_paint(sys.stderr)
    for told, why in ((page.blocked, "not loaded from elsewhere"), (page.not_shown, "not shown")):
        if told and not json:
            remark(f"mailcatch: {paint.yellow(f'{why}: {len(told)}')}; the page lists them")
    if print_path:
        return
    if not webbrowser.open(path.as_uri()):
        fail(f"no browser could be started: set BROWSER to one, or open {path} yourself")
    if not json:
        note_read(reader.marks, name)
