"""The rules as a policy of the wire."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Final

from msgspec.structs import replace

from mailcatch.breaking.moment import WireMoment
from mailcatch.breaking.verdict import verdict_of
from mailcatch.faults.engine import Engine
from mailcatch.faults.magic import FIELD
from mailcatch.faults.rule import Rule
from mailcatch.smtp.policy import ACCEPT_ALL, Attentive, Facts, Policy, Stage, Verdict, stages_of

# What stands in a command line that may hold magic (mailcatch.faults.magic), by its stage.
_MAGIC: Final = {Stage.EHLO: b"mc-", Stage.RCPT: b"+mc-"}
# The field of a message that does.
_FIELD: Final = b"\n" + FIELD.lower().encode() + b":"
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")

_INSIDE: Final = frozenset(("subject", "header", "body", "attachment"))


def _looks_inside(rule: Rule) -> bool:
    """Return whether a rule may ask what stands in a message."""
    return (
        rule.schedule.key == "fingerprint"
        or rule.where is not None
        or any(condition.attribute in _INSIDE for condition in rule.match)
    )


def _has_field(head: bytes) -> bool:
    """Return whether the field that asks for a fault may be in a header block."""
    block = b"\n" + head
    place = block.lower().find(_FIELD)
    return place >= 0 and _BLANK_LINE.search(block, 0, place + 1) is None


class FaultPolicy:
    """Asks the rules at each stage for which there are any; where none fires, another policy.

    engine: the rules. host: what the server calls itself. otherwise: the other policy.
    stages: where the policy wants to be asked now; they change with the rules.
    """

    def __init__(self, engine: Engine, *, host: str, otherwise: Policy = ACCEPT_ALL) -> None:
        self.engine = engine
        self.stages: set[Stage] = set()
        self._host = host
        self._otherwise = otherwise
        self._listener = otherwise if isinstance(otherwise, Attentive) else None
        # Where there are rules, as far as it is known without looking at a session.
        self._ruled: frozenset[str] = frozenset()
        self._magic = False
        # Octets of a body after which rules begin.
        self._marks: frozenset[int] = frozenset()
        # Sessions in which a magic name was said: they are asked about at every stage.
        self._enchanted: set[int] = set()
        self.rearm()

    def rearm(self) -> None:
        """Learn at which stages there are rules; to be called when the engine has others."""
        rules = self.engine.rules
        self._ruled = frozenset(
            stage for rule in rules.rules if rule.enabled for stage in rule.stages
        )
        self._magic = self.engine.magical
        self._marks = frozenset(
            rule.begins_after for rule in rules.rules if rule.enabled and "body" in rule.stages
        )
        self._listen()
        if any(map(_looks_inside, rules.rules)):
            # Now, and not on the path of the first reply that needs it.
            import_module("mailcatch.mail.message")

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        """Return what the rules want done, or else the other policy."""
        if self._magic and stage in _MAGIC and _MAGIC[stage] in facts.line.lower():
            self._enchanted.add(facts.ordinal)
            self._listen()
        if stage is Stage.BODY:
            return self._in_body(facts)
        return self._asked(stage, facts)

    def _in_body(self, facts: Facts) -> Verdict | None:
        """Ask at the beginning of the data, and again where a rule begins later."""
        octets = facts.transaction.octets if facts.transaction is not None else 0
        verdict = self._asked(Stage.BODY, facts)
        later = min((mark for mark in self._marks if mark > octets), default=None)
        return verdict if later is None else replace(verdict or Verdict(), again=later)

    def _asked(self, stage: Stage, facts: Facts) -> Verdict | None:
        magical = bool(self._enchanted) and facts.ordinal in self._enchanted
        if stage is Stage.EOM and self._magic and not magical:
            magical = _has_field(facts.head)
        if magical or stage in self._ruled:
            moment = WireMoment(stage, facts, self._host)
            decision = self.engine.decide(moment, magical=magical)
            if decision is not None:
                return verdict_of(stage, decision)
        if stage is Stage.BODY and facts.transaction is not None and facts.transaction.octets:
            # The other policy was asked at the beginning.
            return None
        return self._otherwise.decide(stage, facts)

    def session_over(self, facts: Facts, /) -> None:
        """Let the rules know that a session is over: it counts no more as open."""
        if facts.ordinal in self._enchanted:
            self._enchanted.discard(facts.ordinal)
            self._listen()
        self.engine.forget(facts.ordinal)
        if self._listener is not None:
            self._listener.session_over(facts)

    def _listen(self) -> None:
        """Want to be asked where somebody may have something to say, and nowhere else."""
        stages = stages_of(self._otherwise)
        self.stages.clear()
        self.stages.update(
            stage
            for stage in Stage
            if self._enchanted
            or stage in self._ruled
            or stage in stages
            or (self._magic and (stage in _MAGIC or stage is Stage.EOM))
        )
