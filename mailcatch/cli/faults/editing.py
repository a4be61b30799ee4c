"""`mailcatch faults rm`, `enable`, `disable`, `clear` and `reset`: rules changed, or removed.

All return when the server has taken the change, so that the next line of a script may send mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.options import Directory, Json, Patience

if TYPE_CHECKING:
    from pathlib import Path

    from mailcatch.rulefile.document import RuleDocument

Rules = Annotated[list[str], typer.Argument(metavar="ID...", help="The rules, by their ids.")]
SomeRules = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID...", help="The rules, by their ids; without any, all faults."),
]


def rm(
    rule: Rules,
    patience: Patience = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Remove rules, each with the comment right above it."""
    from mailcatch.cli.faults.rules import change
    from mailcatch.cli.terminal import json_line, say
    from mailcatch.mail.safe import safe_text

    def remove(document: RuleDocument) -> None:
        for identity in dict.fromkeys(rule):
            document.remove(identity)

    change(directory, remove, patience=patience, forgiving=True)
    for identity in dict.fromkeys(rule):
        if json:
            json_line({"id": identity})
        else:
            say(f"removed {safe_text(identity)}")


def enable(
    rule: SomeRules = None,
    patience: Patience = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Turn rules on; without an id, faults as a whole."""
    _turn(rule or [], directory, on=True, patience=patience, json=json)


def disable(
    rule: SomeRules = None,
    patience: Patience = None,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """Turn rules off; without an id, faults as a whole."""
    _turn(rule or [], directory, on=False, patience=patience, json=json)


def clear(patience: Patience = None, directory: Directory = None, json: Json = False) -> None:
    """Remove all rules. Settings and presets stay."""
    from mailcatch.cli.faults.rules import change
    from mailcatch.cli.terminal import json_line, say

    count = change(directory, lambda document: document.clear(), patience=patience, forgiving=True)
    if json:
        json_line({"removed": count})
    else:
        say(f"removed {count} rule{'s' * (count != 1)}")


def reset(patience: Patience = None, directory: Directory = None, json: Json = False) -> None:
    """Let all counters, schedules and scenarios begin anew."""
    from mailcatch.cli.faults.rules import change
    from mailcatch.cli.terminal import json_line, say

    generation = change(directory, lambda document: document.reset(), patience=patience)
    if json:
        json_line({"generation": generation})
    else:
        say(f"all counters begin anew: generation {generation}")


def _turn(
    rules: list[str], directory: Path | None, *, on: bool, patience: float | None, json: bool
) -> None:
    from mailcatch.cli.faults.rules import change
    from mailcatch.cli.terminal import json_line, say
    from mailcatch.mail.safe import safe_text

    def turn(document: RuleDocument) -> None:
        for identity in rules:
            document.enable(identity, on=on)
        if not rules:
            document.enable_all(on=on)

    change(directory, turn, patience=patience)
    for identity in dict.fromkeys(rules) or [""]:
        if json:
            json_line({"id": identity or None, "enabled": on})
        else:
            name = safe_text(identity) or "faults"
            say(f"{name}: {'on' if on else 'off'}")
