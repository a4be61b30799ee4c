"""Options that several commands have, so that they are called and explained alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from mailcatch.cli.quantities import parse_duration

Directory = Annotated[
    Path | None,
    typer.Option(
        "--dir", help="Mailbox directory; by default the user's data directory.", show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Utc = Annotated[bool, typer.Option("--utc", help="Show times in UTC instead of local time.")]
TrashAge = Annotated[
    float,
    typer.Option(
        parser=parse_duration,
        metavar="TIME",
        show_default="7d",
        help="How long what was removed can be brought back.",
    ),
]
Patience = Annotated[
    float | None,
    typer.Option(
        parser=parse_duration,
        metavar="TIME",
        show_default="5s",
        help="How long the server may take to have the rules.",
    ),
]
AuthorityDirectory = Annotated[
    Path | None,
    typer.Option(
        "--ca-dir",
        help="Where the certificate authority is kept; by default in the user's data directory.",
        show_default=False,
    ),
]
Query = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUERY", help="What to look for; everything without it."),
]
Which = Annotated[
    list[str],
    typer.Argument(metavar="ID|last|QUERY", help="A message: the newest one that fits a query."),
]
Several = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUERY|ID", help="A message, or all that fit a query."),
]

SETTINGS: Final = frozenset(
    {
        *("ca-dir", "dir", "dns", "host", "json", "patience", "port", "spf-client", "timeout"),
        *("trash-age", "utc", "zone"),
    }
)
"""Options that the environment and the configuration file may set for every command.

The others say what is wanted now: an `all = true` that was meant for one command must not make
another one remove everything.
"""


# In front of a word that begins with a dash and is no option. No argument of a program has it.
_MARK: Final = "\0"
_DENIED: Final = re.compile(r"-(?:[A-Za-z-]+:|[\"(/])")


def asks(parameter: Any) -> bool:
    """Return whether a parameter of a command takes a query."""
    return parameter.param_type_name == "argument" and "QUERY" in (parameter.metavar or "")


def with_denied(arguments: list[str]) -> list[str]:
    """Return arguments in which `-is:read`, `-"a b"` and their like are words of a query."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    marked = [f"{_MARK}{one}" if _DENIED.match(one) else one for one in arguments[:end]]
    return marked + arguments[end:]


def joined(words: list[str] | None) -> str:
    """Return the query that words of a command line are."""
    return " ".join(word.removeprefix(_MARK) for word in words or ())
