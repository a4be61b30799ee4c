"""The commands, and where their options come from: flag, environment, configuration, default."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.main import get_command

from mailcatch._version import __version__
from mailcatch.cli import sysexits
from mailcatch.cli.browse import open_in_browser
from mailcatch.cli.configuration import ConfigurationError, Value, find, load
from mailcatch.cli.demo import demo
from mailcatch.cli.export import export
from mailcatch.cli.failure import fail
from mailcatch.cli.ls import ls
from mailcatch.cli.options import SETTINGS
from mailcatch.cli.rm import rm
from mailcatch.cli.save import save
from mailcatch.cli.sendmail import NAME as SENDMAIL
from mailcatch.cli.sendmail import SendmailCommand, sendmail
from mailcatch.cli.serve import serve
from mailcatch.cli.sessions import sessions
from mailcatch.cli.show import show
from mailcatch.cli.stats import stats
from mailcatch.cli.tail import tail
from mailcatch.cli.wait import wait

PREFIX: Final = "MAILCATCH_"

app = typer.Typer(
    name="mailcatch",
    help="A mail catcher: takes every message, keeps the exact bytes and the whole conversation.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for _command in (serve, ls, show, sessions, save, wait, tail, rm, export, stats, demo):
    app.command()(_command)
app.command("open")(open_in_browser)
app.command(SENDMAIL, cls=SendmailCommand)(sendmail)


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
) -> None:
    """Take every message, keep the exact bytes and the whole conversation."""
    group = context.command
    commands = getattr(group, "commands", {})
    options = {
        name: {_flag(one.opts): one.name for one in command.params if _is_setting(name, one)}
        for name, command in commands.items()
    }
    try:
        path = config or find(Path.cwd())
        known = {flag for flags in options.values() for flag in flags}
        values: dict[str, Value] = load(path, known) if path is not None else {}
    except ConfigurationError as error:
        fail(str(error), sysexits.CONFIGURATION if context.invoked_subcommand == SENDMAIL else 2)
    context.default_map = {
        name: {flags[flag]: value for flag, value in values.items() if flag in flags}
        for name, flags in options.items()
    }


def run(arguments: list[str] | None = None) -> None:
    """Run the command line. arguments: instead of the program's own."""
    command = get_command(app)
    for name, subcommand in getattr(command, "commands", {}).items():
        for parameter in subcommand.params:
            if parameter.envvar is None and _is_setting(name, parameter):
                parameter.envvar = PREFIX + _flag(parameter.opts).replace("-", "_").upper()
    try:
        command(arguments)
    except BrokenPipeError:
        # The reader of a pipe has left; Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _is_setting(command: str, parameter: Any) -> bool:
    """Return whether the environment and the configuration file may set it."""
    if parameter.param_type_name != "option" or parameter.name == "help":
        return False
    return command == "serve" or _flag(parameter.opts) in SETTINGS


def _flag(options: list[str]) -> str:
    return max(options, key=len).lstrip("-")
