"""Policies that tests of the wire share."""

from __future__ import annotations

from mailcatch import Facts, Stage, Verdict


class At:
    """Gives one verdict at one stage, as often as asked for, and remembers what it was told."""

    def __init__(self, stage: Stage, verdict: Verdict, times: int = 1) -> None:
        self.stage = stage
        self.verdict = verdict
        self.times = times
        self.asked: list[Stage] = []
        self.content = b""
        self.ended: list[int] = []

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        self.asked.append(stage)
        if stage is Stage.EOM:
            self.content = facts.content()
        if stage is not self.stage or self.times == 0:
            return None
        self.times -= 1
        return self.verdict

    def session_over(self, facts: Facts, /) -> None:
        self.ended.append(facts.ordinal)
