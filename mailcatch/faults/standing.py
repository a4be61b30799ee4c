"""A rule that stands at its stages: made ready to be asked, with its counters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Final

from mailcatch.faults.glance import Glance
from mailcatch.faults.ledger import Ledger, Outcome
from mailcatch.faults.matching import cost, matcher
from mailcatch.faults.rule import Rule
from mailcatch.faults.sieve import Sieve

MOST_OUTCOMES: Final = 10_000
"""What is remembered of one connection; past that, what was decided first is forgotten."""

_numbers: Final = count(1)


class Plan:
    """The rules of one stage, in the order in which they are asked. asked: how often they were."""

    __slots__ = ("_sieve", "asked", "stage", "standings")

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.asked = 0
        self.standings: list[Standing] = []
        self._sieve: Sieve | None = None

    def candidates(self, glance: Glance) -> Sequence[int]:
        """Return the places of the rules that may match, in order."""
        if self._sieve is None:
            self._sieve = Sieve(standing.rule.match for standing in self.standings)
        return self._sieve.candidates(glance)

    def sifts(self, glance: Glance) -> bool:
        """Return whether no rule can match, as at most moments; then the occasion is counted."""
        if self.stage == "idle" or self.candidates(glance):
            return False
        self.asked += 1
        return True

    def pass_over(self, place: int, due: Sequence[int] | None, *, terminal: bool) -> None:
        """Note that rules below a place are not asked: the terminal ones, or else the others.

        due: the places of those that would be, None for all.
        """
        for later in range(place + 1, len(self.standings)) if due is None else due:
            standing = self.standings[later]
            standing.missed += later > place and standing.rule.terminal is terminal


class Visit:
    """What is remembered of one connection.

    leaving: called when the connection ends. quiet: seconds, when last asked at idle. told: rules
    that were asked in this quiet period.
    """

    __slots__ = ("_outcomes", "leaving", "quiet", "told")

    def __init__(self) -> None:
        self._outcomes: dict[tuple[int, str], tuple[int, Outcome]] = {}
        self.leaving: list[Callable[[], None]] = []
        self.quiet = 0.0
        self.told: set[int] = set()

    def outcome(self, standing: Standing, mark: str, unit: int) -> Outcome | None:
        """Return what was decided for a unit, the connection or one of its transactions.

        mark: tells the occasions of one unit apart.
        """
        decided = self._outcomes.get((standing.number, mark))
        return decided[1] if decided is not None and decided[0] == unit else None

    def keep(self, standing: Standing, mark: str, unit: int, outcome: Outcome) -> None:
        """Remember what was decided, instead of what was decided for an earlier unit."""
        while len(self._outcomes) >= MOST_OUTCOMES:
            del self._outcomes[next(iter(self._outcomes))]
        self._outcomes[standing.number, mark] = (unit, outcome)


class Standing:
    """A rule and what has come of it so far.

    number: tells rules apart for as long as the process lives. missed: how often its stages were
    asked and it was not. matched, fired: see RuleCount.
    """

    __slots__ = (
        "_matchers",
        "_plans",
        "_seen_before",
        "fired",
        "last_fired",
        "ledger",
        "matched",
        "missed",
        "number",
        "rule",
    )

    def __init__(self, rule: Rule, *, now: float, keys: int) -> None:
        self.rule = rule
        self.ledger = Ledger(rule, started=now, keys=keys)
        self.number = next(_numbers)
        self._matchers = tuple(map(matcher, sorted(rule.match, key=cost)))
        self._plans: list[Plan] = []
        self._seen_before = 0
        self.missed = 0
        self.matched = 0
        self.fired = 0
        self.last_fired: float | None = None

    @property
    def seen(self) -> int:
        """How often the rule was asked."""
        return self._seen_before + sum(plan.asked for plan in self._plans) - self.missed

    def stand(self, plans: dict[str, Plan]) -> None:
        """Take a place in the plans of the rule's stages, and leave all others."""
        self._seen_before = self.seen
        self.missed = 0
        self._plans = [plans[stage] for stage in self.rule.stages] if self.rule.enabled else []
        for plan in self._plans:
            plan.standings.append(self)

    def adopt(self, rule: Rule, *, now: float) -> None:
        """Take a rule that acts like this one. One that was disabled begins its time anew."""
        if rule.enabled and not self.rule.enabled:
            self.ledger.started = now
        self.rule = self.ledger.rule = rule

    def summon(self) -> None:
        """Be asked outside of any plan."""
        self._seen_before += 1

    def fits(self, glance: Glance) -> bool:
        """Return whether all conditions hold."""
        for matches in self._matchers:
            if not matches(glance):
                return False
        where = self.rule.where
        return where is None or bool(where(glance.moment))
