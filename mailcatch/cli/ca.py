"""`mailcatch ca`: the certificate authority, and how to trust it."""

from __future__ import annotations

from typing import Annotated

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.options import AuthorityDirectory


def ca(
    path: Annotated[
        bool, typer.Option("--path", help="Print only the path of the certificate.")
    ] = False,
    pem: Annotated[bool, typer.Option("--pem", help="Print only the certificate itself.")] = False,
    ca_dir: AuthorityDirectory = None,
) -> None:
    """Print the certificate authority of `serve --tls`, and explain how to trust it."""
    from mailcatch.cli.terminal import path_text, say
    from mailcatch.cli.trusting import explanation
    from mailcatch.mail.safe import safe_text
    from mailcatch.securing import authority_directory
    from mailcatch.tls.authority import Authority
    from mailcatch.tls.errors import CertificateError

    if path and pem:
        fail("--path and --pem exclude each other: leave one of them out")
    try:
        file = Authority.open(ca_dir or authority_directory()).certificate_file
    except CertificateError as error:
        fail(str(error))
    shown = safe_text(path_text(file), 5_000)
    if path:
        say(shown)
        return
    say(file.read_text("ascii").rstrip())
    if not pem:
        for line in explanation(shown):
            say(line)
