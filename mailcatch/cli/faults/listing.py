"""`mailcatch faults ls`: the rules, and what they did so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mailcatch.cli.options import Directory, Json
from mailcatch.cli.terminal import Paint, remark

if TYPE_CHECKING:
    from pathlib import Path

    from mailcatch.mailbox.server_file import RuleState, ServerState

_APART: Final = ("id", "at", "enabled", "dry_run", "description", "tags")
_NAME: Final = "rule"
_STATE: Final = "state"
_AT: Final = "at"
_FIRED: Final = "fired"
_NUMBERS: Final = ("seen", "matched", _FIRED, "remaining")
_COLOURS: Final[Mapping[str, Callable[[Paint, str], str]]] = {
    "on": Paint.green,
    "off": Paint.dim,
    "dry run": Paint.yellow,
    "spent": Paint.dim,
}


def ls(directory: Directory = None, json: Json = False) -> None:
    """List the rules, and what each did so far."""
    from mailcatch.cli.faults.rules import read_rules, rule_file
    from mailcatch.cli.terminal import choose_paint, json_line
    from mailcatch.mailbox.server_file import read_state

    path = rule_file(directory)
    document = read_rules(path)
    state = read_state(path.parent)
    served = state.faults if state is not None else None
    rules = served.rules if served is not None else []
    counted = {one.in_file: one for one in rules if one.in_file}
    listed: list[Listed] = []
    for identity, rule in zip(document.ids, document.rules, strict=True):
        listed.append(Listed({**rule, "id": identity}, counted.pop(identity, None)))
    for counts in [*counted.values(), *(one for one in rules if not one.in_file)]:
        table = {"id": counts.id, "enabled": counts.enabled, "dry_run": counts.dry_run}
        listed.append(
            Listed(table, counts, "of the last good file" if counts.in_file else "not of this file")
        )
    if json:
        for one in listed:
            json_line(_object(one))
    else:
        _say_table(listed, choose_paint())
    _remark_on(path.parent, state, [one for one in listed if not one.source])
    if not document.enabled:
        remark("mailcatch: all faults are off: 'mailcatch faults enable' turns them on")


@dataclass(frozen=True, slots=True)
class Listed:
    """A rule in the list.

    table: of the rule, as far as it is known. counts: of the server, None where it does not have
    the rule. source: why it is not in the file, "" where it is.
    """

    table: Mapping[str, object]
    counts: RuleState | None
    source: str = ""

    @property
    def state(self) -> str:
        """How it stands: on, off, dry run or spent."""
        if self.table.get("enabled", True) is False:
            return "off"
        if self.table.get("dry_run", False) is True:
            return "dry run"
        return "spent" if self.counts is not None and self.counts.remaining == 0 else "on"

    @property
    def numbers(self) -> tuple[str, ...]:
        """What the server counted: seen, matched, fired, remaining."""
        if self.counts is None:
            return ("-",) * len(_NUMBERS)
        seen, matched, fired = self.counts.seen, self.counts.matched, self.counts.fired
        left = self.counts.remaining
        return (str(seen), str(matched), str(fired), "-" if left is None else str(left))


def _say_table(listed: Sequence[Listed], paint: Paint) -> None:
    from mailcatch.cli.faults.rules import in_words
    from mailcatch.cli.terminal import on_terminal, say, width
    from mailcatch.mail.safe import safe_text
    from mailcatch.mail.wrap import cell_width, pad_cells

    if not listed:
        return
    names = [safe_text(str(one.table.get("id") or "-")) for one in listed]
    stages = [safe_text("/".join(map(str, _several(one.table.get("at"))))) or "-" for one in listed]
    first = max(map(cell_width, (_NAME, *names)))
    third = max(map(cell_width, (_AT, *stages)))
    heading = (pad_cells(_NAME, first), f"{_STATE:<7}", pad_cells(_AT, third), *_NUMBERS)
    say(paint.dim("  ".join(heading)))
    for one, name, stage in zip(listed, names, stages, strict=True):
        cells = [paint.cyan(pad_cells(name, first)), _COLOURS[one.state](paint, f"{one.state:<7}")]
        cells.append(pad_cells(stage, third))
        for title, number in zip(_NUMBERS, one.numbers, strict=True):
            shown = f"{number:>{len(title)}}"
            fired = title == _FIRED and number not in "-0"
            cells.append(paint.yellow(shown) if fired else shown)
        rest = in_words({key: value for key, value in one.table.items() if key not in _APART})
        rest = rest or f"({one.source})"
        taken = cell_width("  ".join(heading)) + 2 + cell_width(rest)
        if on_terminal() and taken > width():
            say("  ".join(cells))
            say(paint.dim(f"  {rest}"))
        else:
            say("  ".join((*cells, paint.dim(rest))))


def _several(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _remark_on(root: Path, state: ServerState | None, own: Sequence[Listed]) -> None:
    """Say what keeps the server from having the rules of the file as they are."""
    from mailcatch.mail.safe import safe_text
    from mailcatch.mailbox.server_file import is_running

    if state is None:
        if own:
            remark(f"mailcatch: nobody serves {safe_text(str(root))}: nothing was counted")
        return
    if not is_running(state.pid):
        remark(
            f"mailcatch: what was counted is of process {state.pid}, which is not on this machine:"
            " it serves from elsewhere, or died"
        )
    if state.faults is None:
        return
    if not state.faults.file:
        remark("mailcatch: the server was told to take no rules from this file")
    for line in state.faults.error.split("\n") if state.faults.error else ():
        remark(f"mailcatch: the server keeps its last good rules: {safe_text(line)}")


def _object(one: Listed) -> dict[str, object]:
    table, counts = one.table, one.counts
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
        "rule": None if one.source else dict(table),
    }
