"""`mailcatch faults check`: whether a rule file can be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.options import Directory, Json

if TYPE_CHECKING:
    from mailcatch.faults import Problem


def check(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A rule file; that of the mailbox without it."),
    ] = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Look for mistakes in a rule file; end with 1 where there are any."""
    from mailcatch.cli.failure import fail
    from mailcatch.cli.faults.rules import rule_file
    from mailcatch.cli.terminal import choose_paint, json_line, say
    from mailcatch.faults import Problem, RuleError, load
    from mailcatch.faults.presets import TABLES
    from mailcatch.mail.safe import safe_text

    path = file or rule_file(directory)
    shown = safe_text(str(path), 5_000)
    try:
        octets = path.read_bytes()
    except OSError as error:
        fail(f"cannot read {shown}: {(error.strerror or '').lower()}")
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    count = 0
    try:
        rules = load(octets.decode(), name=str(path), presets=TABLES)
        warnings, count = rules.warnings, len(rules.rules)
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        problems = (Problem(name=str(path), line=line, what="is not UTF-8"),)
    except RuleError as error:
        problems = error.problems
    paint = choose_paint()
    for problem in problems:
        if json:
            json_line(_object(problem, "error"))
        else:
            say(f"{paint.red('error')}: {safe_text(str(problem), 5_000)}")
    for warning in warnings:
        if json:
            json_line(_object(warning, "warning"))
        else:
            say(f"{paint.yellow('warning')}: {safe_text(str(warning), 5_000)}")
    if problems:
        raise typer.Exit(1)
    if not json:
        say(f"{shown}: {count} rule{'s' * (count != 1)}, no mistake")


def _object(problem: Problem, kind: str) -> dict[str, object]:
    return {
        "kind": kind,
        "file": problem.name,
        "line": problem.line or None,
        "rule": problem.rule or None,
        "what": problem.what,
        "hint": problem.hint or None,
    }
