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
    from mailcatch.faults import RuleError
    from mailcatch.faults.loading import decoded, load
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
        rules = load(decoded(octets, name=str(path)), name=str(path), presets=TABLES)
        warnings, count = rules.warnings, len(rules.rules)
    except RuleError as error:
        problems = error.problems
    paint = choose_paint()
    lines = octets.decode("utf-8", "replace").split("\n")
    kinds = {"error": (problems, paint.red), "warning": (warnings, paint.yellow)}
    for kind, (found, colour) in kinds.items():
        for problem in found:
            if json:
                json_line(_object(problem, kind))
                continue
            say(f"{colour(kind)}: {safe_text(str(problem), 5_000)}")
            if 0 < problem.line <= len(lines):
                text = safe_text(lines[problem.line - 1].rstrip("\r"), 300)
                say(paint.dim(f"  {problem.line:>6} | {text}"))
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
