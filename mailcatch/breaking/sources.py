"""Where rules come from, and all of them together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from mailcatch.breaking.rule_file import RuleFile
from mailcatch.faults.errors import Problem, RuleError
from mailcatch.faults.loading import RESERVED, load, rule_of
from mailcatch.faults.naming import free_name
from mailcatch.faults.presets import TABLES
from mailcatch.faults.rule import Rule, RuleSet
from mailcatch.faults.shorthand import ShorthandError, parse

Source = RuleSet | str | os.PathLike[str]
"""Rules: as they are, the path of a rule file, its text (TOML), or shorthand: "rcpt-451-x2"."""

_SUFFIX: Final = ".toml"


def taken(source: Source) -> RuleSet | RuleFile:
    """Return the rules of a source. Raises RuleError, with all that is wrong in it."""
    if isinstance(source, RuleSet):
        return source
    if isinstance(source, str) and "\n" in source:
        return load(source, name="rules", presets=TABLES)
    if isinstance(source, str) and not source.endswith(_SUFFIX):
        return of_shorthand(source)
    file = RuleFile(Path(source))
    file.look()
    if not file.digest and file.error is None:
        raise RuleError([Problem(name=str(source), what="there is no such file")])
    if file.error is not None:
        raise file.error
    return file


def joined(sources: Iterable[Source]) -> RuleSet:
    """Return the rules of sources as they are now. Raises RuleError."""
    return together([taken(one) for one in sources])


def of_shorthand(text: str) -> RuleSet:
    """Return the rule that a few letters stand for. Raises RuleError."""
    try:
        return RuleSet(rules=(rule_of(parse(text), where=text, presets=TABLES),))
    except ShorthandError as error:
        raise RuleError([Problem(name=text, what=str(error))]) from None


def together(sources: Sequence[RuleSet | RuleFile]) -> RuleSet:
    """Return the rules of all sources, in their order.

    Seed, generation and bounds are those of the last source that is a file, which is the one of the
    directory; a source that is switched off is there with all its rules disabled. A rule that is
    called like one of an earlier source gets a number behind its name.
    """
    files = [one for one in sources if isinstance(one, RuleFile)]
    last = files[-1].rules if files else RuleSet()
    sets = [one.rules if isinstance(one, RuleFile) else one for one in sources]
    seeds = [one.seed for one in sets if one.seed is not None]
    there = [one for one in files if one.digest]
    domains = dict.fromkeys(domain for one in there for domain in one.rules.magic)
    return replace(
        last,
        rules=tuple(_named_apart(rule for one in sets for rule in _in_force(one))),
        seed=seeds[0] if seeds else None,
        enabled=True,
        magic=tuple(domains) if there else RESERVED,
        magic_first=any(one.rules.magic_first for one in there),
        presets={},
        warnings=(),
    )


def _in_force(rules: RuleSet) -> Iterator[Rule]:
    for rule in rules.rules:
        yield rule if rules.enabled else replace(rule, enabled=False)


def _named_apart(rules: Iterable[Rule]) -> Iterator[Rule]:
    names: set[str] = set()
    for rule in rules:
        name = free_name(rule.id, names)
        names.add(name)
        yield rule if name == rule.id else replace(rule, id=name)
