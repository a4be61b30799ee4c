"""The commands, and where their options come from: flag, environment, configuration, default."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from mailcatch._version import __version__
from mailcatch.cli import sysexits
from mailcatch.cli.commands import PREFIX, CommandGroup, defaults, settings
from mailcatch.cli.configuration import ConfigurationError, find, load
from mailcatch.cli.failure import fail
from mailcatch.cli.options import SETTINGS
from mailcatch.cli.shell_options import install_completion, show_completion

app = typer.Typer(
    name="mailcatch",
    cls=CommandGroup,
    add_completion=False,
    help="A mail catcher: takes every message, keeps the exact bytes and the whole conversation.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailcatch {__version__}")
        raise typer.Exit


@app.callback()
def configure(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Configuration file; by default the nearest mailcatch.toml, or pyproject.toml with"
            " [tool.mailcatch].",
            envvar=f"{PREFIX}CONFIG",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version)
    ] = False,
    show_completion: Annotated[
        str | None,
        typer.Option(
            metavar="[SHELL]",
            help="Print the script that completes words in bash, zsh or fish.",
            callback=show_completion,
            is_eager=True,
        ),
    ] = None,
    install_completion: Annotated[
        str | None,
        typer.Option(
            metavar="[SHELL]",
            help="Put that script where the shell looks for it.",
            callback=install_completion,
            is_eager=True,
        ),
    ] = None,
) -> None:
    """Take every message, keep the exact bytes and the whole conversation."""
    group: Any = context.command
    name = context.invoked_subcommand
    try:
        path = config or find(Path.cwd())
        if path is None or name is None:
            return
        known = {*settings("serve", group.commands["serve"]), *SETTINGS}
        values = load(path, known)
    except ConfigurationError as error:
        fail(str(error), sysexits.CONFIGURATION if name == "sendmail" else 2)
    context.default_map = {name: defaults(name, group.commands[name], values)}


def run(arguments: list[str] | None = None) -> None:
    """Run the command line. arguments: instead of the program's own."""
    command = get_command(app)
    try:
        command(arguments)
    except BrokenPipeError:
        # The reader of a pipe has left; Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
