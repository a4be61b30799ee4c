"""`mailcatch faults`: failures on purpose, looked at and changed while a server runs."""

from __future__ import annotations

from typing import Final

import typer

from mailcatch.cli.commands import CommandGroup, Home

_HOMES: Final = {
    "ls": Home("faults.listing", "ls"),
    "add": Home("faults.adding", "add"),
    "rm": Home("faults.editing", "rm"),
    "enable": Home("faults.editing", "enable"),
    "disable": Home("faults.editing", "disable"),
    "clear": Home("faults.editing", "clear"),
    "reset": Home("faults.editing", "reset"),
    "check": Home("faults.checking", "check"),
    "explain": Home("faults.explaining", "explain"),
    "presets": Home("faults.presets", "presets"),
    "schema": Home("faults.schema", "schema"),
}


class FaultsGroup(CommandGroup):
    """`mailcatch faults` itself."""

    homes = _HOMES


faults = typer.Typer(
    name="faults",
    cls=FaultsGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@faults.callback()
def group() -> None:
    """Break mail on purpose: rules that refuse, delay, cut off or lose replies."""
