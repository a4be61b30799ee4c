"""The engine: asked at each stage, it says what the rules want done."""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from mailcatch.faults.clock import Clock
from mailcatch.faults.counting import key_of, unit_of
from mailcatch.faults.decision import Decision
from mailcatch.faults.explaining import Explanation, Telling
from mailcatch.faults.glance import Glance
from mailcatch.faults.ledger import STARTED, Outcome
from mailcatch.faults.magic import Magic, MagicTable
from mailcatch.faults.merging import Merger
from mailcatch.faults.moment import Moment
from mailcatch.faults.rule import FOREVER, RuleSet
from mailcatch.faults.stages import STAGES
from mailcatch.faults.standing import Plan, Standing, Visit

MOST_CONNECTIONS: Final = 10_000
"""Connections that are remembered; past that, the oldest is taken for closed."""


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """The counters of a rule.

    seen: how often it was asked. matched: how often its conditions held. fired: on how many
    occasions it fired; several commands can be one occasion. remaining: how often it can fire
    still, None where there is no end or the rule counts by key. last_fired: the time of the
    engine's clock, or None.
    """

    id: str
    enabled: bool
    dry_run: bool
    seen: int
    matched: int
    fired: int
    remaining: int | None
    last_fired: float | None


class Engine:
    """Rules at work. It has no lock: ask it from one thread."""

    def __init__(
        self,
        rules: RuleSet,
        *,
        clock: Clock,
        seed: int | None = None,
        magic: MagicTable | None = None,
    ) -> None:
        """Take rules.

        rules: what to do. clock: the time that windows, quotas and greylisting go by. seed: instead
        of that of the rules; None takes theirs, or a random one. magic: gives the rule table for
        the text of a magic address or EHLO name.
        """
        self._clock = clock
        self._own_seed = seed
        self._table = magic
        self._seed = 0
        self._rules = RuleSet()
        self._standings: list[Standing] = []
        self._plans: dict[str, Plan] = {}
        self._magic: Magic | None = None
        self._visits: dict[int, Visit] = {}
        self._scenarios: dict[str, str] = {}
        self._take(rules, {})

    @property
    def rules(self) -> RuleSet:
        """The rules that were taken last."""
        return self._rules

    @property
    def seed(self) -> int:
        """The seed that chance goes by."""
        return self._seed

    @property
    def magical(self) -> bool:
        """Whether clients can ask for faults by themselves."""
        return self._magic is not None

    def replace(self, rules: RuleSet) -> None:
        """Take other rules. One that does what it did before keeps its counters.

        Another generation begins everything anew.
        """
        if rules.generation != self._rules.generation or rules.keys != self._rules.keys:
            self._take(rules, {})
        else:
            self._take(rules, {standing.rule.id: standing for standing in self._standings})

    def reset(self) -> None:
        """Begin all counters, schedules and scenarios anew."""
        self._take(self._rules, {})

    def forget(self, connection: int) -> None:
        """Say that a connection has ended. Connections that were never heard of do no harm."""
        visit = self._visits.pop(connection, None)
        if visit is not None:
            for leave in visit.leaving:
                leave()

    def decide(self, moment: Moment, *, magical: bool = True) -> Decision | None:
        """Return what is to be done at a moment, or None to go on as usual. Counts the occasion.

        magical: False where no magic name was said in the session, so that none is looked for.
        """
        plan = self._plans.get(moment.stage)
        magic = self._magic if magical else None
        if plan is None and magic is None:
            return None
        glance = Glance(moment)
        if plan is not None and magic is None and plan.sifts(glance):
            return None
        merger = Merger(moment, self._seed)
        if magic is not None and self._rules.magic_first:
            self._ask_magic(magic, glance, merger)
        if plan is not None:
            self._ask(plan, glance, merger)
        if magic is not None and not self._rules.magic_first:
            self._ask_magic(magic, glance, merger)
        return merger.decision()

    def counters(self) -> list[RuleCount]:
        """Return the counters of each rule, in the order of the file; then those of magic rules."""
        magic = [] if self._magic is None else self._magic.standings()
        return [
            *(_count(one, one.ledger.remaining()) for one in self._standings),
            # They count by address, name or fingerprint.
            *(_count(one, None) for one in magic),
        ]

    def explain(self, moment: Moment) -> list[Explanation]:
        """Return what each rule would do at a moment, in the order of asking. Counts nothing."""
        glance = Glance(moment)
        now = self._clock.now()
        telling = Telling(
            glance, self._seed, lambda standing, key: self._outcome(standing, glance, now, key)[0]
        )
        magic = [] if self._magic is None else list(self._magic.summon(moment, now=now))
        if self._rules.magic_first:
            telling.tell_magic(magic)
        standings = sorted(self._standings, key=lambda one: one.rule.priority)
        telling.tell_rules(standings, enabled=self._rules.enabled)
        if not self._rules.magic_first:
            telling.tell_magic(magic)
        return telling.explained

    def _take(self, rules: RuleSet, known: dict[str, Standing]) -> None:
        now = self._clock.now()
        if not known:
            self._visits.clear()
            self._scenarios.clear()
        seed = rules.seed if self._own_seed is None else self._own_seed
        if seed is not None:
            self._seed = seed
        elif not self._rules.rules and not self._seed:
            self._seed = secrets.randbelow(1 << 31) + 1
        self._rules = rules
        self._standings = []
        for rule in rules.rules:
            standing = known.get(rule.id)
            if standing is not None and standing.rule.acts_like(rule):
                standing.adopt(rule, now=now)
            else:
                standing = Standing(rule, now=now, keys=rules.keys)
            self._standings.append(standing)
        plans = {stage: Plan(stage) for stage in STAGES}
        # Ties stay in the order of the file, because sorting is stable.
        for standing in sorted(self._standings, key=lambda one: one.rule.priority):
            standing.stand(plans)
        active = rules.enabled
        self._plans = {s: plan for s, plan in plans.items() if active and plan.standings}
        if not active or self._table is None or not rules.magic:
            self._magic = None
            return
        magic = self._magic
        own = rules.presets
        if not known or magic is None or magic.domains != rules.magic or magic.own != own:
            self._magic = Magic(self._table, rules.magic, own=own, keys=rules.keys)

    def _ask(self, plan: Plan, glance: Glance, merger: Merger) -> None:
        plan.asked += 1
        due = None
        if plan.stage == "idle":
            due = self._due(plan, glance.moment)
        elif plan.stage == "body":
            due = self._reached(plan, glance.moment)
        if merger.answered:
            plan.pass_over(-1, due, terminal=True)
        for place in plan.candidates(glance) if due is None else due:
            standing = plan.standings[place]
            answered = merger.answered
            if (answered and standing.rule.terminal) or not standing.fits(glance):
                continue
            self._matched(standing, glance, merger, None)
            if merger.answered and not answered:
                plan.pass_over(place, due, terminal=True)
            if standing.rule.final:
                plan.pass_over(place, due, terminal=False)
                if not merger.answered:
                    plan.pass_over(place, due, terminal=True)
                return

    def _ask_magic(self, magic: Magic, glance: Glance, merger: Merger) -> None:
        for summoned in magic.summon(glance.moment, now=self._clock.now()):
            standing = summoned.standing
            if standing.rule.terminal and merger.answered:
                continue
            standing.summon()
            self._matched(standing, glance, merger, summoned.key)

    def _matched(self, standing: Standing, glance: Glance, merger: Merger, key: str | None) -> None:
        standing.matched += 1
        rule = standing.rule
        now = self._clock.now()
        outcome, repeated = self._outcome(standing, glance, now, key)
        unit = unit_of(rule.schedule.count, glance)
        if not repeated:
            leave = standing.ledger.enter(outcome, glance, now=now)
            if unit is not None and outcome.counts:
                mark = standing.ledger.mark(outcome.key, glance)
                self._visit(glance.moment.connection_nth).keep(standing, mark, unit, outcome)
            if leave is not None:
                self._visit(glance.moment.connection_nth).leaving.append(leave)
            if outcome.fires:
                standing.fired += 1
                standing.last_fired = now
                if rule.schedule.set_state and not rule.dry_run:
                    self._scenarios[rule.schedule.scenario] = rule.schedule.set_state
        if outcome.fires:
            merger.add(rule, outcome)

    def _outcome(
        self, standing: Standing, glance: Glance, now: float, key: str | None
    ) -> tuple[Outcome, bool]:
        """Return what was decided for the unit that the moment is in, or else what is due.

        The second value tells whether it was decided before.
        """
        schedule = standing.rule.schedule
        key = key_of(schedule.key, glance) if key is None else key
        unit = unit_of(schedule.count, glance)
        visit = self._visits.get(glance.moment.connection_nth)
        if visit is not None and unit is not None:
            decided = visit.outcome(standing, standing.ledger.mark(key, glance), unit)
            if decided is not None:
                return decided, True
        state = self._scenarios.get(schedule.scenario, STARTED)
        ledger = standing.ledger
        return ledger.judge(glance, key=key, now=now, seed=self._seed, state=state), False

    def _visit(self, connection: int) -> Visit:
        visit = self._visits.get(connection)
        if visit is None:
            visit = self._visits[connection] = Visit()
            while len(self._visits) > MOST_CONNECTIONS:
                self.forget(next(iter(self._visits)))
        return visit

    def _reached(self, plan: Plan, moment: Moment) -> list[int]:
        """Return the rules that are asked in a body: each once, when it has come so far."""
        visit = self._visit(moment.connection_nth)
        if not moment.octets:
            visit.reached.clear()
        places: list[int] = []
        for place, standing in enumerate(plan.standings):
            number = standing.number
            if moment.octets < standing.rule.begins_after or number in visit.reached:
                standing.missed += 1
            else:
                if moment.octets != FOREVER:
                    visit.reached.add(number)
                places.append(place)
        return places

    def _due(self, plan: Plan, moment: Moment) -> list[int]:
        """Return the rules that are asked at idle: once a quiet period, when it was long enough."""
        visit = self._visit(moment.connection_nth)
        if moment.quiet < visit.quiet:
            visit.told.clear()
        visit.quiet = moment.quiet
        places: list[int] = []
        for place, standing in enumerate(plan.standings):
            if moment.quiet < standing.rule.after or standing.number in visit.told:
                standing.missed += 1
            else:
                visit.told.add(standing.number)
                places.append(place)
        return places


def _count(standing: Standing, remaining: int | None) -> RuleCount:
    return RuleCount(
        id=standing.rule.id,
        enabled=standing.rule.enabled,
        dry_run=standing.rule.dry_run,
        seen=standing.seen,
        matched=standing.matched,
        fired=standing.fired,
        remaining=remaining,
        last_fired=standing.last_fired,
    )
