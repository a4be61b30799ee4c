"""Reading one rule from its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec.structs import replace

from mailcatch.faults import language, misnomers
from mailcatch.faults.checks import DOES_NOTHING, check_rule, narrowed
from mailcatch.faults.conditions import read_match
from mailcatch.faults.effects import (
    Presets,
    read_answer,
    read_sequence,
    read_slowing,
    with_bounce,
    with_preset,
)
from mailcatch.faults.lines import Path
from mailcatch.faults.patterns import ATTRIBUTES
from mailcatch.faults.quantities import shown
from mailcatch.faults.reporting import Report, Table
from mailcatch.faults.rule import FOREVER, Answer, Condition, Rule, Schedule
from mailcatch.faults.stages import ANSWERED, default_count
from mailcatch.faults.values import WrongValueError

T = TypeVar("T")

_MEANT = {**{name: f"match.{name}" for name in ATTRIBUTES}, **misnomers.RULE_KEYS}
_IDLE_AFTER = 10.0
_RULE_NAMES = [field.name for field in language.RULE]
_SCHEDULE_NAMES = [field.name for field in language.TIMING]


def read_rule(
    value: object, path: Path, report: Report, presets: Presets
) -> tuple[Rule, Table] | None:
    """Return a rule and its table, None where it is wrong, which is then reported.

    A rule without an id has "" for one.
    """
    before = len(report.problems)
    report.rule = ""
    if not isinstance(value, Mapping):
        report.wrong(path, f"{shown(value)} is no rule: write [[faults.rule]] and its keys below")
        return None
    report.rule = _told_id(value)
    table = Table(_flattened(value, path, report), path, report)
    try:
        table = Table(with_preset(table.values, presets), path, report)
    except WrongValueError as wrong:
        table.wrong("preset", f"preset: {wrong.what}", wrong.hint)
    table = with_bounce(table, presets)
    whole = table.check_names(_RULE_NAMES, "a rule", _MEANT)
    rule = _rule(table, presets)
    if whole:
        # Where a key is misspelt, it may be the one that is missing.
        _check_nothing_missing(table, rule)
    if len(report.problems) > before:
        return None
    check_rule(rule, table)
    return None if len(report.problems) > before else (rule, table)


def _told_id(value: Mapping[str, object]) -> str:
    told = value.get("id")
    return told[:64] if isinstance(told, str) and told.isprintable() else ""


def _flattened(value: Mapping[str, object], path: Path, report: Report) -> dict[str, object]:
    """Return the table with the keys of its table `schedule` among its own."""
    flat = dict(value)
    schedule = flat.pop("schedule", None)
    if schedule is None:
        return flat
    if not isinstance(schedule, Mapping):
        report.wrong((*path, "schedule"), f"{shown(schedule)} is no table of a schedule")
        return flat
    inside = Table(schedule, (*path, "schedule"), report)
    inside.check_names(_SCHEDULE_NAMES, "a schedule")
    for name, found in schedule.items():
        if name in flat:
            inside.wrong(name, f"{name} stands both in the rule and in its schedule")
        elif name in _SCHEDULE_NAMES:
            flat[name] = found
    return flat


def _rule(table: Table, presets: Presets) -> Rule:
    match: tuple[Condition, ...] = ()
    if table.has(language.MATCH):
        match = read_match(table.values["match"], (*table.path, "match"), table.report)
    steps = read_sequence(table, presets)
    answer = read_answer(table)
    slowing = read_slowing(table)
    _check_sequence(table, answer)
    told = table.take(language.AT)
    stages = _stages(told or ())
    rule = Rule(
        id=table.take(language.ID) or "",
        stages=stages,
        anywhere="any" in (told or ()),
        description=table.take(language.DESCRIPTION) or "",
        enabled=table.take(language.ENABLED) is not False,
        priority=_or(table.take(language.PRIORITY), 5),
        dry_run=table.take(language.DRY_RUN) or False,
        final=table.take(language.FINAL) or False,
        tags=table.take(language.TAGS) or (),
        after=_after(table, stages),
        match=match,
        slowing=slowing,
        answer=answer,
        schedule=_schedule(table, steps),
    )
    if rule.anywhere:
        rule = _narrowed(rule, table)
    if not table.has(language.COUNT):
        counted = replace(rule.schedule, count=default_count(rule.stages))
        rule = replace(rule, schedule=counted)
    return rule


def _narrowed(rule: Rule, table: Table) -> Rule:
    """Let `any` mean the stages at which all that the rule looks at may be known."""
    known = narrowed(rule)
    if not known:
        table.wrong("match", "at no stage all that the rule looks at is known together")
    return replace(rule, stages=known)


def _stages(told: tuple[str, ...]) -> tuple[str, ...]:
    stages: list[str] = []
    for stage in told:
        stages += ANSWERED if stage == "any" else (stage,)
    return tuple(dict.fromkeys(stages))


def _after(table: Table, stages: tuple[str, ...]) -> float:
    after = table.take(language.AFTER)
    if "idle" in stages:
        return _IDLE_AFTER if after is None else after
    if after is not None:
        table.wrong("after", "after tells how long it must be quiet: at must be idle")
    return 0.0


def _check_nothing_missing(table: Table, rule: Rule) -> None:
    if not table.has(language.AT):
        table.wrong("", 'at is missing: name the stage, such as at = "rcpt"')
    told = table.has(language.SEQUENCE) or table.has(language.SET_STATE)
    if not rule.terminal and rule.slowing is None and not told:
        table.wrong("", DOES_NOTHING)


def _check_sequence(table: Table, answer: Answer | None) -> None:
    if table.has(language.SEQUENCE):
        if answer is not None:
            given = next(field.name for field in language.ANSWER if table.has(field))
            table.wrong(given, f"{given}: the sequence says already what happens")
    elif table.has(language.EXHAUSTED):
        table.wrong("exhausted", "exhausted: there is no sequence that could come to its end")


def _schedule(table: Table, steps: tuple[Answer, ...]) -> Schedule:
    scenario = table.take(language.SCENARIO) or ""
    for field in (language.WHEN_STATE, language.SET_STATE):
        if table.has(field) and not table.has(language.SCENARIO):
            table.wrong(field.name, f"{field.name}: the rule names no scenario")
    if scenario and not (table.has(language.WHEN_STATE) or table.has(language.SET_STATE)):
        table.wrong("scenario", "scenario: the rule asks for no state, and sets none")
    return Schedule(
        skip=table.take(language.SKIP) or 0,
        times=table.take(language.TIMES),
        every=table.take(language.EVERY) or 1,
        probability=_or(table.take(language.PROBABILITY), 1.0),
        sequence=steps,
        exhausted=table.take(language.EXHAUSTED) or "pass",
        active=table.take(language.ACTIVE),
        ttl=_or(table.take(language.TTL), FOREVER),
        quota=table.take(language.QUOTA),
        concurrency=table.take(language.CONCURRENCY),
        greylist=table.take(language.GREYLIST),
        scenario=scenario,
        when_state=table.take(language.WHEN_STATE) or "",
        set_state=table.take(language.SET_STATE) or "",
        key=table.take(language.KEY) or "rule",
        count=table.take(language.COUNT) or "transaction",
    )


def _or(value: T | None, default: T) -> T:
    return default if value is None else value
