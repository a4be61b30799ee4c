"""The commands by their names, each loaded when it is asked for: a list starts without a server."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_command

from mailcatch.cli.options import SETTINGS
from mailcatch.cli.shell_options import with_shell

if TYPE_CHECKING:
    from typer.core import TyperCommand

PREFIX: Final = "MAILCATCH_"
"""What the names of environment variables begin with."""


class Home(NamedTuple):
    """Where a command is: a module beside this one, its function, and a class of its own if any."""

    module: str
    function: str
    kind: str = ""


HOMES: Final = {
    "serve": Home("serve", "serve"),
    "ls": Home("ls", "ls"),
    "show": Home("show", "show"),
    "open": Home("browse", "open_in_browser"),
    "sessions": Home("sessions", "sessions"),
    "save": Home("save", "save"),
    "wait": Home("wait", "wait"),
    "tail": Home("tail", "tail"),
    "rm": Home("rm", "rm"),
    "export": Home("export", "export"),
    "import": Home("import_command", "import_messages"),
    "diff": Home("diff", "diff"),
    "stats": Home("stats", "stats"),
    "demo": Home("demo", "demo"),
    "sendmail": Home("sendmail", "sendmail", "SendmailCommand"),
}


class Commands(MutableMapping[str, Any]):
    """Every command under its name."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = _load(name, HOMES[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(HOMES)

    def __len__(self) -> int:
        return len(HOMES)


class CommandGroup(TyperGroup):
    """`mailcatch` itself."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = Commands()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments of the program itself."""
        return super().parse_args(ctx, with_shell(args))


def settings(name: str, command: Any) -> dict[str, str]:
    """Return the options that the environment and the configuration file may set.

    Each has the name of its parameter under that of its flag, without dashes before it.
    """
    return {flag(one.opts): one.name for one in command.params if _is_setting(name, one)}


def flag(options: list[str]) -> str:
    """Return the name of an option, without dashes before it."""
    return max(options, key=len).lstrip("-")


def _load(name: str, home: Home) -> TyperCommand:
    module = import_module(f"mailcatch.cli.{home.module}")
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    kind = getattr(module, home.kind) if home.kind else None
    alone.command(name, cls=kind)(getattr(module, home.function))
    command: Any = get_command(alone)
    for parameter in command.params:
        if parameter.envvar is None and _is_setting(name, parameter):
            parameter.envvar = PREFIX + flag(parameter.opts).replace("-", "_").upper()
    loaded: TyperCommand = command
    return loaded


def _is_setting(command: str, parameter: Any) -> bool:
    if parameter.param_type_name != "option" or parameter.name == "help":
        return False
    return command == "serve" or flag(parameter.opts) in SETTINGS
