"""`mailcatch faults ls`: the rules, and what they did so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.cli.options import Directory, Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailcatch.cli.terminal import Paint
    from mailcatch.mailbox.server_file import RuleState

_APART = ("id", "at", "enabled", "dry_run", "description", "tags")


def ls(directory: Directory = None, json: Json = False) -> None:
    """List the rules, and what each did so far."""
    from mailcatch.cli.faults.rules import read_rules, rule_file
    from mailcatch.cli.terminal import choose_paint, json_line, remark, say
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.server_file import read_state

    path = rule_file(directory)
    document = read_rules(path)
    state = read_state(path.parent)
    served = state.faults if state is not None else None
    rules = served.rules if served is not None else []
    counted = {one.in_file: one for one in rules if one.in_file}
    paint = choose_paint()
    for identity, rule in zip(document.ids, document.rules, strict=True):
        table = {**rule, "id": identity}
        counts = counted.pop(identity, None)
        if json:
            json_line(_object(table, counts, in_file=True))
        else:
            say(_row(table, counts, paint, served=served is not None))
    for counts in [*counted.values(), *(one for one in rules if not one.in_file)]:
        table = {"id": counts.id, "enabled": counts.enabled, "dry_run": counts.dry_run}
        if json:
            json_line(_object(table, counts, in_file=False))
        else:
            say(f"{_row(table, counts, paint, served=True)}  (not of this file)")
    if served is not None and served.error:
        for line in served.error.split("\n"):
            remark(f"mailcatch: the server keeps its last good rules: {safe_text(line)}")
    if not document.enabled:
        remark("mailcatch: all faults are off: 'mailcatch faults enable' turns them on")


def _row(
    table: Mapping[str, object], counts: RuleState | None, paint: Paint, *, served: bool
) -> str:
    from mailcatch.cli.faults.rules import in_words
    from mailcatch.mail.safe import safe_text
    from mailcatch.mail.wrap import pad_cells

    state = paint.green("on")
    if table.get("enabled", True) is False:
        state = paint.dim("off")
    elif table.get("dry_run", False) is True:
        state = paint.yellow("dry run")
    told = paint.dim("not served")
    if counts is not None:
        fired = f"fired {counts.fired}"
        told = f"seen {counts.seen}, matched {counts.matched}, "
        told += paint.yellow(fired) if counts.fired else fired
        told += "" if counts.remaining is None else f", remaining {counts.remaining}"
    elif served:
        told = paint.dim("not taken")
    rest = {key: value for key, value in table.items() if key not in _APART}
    at = table.get("at", "")
    stage = "/".join(map(str, at)) if isinstance(at, list) else str(at)
    name = safe_text(str(table.get("id") or "-"))
    words = [paint.cyan(pad_cells(name, 20)), state, safe_text(stage)]
    return "  ".join(word for word in (*words, told, in_words(rest)) if word)


def _object(
    table: Mapping[str, object], counts: RuleState | None, *, in_file: bool
) -> dict[str, object]:
    return {
        "id": table.get("id"),
        "at": table.get("at"),
        "enabled": table.get("enabled", True),
        "dry_run": table.get("dry_run", False),
        "seen": counts.seen if counts is not None else None,
        "matched": counts.matched if counts is not None else None,
        "fired": counts.fired if counts is not None else None,
        "remaining": counts.remaining if counts is not None else None,
        "last_fired": (counts.last_fired or None) if counts is not None else None,
        "served": counts is not None,
        "rule": dict(table) if in_file else None,
    }
