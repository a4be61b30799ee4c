"""How a command ends when it cannot do what was asked."""

from __future__ import annotations

from typing import NoReturn

import typer

from mailcatch.mail.safe import safe_lines


def fail(message: str, status: int = 2) -> NoReturn:
    """Say in one sentence what was wrong and what to do, and end.

    message: may quote a file that came from elsewhere, such as a project's configuration. status:
    the exit status; another one only where programs expect another.
    """
    typer.echo(f"mailcatch: {safe_lines(message)}", err=True)
    raise typer.Exit(status)
