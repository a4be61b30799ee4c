"""Why a rule would or would not fire, in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from mailcatch.faults.glance import Glance
from mailcatch.faults.ledger import Outcome
from mailcatch.faults.magic import Summoned
from mailcatch.faults.matching import matcher, source
from mailcatch.faults.merging import Merger
from mailcatch.faults.rule import Between, Condition, Network, Pattern, Present, Rule, Text
from mailcatch.faults.standing import Standing

_SHOWN = 80


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would do at a moment.

    rule: its id. matches: whether all its conditions hold. fires: whether it would fire. why: a
    sentence: what it would do, or why not; values in it come from the moment and are printable.
    """

    rule: str
    matches: bool
    fires: bool
    why: str


Judge = Callable[[Standing, str | None], Outcome]
"""Tells what is due of a rule, by its own key or by one that is given."""


class Telling:
    """Explains the rules of a moment, in the order of asking. explained: those so far."""

    def __init__(self, glance: Glance, seed: int, judge: Judge) -> None:
        self.explained: list[Explanation] = []
        self._glance = glance
        self._seed = seed
        self._judge = judge
        # The rule that answers, and the one below which none is asked.
        self._answers = ""
        self._final = ""

    def tell_rules(self, standings: Iterable[Standing], *, enabled: bool) -> None:
        """Explain rules. enabled: whether any is asked."""
        for standing in standings:
            rule = standing.rule
            why = why_not_matching(rule, self._glance)
            matches = not why
            if not enabled:
                self._tell(rule, "is not asked, because all rules are disabled", matches=matches)
            elif self._final:
                why = f"is not asked, because rule {self._final} matches and is final"
                self._tell(rule, why, matches=matches)
            elif matches:
                self._tell_matching(standing, None)
                self._final = rule.id if rule.final else ""
            else:
                self._tell(rule, why, matches=False)

    def tell_magic(self, summoned: Iterable[Summoned]) -> None:
        """Explain rules that a client asks for."""
        for one in summoned:
            self._tell_matching(one.standing, one.key)

    def _tell_matching(self, standing: Standing, key: str | None) -> None:
        rule = standing.rule
        if self._answers and rule.terminal:
            self._tell(rule, f"is not asked, because rule {self._answers} answers", matches=True)
            return
        outcome = self._judge(standing, key)
        why = outcome.why or self._would(rule, outcome)
        self._tell(rule, why, matches=True, fires=outcome.fires)
        if outcome.fires and rule.terminal and not rule.dry_run:
            self._answers = rule.id

    def _would(self, rule: Rule, outcome: Outcome) -> str:
        merger = Merger(self._glance.moment, self._seed, quoting=True)
        merger.add(rule, outcome)
        decision = merger.decision()
        assert decision is not None
        says = "only says that it would" if rule.dry_run else "would"
        return f"{says}: {decision.firings[0].effect}"

    def _tell(self, rule: Rule, why: str, *, matches: bool, fires: bool = False) -> None:
        self.explained.append(Explanation(rule=rule.id, matches=matches, fires=fires, why=why))


def why_not_matching(rule: Rule, glance: Glance) -> str:
    """Return the first reason why a rule does not match, "" where it does."""
    stage = glance.moment.stage
    if not rule.enabled:
        return "is disabled"
    if stage not in rule.stages:
        return f"stands at {', '.join(rule.stages)}, and this is {stage}"
    if stage == "idle" and glance.moment.quiet < rule.after:
        return f"waits for {rule.after:g} s of quiet"
    for condition in rule.match:
        if not matcher(condition)(glance):
            return _why_unlike(condition, glance)
    if rule.where is not None and not rule.where(glance.moment):
        return "matches what a function says, and it says no"
    return ""


def _why_unlike(condition: Condition, glance: Glance) -> str:
    named = source(condition)
    patterns = " or ".join(map(pattern_in_words, condition.patterns))
    values = glance.values(named)
    if not values:
        return f"wants {named} {patterns}, and there is none"
    shown = ", ".join(_printable(str(value)) for value in list(values)[:3])
    if condition.negated:
        return f"wants any {named} but {patterns}, and this is {shown}"
    return f"wants {named} {patterns}, and this is {shown}"


def pattern_in_words(pattern: Pattern) -> str:
    """Return a pattern as it stands in a rule file."""
    match pattern:
        case Text("glob", value):
            return value or '""'
        case Text("re", value):
            return f"re:{value}"
        case Text(_, value):
            return f"={value}"
        case Network(value):
            return value
        case Present(value):
            return "true" if value else "false"
        case Between(least, most):
            if least == most:
                return f"{least:g}"
            if most == float("inf"):
                return f">={least:g}"
            return f"<={most:g}" if least <= 0 else f"{least:g}-{most:g}"


def _printable(text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text[:_SHOWN])
    return f"{shown}…" if len(text) > _SHOWN else shown or '""'
