"""The commands, and where their options come from: flag, environment, configuration, default."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from mailcatch._version import __version__
from mailcatch.cli import sysexits
from mailcatch.cli.commands import PREFIX, CommandGroup, defaults, settings
from mailcatch.cli.configuration import ConfigurationError, Value, find, load, load_keys
from mailcatch.cli.failure import fail
from mailcatch.cli.options import SETTINGS
from mailcatch.cli.shell_options import install_completion, show_completion

if TYPE_CHECKING:
    from mailcatch.verifying.verdict import Source

app = typer.Typer(
    name="mailcatch",
    cls=CommandGroup,
    add_completion=False,
    help="A mail catcher: takes every message, keeps the exact bytes and the whole conversation.",
    invoke_without_command=True,
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
    directory: Annotated[
        Path | None,
        typer.Option(
            "--dir",
            help="Without a command: the mailbox directory; by default the user's data directory.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Without a command: the address to listen on.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Without a command: the port to listen on."),
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
    """Take every message, keep the exact bytes and the whole conversation.

    Without a command: serve the mailbox, where nobody does, and show it on the screen.
    """
    group: Any = context.command
    name = context.invoked_subcommand
    values: dict[str, Value] = {}
    try:
        path = config or find(Path.cwd())
        if path is not None:
            known = {*settings("serve", group.commands["serve"]), *SETTINGS}
            values = load(path, known)
            context.obj = load_keys(path)
    except ConfigurationError as error:
        fail(str(error), sysexits.CONFIGURATION if name == "sendmail" else 2)
    given = {"--dir": directory, "--host": host, "--port": port}
    alone = [flag for flag, value in given.items() if value is not None]
    if name is None:
        _screen(context, config, directory or _own(values, "dir"), host, port, _records(values))
        return
    if alone:
        fail(f"{alone[0]} stands before '{name}': write it behind, as an option of '{name}'")
    context.default_map = {name: defaults(name, group.commands[name], values)}


def _screen(
    context: typer.Context, config: Path | None, directory: Path | None, host: str | None,
    port: int | None, source: Source | None,
) -> None:  # fmt: skip
    """Serve and show a mailbox. The server takes its other options from where it always does."""
    from mailcatch.cli.looking import serve_and_look
    from mailcatch.cli.place import mailbox_directory

    given = [("--host", host), ("--port", port)]
    options = [word for flag, value in given if value is not None for word in (flag, str(value))]
    before = ["--config", str(config)] if config is not None else []
    serve_and_look(context, mailbox_directory(directory), options, before, source)


def _records(values: dict[str, Value]) -> Source | None:
    """Return where records are looked up, as environment and configuration file say."""
    from mailcatch.cli.records import records_from

    asked = os.environ.get(f"{PREFIX}DNS") or values.get("dns")
    client = os.environ.get(f"{PREFIX}SPF_CLIENT") or values.get("spf-client")
    dns = str(asked).lower() in {"1", "on", "t", "true", "y", "yes"}
    return records_from(_own(values, "zone"), dns=dns, client=str(client) if client else None)


def _own(values: dict[str, Value], flag: str) -> Path | None:
    """Return a directory that the environment or the configuration file sets."""
    value = os.environ.get(PREFIX + flag.upper()) or values.get(flag)
    return Path(str(value)) if value else None


def run(arguments: list[str] | None = None) -> None:
    """Run the command line. arguments: instead of the program's own."""
    command = get_command(app)
    try:
        command(arguments)
    except BrokenPipeError:
        # The reader of a pipe has left; Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
