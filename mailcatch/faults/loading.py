"""Loading rules: from the text of a rule file, or one from a table."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

from msgspec.structs import replace

from mailcatch.faults import language
from mailcatch.faults.checks import check_states
from mailcatch.faults.effects import Presets
from mailcatch.faults.errors import Problem, RuleError
from mailcatch.faults.lines import Path, lines_of
from mailcatch.faults.naming import free_name, name_of
from mailcatch.faults.no_toml import problem_of
from mailcatch.faults.presets import catalogue
from mailcatch.faults.quantities import shown
from mailcatch.faults.reading import read_rule
from mailcatch.faults.reporting import Report, Table
from mailcatch.faults.rule import Rule, RuleSet
from mailcatch.faults.values import NAME, WrongValueError

LONGEST_FILE: Final = 4 << 20
"""Characters of a rule file."""
MOST_RULES: Final = 10_000

RESERVED: Final = ("test", "example")
"""The domains where magic works by default: nobody's mail can go there (RFC 2606 section 2)."""

_MEANT: Final = {
    **dict.fromkeys(("rule", "rules"), "did you mean [[faults.rule]]?"),
    **dict.fromkeys(("preset", "presets"), "did you mean [faults.preset.NAME]?"),
    **dict.fromkeys(
        ("seed", "enabled", "magic", "magic_first", "generation", "keys"),
        "it stands under [faults]",
    ),
}


def load(text: str, *, name: str, presets: Presets | None = None) -> RuleSet:
    """Return the rules of a file.

    Args:
        text: TOML, as docs/faults.md tells.
        name: of the file, for messages.
        presets: tables of effects by name, the catalogue of the package where it is None; those of
            the file itself are added.

    Raises:
        RuleError: all that is wrong with it, each with its line.
    """
    if len(text) > LONGEST_FILE:
        what = f"the file has more than {LONGEST_FILE} characters"
        raise RuleError([Problem(name=name, what=what)])
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError([problem_of(error, text, name)]) from None
    except ValueError:
        what = "this is no TOML: a number has thousands of digits"
        raise RuleError([Problem(name=name, line=1, what=what)]) from None
    except RecursionError:
        what = "brackets are too deep inside each other"
        raise RuleError([Problem(name=name, what=what)]) from None
    report = Report(name, _line_finder(text))
    for key in document:
        if key != "faults":
            hint = _MEANT.get(key) or "rules stand under [[faults.rule]], settings under [faults]"
            report.wrong((key,), f"{shown(key)} is nothing that a rule file has", hint)
    return _rule_set(document.get("faults", {}), ("faults",), report, presets)


def decoded(octets: bytes, *, name: str) -> str:
    """Return the text of a rule file. Raises RuleError where it is not UTF-8."""
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        line = octets[: error.start].count(b"\n") + 1
        problem = Problem(name=name, line=line, what="is no UTF-8 text", hint="save it as UTF-8")
        raise RuleError([problem]) from None


def rules_of(table: Mapping[str, object], *, name: str, presets: Presets | None = None) -> RuleSet:
    """Return the rules of what stands under [faults], as a table. Raises RuleError."""
    return _rule_set(table, ("faults",), Report(name, lambda _path: 0), presets)


def rule_of(table: Mapping[str, object], *, where: str, presets: Presets | None = None) -> Rule:
    """Return the rule of a table.

    Args:
        table: what would stand under [[faults.rule]].
        where: what messages call the place it comes from, such as "--fault".
        presets: tables of effects by name, the catalogue of the package where it is None.

    Raises:
        RuleError: all that is wrong with it.
    """
    report = Report(where, lambda _path: 0)
    read = read_rule(table, (), report, shipped() if presets is None else presets)
    if read is None:
        raise RuleError(report.problems)
    return _named([read[0]], [table])[0]


@cache
def shipped() -> Presets:
    """Return the tables of the package's catalogue of presets, by name."""
    return {name: preset.table() for name, preset in catalogue().items()}


def _rule_set(value: object, path: Path, report: Report, presets: Presets | None) -> RuleSet:
    if not isinstance(value, Mapping):
        what = f"{shown(value)} is no table: write [faults]"
        if isinstance(value, list):
            what = (
                "[[faults]] is a list of tables: write [[faults.rule]] for a rule, "
                "and [faults] for settings"
            )
        report.wrong(path, what)
        raise RuleError(report.problems)
    table = Table(value, path, report)
    table.check_names([field.name for field in language.FILE], "[faults]")
    own = _own_presets(table)
    everything = {**(shipped() if presets is None else presets), **own}
    written = _rules_written(table)
    read = _read_rules(table, written, everything)
    check_states(read)
    report.rule = ""
    magic = table.take(language.MAGIC)
    magic_first = table.take(language.MAGIC_FIRST)
    seed = table.take(language.SEED)
    enabled = table.take(language.ALL_ENABLED)
    generation = table.take(language.GENERATION)
    keys = table.take(language.KEYS)
    if report.problems:
        raise RuleError(sorted(report.problems, key=lambda problem: problem.line))
    if magic is None or magic is True:
        magic = RESERVED
    return RuleSet(
        rules=tuple(_named([rule for rule, _ in read], written)),
        seed=seed,
        enabled=enabled is not False,
        magic=magic or (),
        magic_first=magic_first or False,
        generation=generation or 0,
        keys=keys or 10_000,
        presets={name: dict(preset) for name, preset in own.items()},
        warnings=tuple(report.warnings),
    )


def _rules_written(table: Table) -> Sequence[object]:
    """Return the rules as they are written, none where they are not in a list that can be read."""
    values = table.take(language.RULES)
    if values is None:
        return ()
    if not isinstance(values, list | tuple):
        table.wrong("rule", "write [[faults.rule]], with two brackets: there may be several")
        return ()
    if len(values) > MOST_RULES:
        table.wrong("rule", f"a file has at most {MOST_RULES} rules")
        return ()
    return values


def _read_rules(
    table: Table, values: Sequence[object], presets: Presets
) -> list[tuple[Rule, Table]]:
    found: list[tuple[Rule, Table]] = []
    lines: dict[str, str] = {}
    for place, value in enumerate(values):
        path = (*table.path, "rule", place)
        read = read_rule(value, path, table.report, presets)
        name = value.get("id") if isinstance(value, Mapping) else None
        if isinstance(name, str):
            if name in lines:
                hint = f"the other one is {lines[name]}"
                table.report.wrong((*path, "id"), f"two rules have the id {shown(name)}", hint)
            line = table.report.line_of(path)
            lines.setdefault(name, f"on line {line}" if line else f"number {place + 1}")
        if read is not None:
            found.append(read)
    return found


def _own_presets(table: Table) -> dict[str, Mapping[str, object]]:
    values = table.take(language.PRESETS)
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        table.wrong("preset", "write [faults.preset.NAME]")
        return {}
    own: dict[str, Mapping[str, object]] = {}
    for name, value in values.items():
        path = (*table.path, "preset", name)
        table.report.rule = ""
        try:
            NAME.read(name)
        except WrongValueError as wrong:
            table.report.wrong(path, wrong.what)
            continue
        if not isinstance(value, Mapping):
            table.report.wrong(path, f"write [faults.preset.{name}] and its keys below")
            continue
        own[name] = value
        _check_preset(name, value, path, table.report)
    return own


def _check_preset(name: str, value: Mapping[str, object], path: Path, report: Report) -> None:
    """Report what is wrong in a preset, used or not: what would be wrong in a rule."""
    if "preset" in value:
        report.wrong((*path, "preset"), "a preset cannot stand on another")
        return
    preset = Table(value, path, report)
    preset.check_names(language.PRESET_NAMES, f"preset {name}")
    known = {key: found for key, found in value.items() if key in language.PRESET_EFFECTS}
    read_rule({"at": "any", **known}, path, report, {})
    report.rule = ""


def _named(rules: Sequence[Rule], tables: Sequence[object]) -> list[Rule]:
    """Give an id to the rules without one. tables: of the rules, as they are written."""
    taken = {rule.id for rule in rules}
    named: list[Rule] = []
    for rule, table in zip(rules, tables, strict=True):
        name = rule.id
        if not name:
            assert isinstance(table, Mapping)
            name = free_name(name_of(table), taken)
            taken.add(name)
        named.append(rule if name == rule.id else replace(rule, id=name))
    return named


def _line_finder(text: str) -> Callable[[Path], int]:
    lines: dict[Path, int] = {}

    def line_of(path: Path) -> int:
        """Return the line of the nearest thing around a path that stands in the file."""
        if not lines:
            lines.update(lines_of(text) or {(): 1})
        inside = (*path[:-1], "schedule", *path[-1:])
        if inside in lines:
            return lines[inside]
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, 1)

    return line_of
