"""The rules as a policy of the wire."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from mailcatch.breaking.moment import WireMoment
from mailcatch.breaking.verdict import verdict_of
from mailcatch.faults.engine import Engine
from mailcatch.faults.rule import Rule
from mailcatch.smtp.policy import ACCEPT_ALL, Attentive, Facts, Policy, Stage, Verdict

# What stands in a command line that may hold magic (mailcatch.faults.shorthand), by its stage.
_MAGIC: Final = {Stage.EHLO: b"mc-", Stage.RCPT: b"+mc-"}

_INSIDE: Final = frozenset(("subject", "header", "body", "attachment"))


def _looks_inside(rule: Rule) -> bool:
    """Return whether a rule may ask what stands in a message."""
    return (
        rule.schedule.key == "fingerprint"
        or rule.where is not None
        or any(condition.attribute in _INSIDE for condition in rule.match)
    )


class FaultPolicy:
    """Asks the rules at each stage for which there are any; where none fires, another policy.

    engine: the rules. host: what the server calls itself. otherwise: the other policy.
    """

    def __init__(self, engine: Engine, *, host: str, otherwise: Policy = ACCEPT_ALL) -> None:
        self.engine = engine
        self._host = host
        self._otherwise = otherwise
        self._listener = otherwise if isinstance(otherwise, Attentive) else None
        self._stages: frozenset[str] = frozenset()
        self._magic = False
        # Sessions in which a magic name was said: they are asked about at every stage.
        self._enchanted: set[int] = set()
        self.rearm()

    def rearm(self) -> None:
        """Learn at which stages there are rules; to be called when the engine has others."""
        rules = self.engine.rules
        self._stages = frozenset(
            stage for rule in rules.rules if rule.enabled for stage in rule.stages
        )
        self._magic = bool(rules.magic)
        if any(map(_looks_inside, rules.rules)):
            # Now, and not on the path of the first reply that needs it.
            import_module("mailcatch.mail.message")

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        """Return what the rules want done, or else the other policy."""
        if self._magic and stage in _MAGIC and _MAGIC[stage] in facts.line.lower():
            self._enchanted.add(facts.ordinal)
        magical = bool(self._enchanted) and facts.ordinal in self._enchanted
        if magical or stage in self._stages:
            moment = WireMoment(stage, facts, self._host)
            decision = self.engine.decide(moment, magical=magical)
            if decision is not None:
                return verdict_of(stage, decision)
        return self._otherwise.decide(stage, facts)

    def session_over(self, facts: Facts, /) -> None:
        """Let the rules know that a session is over: it counts no more as open."""
        self._enchanted.discard(facts.ordinal)
        self.engine.forget(facts.ordinal)
        if self._listener is not None:
            self._listener.session_over(facts)
