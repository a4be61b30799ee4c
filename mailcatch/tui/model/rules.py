"""The rules of a mailbox: what its file says, and what the server made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mailcatch.faults import Problem, Rule, RuleError, RuleSet, load
from mailcatch.faults.presets import TABLES
from mailcatch.mailbox.reader import Serving
from mailcatch.mailbox.server_file import FaultsState, RuleState, ServerState
from mailcatch.rulefile.document import RuleDocument
from mailcatch.rulefile.errors import RuleFileError
from mailcatch.rulefile.file import NAME, digest_of

Standing = Literal["armed", "off", "spent", "dry run", "waiting", "mistake"]
"""How a rule stands.

waiting: nobody serves it. spent: it cannot fire any more. mistake: the file is wrong and the server
does not have the rule.
"""


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule.

    identity: its id in the file, or what the server calls it where it is not of the file. table: as
    the file has it, None where it is not of the file. counts: of the server, None where it does not
    have the rule. problems: what is wrong with it.
    """

    identity: str
    table: Mapping[str, object] | None
    standing: Standing
    counts: RuleState | None
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> tuple[str, bool]:
        """What tells it from all others: one of the file may be called like one that is not."""
        return self.identity, self.table is not None


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules.

    rows: those of the file in its order, then the others of the server. text: of the file. loaded:
    the rules of the file where it is right. problems: all that is wrong in it. warnings: what is
    odd. own: the presets of the file, each with its stage or "". serving: whether somebody serves.
    taken: whether the server has this file. on: whether any rule is asked. server_error: why the
    server could not use a rule file, "" where it could.
    """

    rows: tuple[RuleRow, ...] = ()
    text: str = ""
    loaded: RuleSet | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    own: Mapping[str, Mapping[str, object]] | None = None
    serving: Serving = Serving.NOBODY
    taken: bool = False
    on: bool = True
    server_error: str = ""
    seed: int | None = None

    @property
    def spent(self) -> set[str]:
        """The rules of the file that cannot fire any more."""
        return {row.identity for row in self.rows if row.table and row.standing == "spent"}

    @property
    def presets(self) -> dict[str, Mapping[str, object]]:
        """The presets of the file, as tables."""
        return dict(self.own or {})


def read_rules(octets: bytes | None, serving: Serving, state: ServerState | None) -> Rules:
    """Return the rules of a mailbox.

    octets: of its rule file, None where there is none. state: what its server tells, if any does.
    """
    faults = state.faults if state is not None and serving is not Serving.NOBODY else None
    try:
        text = (octets or b"").decode()
    except UnicodeDecodeError as error:
        line = (octets or b"")[: error.start].count(b"\n") + 1
        problem = Problem(name=NAME, line=line, what="is not UTF-8")
        return _wrong("", (problem,), serving, faults)
    loaded: RuleSet | None = None
    problems: tuple[Problem, ...] = ()
    try:
        loaded = load(text, name=NAME, presets=TABLES)
    except RuleError as error:
        problems = error.problems
    try:
        document = RuleDocument(text)
    except RuleFileError as error:
        problems = problems or (Problem(name=NAME, what=str(error)),)
        return _wrong(text, problems, serving, faults)
    known = {rule.id: rule for rule in loaded.rules} if loaded is not None else {}
    names = list(known) or document.ids
    taken = faults is not None and faults.digest == digest_of(octets)
    counts = _counts(names, faults)
    rows = [
        _row(name, table, counts[at], known.get(name), problems, served=faults is not None)
        for at, (name, table) in enumerate(zip(names, document.rules, strict=False))
    ]
    mine = {id(one) for one in counts if one is not None}
    others = [one for one in (faults.rules if faults is not None else []) if id(one) not in mine]
    return Rules(
        rows=(*rows, *(_foreign(one) for one in others)),
        text=text,
        loaded=loaded,
        problems=problems,
        warnings=loaded.warnings if loaded is not None else (),
        own=document.preset_tables,
        serving=serving,
        taken=taken,
        on=document.enabled,
        server_error=faults.error if faults is not None else "",
        seed=faults.seed if faults is not None else None,
    )


def _wrong(
    text: str, problems: tuple[Problem, ...], serving: Serving, faults: FaultsState | None
) -> Rules:
    """Return what is known where the file cannot be read as rules: what the server goes on with."""
    return Rules(
        rows=tuple(_foreign(one) for one in (faults.rules if faults is not None else [])),
        text=text,
        problems=problems,
        serving=serving,
        server_error=faults.error if faults is not None else "",
    )


def _row(
    identity: str,
    table: Mapping[str, object],
    counts: RuleState | None,
    rule: Rule | None,
    problems: Sequence[Problem],
    *,
    served: bool,
) -> RuleRow:
    own = tuple(one for one in problems if one.rule and one.rule == identity)
    off = table.get("enabled", True) is False
    standing: Standing = "armed"
    if own:
        standing = "mistake"
    elif off:
        standing = "off"
    elif table.get("dry_run", False) is True:
        standing = "dry run"
    elif not served or counts is None:
        standing = "waiting"
    elif counts.remaining == 0:
        standing = "spent"
    elif not counts.enabled:
        standing = "off"
    return RuleRow(identity, table, standing, counts, own)


def _foreign(one: RuleState) -> RuleRow:
    standing: Standing = "armed"
    if not one.enabled:
        standing = "off"
    elif one.dry_run:
        standing = "dry run"
    elif one.remaining == 0:
        standing = "spent"
    return RuleRow(one.id, None, standing, one)


def _counts(names: Sequence[str], faults: FaultsState | None) -> list[RuleState | None]:
    """Return what the server counted for each rule of the file."""
    rules = faults.rules if faults is not None else []
    by_name = {one.in_file: one for one in rules if one.in_file}
    return [by_name.get(name) for name in names]
