"""`mailcatch --show-completion` and `--install-completion`, with or without naming a shell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import typer

from mailcatch.cli.failure import fail

SHOW: Final = "--show-completion"
INSTALL: Final = "--install-completion"


def with_shell(arguments: list[str]) -> list[str]:
    """Return the program's arguments with the user's shell where an option names none."""
    if arguments and arguments[-1] in (SHOW, INSTALL):
        return [*arguments, _users_shell()]
    return arguments


def show_completion(shell: str | None) -> None:
    """Print the script of a shell, and end."""
    from mailcatch.cli.shells import UnknownShellError, script_of

    if shell is None:
        return
    try:
        typer.echo(script_of(shell), nl=False)
    except UnknownShellError as error:
        fail(str(error))
    raise typer.Exit


def install_completion(shell: str | None) -> None:
    """Put the script of a shell where it looks, and end."""
    from mailcatch.cli.shells import UnknownShellError, install

    if shell is None:
        return
    try:
        for path in install(shell, Path.home()):
            typer.echo(f"written: {path}")
    except UnknownShellError as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot write {error.filename}: {(error.strerror or str(error)).lower()}")
    typer.echo(f"A new {shell} completes mailcatch's words.")
    raise typer.Exit


def _users_shell() -> str:
    """Return the name of the shell that runs this program, or the one that the user logs in to."""
    import shellingham  # type: ignore[import-untyped]

    try:
        name: str = shellingham.detect_shell()[0]
    except (shellingham.ShellDetectionFailure, OSError):
        name = os.environ.get("SHELL", "").rpartition("/")[2]
    if not name:
        fail(f"which shell this is cannot be seen: write {SHOW} bash, zsh or fish")
    return name
