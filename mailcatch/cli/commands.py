"""The commands by their names, each loaded when it is asked for: a list starts without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from inspect import unwrap
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from mailcatch.cli.configuration import Value
from mailcatch.cli.failure import fail
from mailcatch.cli.options import SETTINGS, asks, with_denied
from mailcatch.cli.reading import lightly, read_lightly
from mailcatch.cli.shell_options import with_shell

PREFIX: Final = "MAILCATCH_"
"""What the names of environment variables begin with."""


_WORD: Final = re.compile(r"-[^\W\d_]{2}")


class Home(NamedTuple):
    """Where a command is: a module beside this one, its function, and a class of its own if any.

    What is a group of commands has a typer.Typer instead of a function.
    """

    module: str
    function: str
    kind: str = ""


HOMES: Final = {
    "serve": Home("serve", "serve"),
    "view": Home("view", "view"),
    "ls": Home("ls", "ls"),
    "show": Home("show", "show"),
    "open": Home("browse", "open_in_browser"),
    "attempts": Home("attempts", "attempts"),
    "sessions": Home("sessions", "sessions"),
    "save": Home("save", "save"),
    "wait": Home("wait", "wait"),
    "tail": Home("tail", "tail"),
    "mark": Home("mark", "mark"),
    "rm": Home("rm", "rm"),
    "export": Home("export", "export"),
    "import": Home("import_command", "import_messages"),
    "diff": Home("diff", "diff"),
    "stats": Home("stats", "stats"),
    "ca": Home("ca", "ca"),
    "faults": Home("faults", "faults"),
    "demo": Home("demo", "demo"),
    "sendmail": Home("sendmail", "sendmail", "SendmailCommand"),
}


class Commands(MutableMapping[str, Any]):
    """The commands of a group under their names. homes: where each is."""

    def __init__(self, homes: Mapping[str, Home]) -> None:
        self._homes = homes
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, self._homes[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


class LightCommand(TyperCommand):
    """A command that begins quickly."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments of the command."""
        if not any(map(asks, self.params)):
            return super().parse_args(ctx, args)
        try:
            return super().parse_args(ctx, with_denied(args))
        except TyperException as error:
            unknown = next((one for one in args if _WORD.match(one)), "")
            if unknown and getattr(error, "option_name", None) == unknown[:2]:
                fail(
                    f"there is no option {unknown}: to leave out what has {unknown[1:]}, write"
                    f" '{self.name} -- {unknown}'"
                )
            raise

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option that shows help."""
        return lightly(super().get_help_option(ctx))


class CommandGroup(TyperGroup):
    """`mailcatch` itself. homes: where its commands are; other groups have others."""

    homes: Mapping[str, Home] = HOMES

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = Commands(self.homes)
        if self.callback is not None:
            read_lightly(self.params, unwrap(self.callback))

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option that shows help."""
        return lightly(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments of the program itself."""
        return super().parse_args(ctx, with_shell(args))


def settings(name: str, command: Any) -> dict[str, str]:
    """Return the options that the environment and the configuration file may set.

    Each has the name of its parameter under that of its flag, without dashes before it.
    """
    return {flag(one.opts): one.name for one in command.params if _is_setting(name, one)}


def defaults(name: str, command: Any, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return what a configuration file sets of a command, or of each command of a group."""
    inner = getattr(command, "commands", None)
    if inner is not None:
        return {one: defaults(one, inner[one], values) for one in inner}
    own = settings(name, command)
    return {own[flag]: value for flag, value in values.items() if flag in own}


def flag(options: list[str]) -> str:
    """Return the name of an option, without dashes before it."""
    return max(options, key=len).lstrip("-")


def _load(name: str, home: Home) -> Any:
    module = import_module(f"mailcatch.cli.{home.module}")
    found = getattr(module, home.function)
    if isinstance(found, typer.Typer):
        return get_command(found)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    kind = getattr(module, home.kind) if home.kind else LightCommand
    alone.command(name, cls=kind)(found)
    command: Any = get_command(alone)
    read_lightly(command.params, found)
    for parameter in command.params:
        if parameter.envvar is None and _is_setting(name, parameter):
            parameter.envvar = PREFIX + flag(parameter.opts).replace("-", "_").upper()
    return command


def _is_setting(command: str, parameter: Any) -> bool:
    if parameter.param_type_name != "option" or parameter.name == "help":
        return False
    return command == "serve" or flag(parameter.opts) in SETTINGS
