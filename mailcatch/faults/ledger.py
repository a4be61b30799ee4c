"""The ledger of a rule: how often it was matched and has fired, and whether it fires now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from mailcatch.faults.chance import uniform
from mailcatch.faults.counting import key_of
from mailcatch.faults.glance import Glance
from mailcatch.faults.memory import Memory
from mailcatch.faults.rule import Answer, Reply, ReplyLine, Rule, Schedule

STARTED: Final = "Started"
"""The state in which each scenario begins."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a schedule says of one occasion.

    fires: whether the rule does anything. counts: whether the occasion is one of the schedule's.
    why: where it does not fire, the reason; it goes on after "it". key: of the occasion. ordinal:
    the number of the occasion for its key, from 1. answer: what is done.
    """

    fires: bool
    counts: bool
    why: str
    key: str
    ordinal: int
    answer: Answer | None = None


class Count:
    """What is counted for one key. asked: occasions. fired: those on which the rule fired.

    steps: of the sequence, passing ones too.
    """

    __slots__ = ("asked", "fired", "steps")

    def __init__(self) -> None:
        self.asked = 0
        self.fired = 0
        self.steps = 0


class Since:
    """When a key was first seen."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at: float | None = None


class Ledger:
    """The schedule of one rule at work. started: when its time began to run."""

    __slots__ = ("_counts", "_open", "_passed", "_since", "rule", "started")

    def __init__(self, rule: Rule, *, started: float, keys: int) -> None:
        self.rule = rule
        self.started = started
        self._counts = Memory(Count, keys)
        self._passed: Memory[deque[float]] = Memory(deque, keys)
        self._open: Memory[set[int]] = Memory(set, keys)
        self._since = Memory(Since, keys)

    def judge(self, glance: Glance, *, key: str, now: float, seed: int, state: str) -> Outcome:
        """Return whether the rule fires at an occasion, without counting it.

        key: of the occasion. state: of the rule's scenario.
        """
        schedule = self.rule.schedule
        count = self._counts.look(key)
        ordinal = count.asked + 1
        asleep = self._asleep(schedule, now - self.started, state)
        if asleep:
            return Outcome(fires=False, counts=False, why=asleep, key=key, ordinal=ordinal)
        why = self._turn(schedule, count, ordinal, seed, key) or self._pressure(
            schedule, glance, now
        )
        if why:
            return Outcome(fires=False, counts=True, why=why, key=key, ordinal=ordinal)
        answer = self._answer(count.steps)
        if answer is not None and answer.passes:
            why = f"is at a step of its sequence that lets the client pass (step {count.steps + 1})"
            return Outcome(
                fires=False, counts=True, why=why, key=key, ordinal=ordinal, answer=answer
            )
        return Outcome(fires=True, counts=True, why="", key=key, ordinal=ordinal, answer=answer)

    def enter(self, outcome: Outcome, glance: Glance, *, now: float) -> Callable[[], None] | None:
        """Count an occasion. Returns what is to be called when the connection ends, if anything."""
        if not outcome.counts:
            return None
        schedule = self.rule.schedule
        count = self._counts.use(outcome.key)
        count.asked += 1
        count.fired += outcome.fires
        count.steps += outcome.answer is not None
        if schedule.greylist is not None:
            since = self._since.use(key_of(schedule.greylist.per, glance))
            since.at = now if since.at is None else since.at
        if outcome.fires:
            return None
        if schedule.quota is not None and schedule.quota.limit:
            passed = self._passed.use(key_of(schedule.quota.per, glance))
            if len(passed) >= schedule.quota.limit:
                passed.popleft()
            passed.append(now)
        if schedule.concurrency is None:
            return None
        inside = self._open.use(key_of(schedule.concurrency.per, glance))
        connection = glance.moment.connection_nth
        if connection in inside:
            return None
        inside.add(connection)
        return lambda: inside.discard(connection)

    def mark(self, key: str, glance: Glance) -> str:
        """Return what tells the occasions of one unit apart: all that the schedule counts by."""
        schedule = self.rule.schedule
        limits = (schedule.quota, schedule.concurrency, schedule.greylist)
        pers = [key_of(limit.per, glance) for limit in limits if limit is not None]
        return "\0".join((key, *pers)) if pers else key

    def remaining(self) -> int | None:
        """Return how often the rule can still fire; None without an end, or with an end a key."""
        schedule = self.rule.schedule
        if schedule.key != "rule":
            return None
        count = self._counts.look("")
        left = [] if schedule.times is None else [schedule.times - count.fired]
        if schedule.sequence and schedule.exhausted == "pass":
            ahead = schedule.sequence[count.steps :]
            left.append(sum(not step.passes for step in ahead))
        return max(min(left), 0) if left else None

    def _asleep(self, schedule: Schedule, age: float, state: str) -> str:
        if age >= schedule.ttl:
            return f"has outlived its ttl of {schedule.ttl:g} s"
        active = schedule.active
        if active is not None and age < active.after:
            return f"is active from {active.after:g} s after its loading, which was {age:.1f} s ago"
        if active is not None and age >= active.after + active.lasts:
            return f"was active for {active.lasts:g} s, and that is over"
        if schedule.when_state and state != schedule.when_state:
            return (
                f"waits for state {schedule.when_state} of scenario {schedule.scenario}, "
                f"which is in state {state}"
            )
        return ""

    def _turn(self, schedule: Schedule, count: Count, ordinal: int, seed: int, key: str) -> str:
        if schedule.times is not None and count.fired >= schedule.times:
            return f"has fired {count.fired} of {schedule.times} times"
        if ordinal <= schedule.skip:
            first = "first" if schedule.skip == 1 else f"first {schedule.skip}"
            return f"lets the {first} pass, and this is number {ordinal}"
        turn = ordinal - schedule.skip
        if turn % schedule.every:
            return f"fires every {_nth(schedule.every)} time, and this is number {turn}"
        if schedule.probability < 1:
            drawn = uniform(seed, self.rule.id, key, ordinal)
            if drawn >= schedule.probability:
                return f"fires with probability {schedule.probability:g}, and drew {drawn:.3f}"
        if schedule.exhausted == "pass" and 0 < len(schedule.sequence) <= count.steps:
            return f"is at the end of its sequence of {len(schedule.sequence)}"
        return ""

    def _pressure(self, schedule: Schedule, glance: Glance, now: float) -> str:
        quota, concurrency, greylist = schedule.quota, schedule.concurrency, schedule.greylist
        if quota is not None and quota.limit:
            passed = self._passed.look(key_of(quota.per, glance))
            if len(passed) < quota.limit or now - passed[0] >= quota.window:
                did = sum(now - at < quota.window for at in passed)
                return f"lets {quota.limit} pass in {quota.window:g} s, and {did} did so far"
        if concurrency is not None:
            inside = self._open.look(key_of(concurrency.per, glance))
            if glance.moment.connection_nth in inside or len(inside) < concurrency.limit:
                return f"lets {concurrency.limit} connections be open, and {len(inside)} are"
        if greylist is not None:
            at = self._since.look(key_of(greylist.per, glance)).at
            if at is not None and now - at >= greylist.delay:
                return f"was first asked {now - at:.1f} s ago, and delays for {greylist.delay:g} s"
        return ""

    def _answer(self, step: int) -> Answer | None:
        sequence = self.rule.schedule.sequence
        if not sequence:
            return self.rule.answer
        if step < len(sequence):
            return sequence[step]
        match self.rule.schedule.exhausted:
            case "cycle":
                return sequence[step % len(sequence)]
            case "last":
                return sequence[-1]
            case _:
                text = f"The sequence of rule {self.rule.id} is exhausted"
                return Answer(reply=Reply((ReplyLine(554, "5.3.0", text),)))


def _nth(number: int) -> str:
    """Return an ordinal: 2nd, 3rd, 11th."""
    teen = 10 < number % 100 < 14
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
