"""`mailcatch faults presets`: the replies of real servers, word for word."""

from __future__ import annotations

from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from mailcatch.cli.options import Directory, Json

if TYPE_CHECKING:
    from mailcatch.cli.terminal import Paint
    from mailcatch.faults.presets import Preset


class Group(StrEnum):
    """What presets are listed by."""

    PROVIDER = "provider"
    REASON = "reason"


def presets(
    word: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Only those in which it is: gmail, mailboxfull, 452."),
    ] = None,
    by: Annotated[Group, typer.Option(help="What they are grouped by.")] = Group.PROVIDER,
    directory: Directory = None,
    json: Json = False,
) -> None:
    """List presets: the exact reply, and where it was read. The rule file's own ones come last."""
    from mailcatch.cli.faults.rules import in_words, read_rules, rule_file
    from mailcatch.cli.terminal import choose_paint, json_line, remark, say
    from mailcatch.faults.presets import search
    from mailcatch.mail.safe import safe_text

    words = word or []
    found = search(*words)
    if by is Group.REASON:
        found.sort(key=_reason)
    group_of = _reason if by is Group.REASON else _provider
    tables = read_rules(rule_file(directory)).preset_tables
    own = {name: f"{safe_text(name)}  {in_words(table)}" for name, table in tables.items()}
    own = {name: told for name, told in own.items() if all(one in told for one in words)}
    if not found and not own:
        remark(f"mailcatch: no preset has '{safe_text(' '.join(words))}' in it")
        raise typer.Exit(1)
    paint = choose_paint()
    for title, group in groupby(found, key=group_of):
        if not json:
            say(paint.bold(title))
        for one in group:
            if json:
                json_line(_object(one))
            else:
                _say(one, paint)
    if own and not json:
        say(paint.bold("faults.toml"))
    for name, told in own.items():
        if json:
            json_line({"name": name, "table": tables[name]})
        else:
            say(f"  {told}")


def _provider(preset: Preset) -> str:
    return preset.provider


def _reason(preset: Preset) -> str:
    return preset.reason


def _say(preset: Preset, paint: Paint) -> None:
    from mailcatch.cli.terminal import say

    words = [paint.cyan(preset.name), f"at {preset.at}", f"{preset.provider}, {preset.reason}"]
    say(f"  {'  '.join(words)}{paint.dim(f'  {preset.about}') if preset.about else ''}")
    for line in preset.sent:
        say(f"    {line}")
    say(paint.dim(f"    source: {preset.source}"))


def _object(preset: Preset) -> dict[str, object]:
    return {
        "name": preset.name,
        "provider": preset.provider,
        "reason": preset.reason,
        "at": preset.at,
        "reply": preset.sent,
        "source": preset.source,
        "about": preset.about or None,
    }
