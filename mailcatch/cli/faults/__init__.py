"""`mailcatch faults`: failures on purpose, looked at and changed while a server runs."""

from __future__ import annotations

import typer

from mailcatch.cli.faults.adding import add
from mailcatch.cli.faults.checking import check
from mailcatch.cli.faults.editing import clear, disable, enable, reset, rm
from mailcatch.cli.faults.explaining import explain
from mailcatch.cli.faults.listing import ls
from mailcatch.cli.faults.presets import presets

faults = typer.Typer(
    name="faults",
    help="Break mail on purpose: rules that refuse, delay, cut off or lose replies.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for _command in (ls, add, rm, enable, disable, clear, reset, check, explain, presets):
    faults.command()(_command)
