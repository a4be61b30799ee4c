"""How a command ends when it cannot do what was asked."""

from __future__ import annotations

from typing import NoReturn

import typer


def fail(message: str) -> NoReturn:
    """Say in one sentence what was wrong and what to do, and end with exit status 2."""
    typer.echo(f"mailcatch: {message}", err=True)
    raise typer.Exit(2)
