"""What rules would do with a mail that is only supposed: at each stage, to each recipient."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from mailcatch.faults.clock import HandClock
from mailcatch.faults.engine import Engine
from mailcatch.faults.explaining import Explanation
from mailcatch.faults.magic import FIELD, SIGN
from mailcatch.faults.moment import Supposed
from mailcatch.faults.rule import Rule, RuleSet
from mailcatch.faults.shorthand import magic
from mailcatch.faults.stages import STAGES

SPENT = "has fired as often as it can, on the server"


def suppose(
    rules: RuleSet,
    mail: Supposed,
    *,
    at: str = "",
    spent: Collection[str] = (),
    seed: int | None = None,
) -> Iterator[tuple[Supposed, Explanation]]:
    """Give what each rule would do with a mail, and the moment it would do it at.

    mail: all that is known at its end. at: the stage to look at, "" for each that rules name; a
    rule for any stage is then shown at eom. spent: ids of rules that a server has used up. seed:
    what the server draws chance from.
    """
    stages = {rule.id: _stages(rule) for rule in rules.rules}
    named = set(STAGES) if magical(mail) else {stage for each in stages.values() for stage in each}
    for moment in _moments(mail, [at] if at else [stage for stage in STAGES if stage in named]):
        for one in _explained(rules, moment, spent, seed):
            if at or moment.stage in stages.get(one.rule, STAGES):
                yield moment, one


def magical(mail: Supposed) -> bool:
    """Return whether a mail may ask for a fault by itself."""
    names = (*mail.recipients, mail.helo_name or "")
    return any(SIGN in name.lower() for name in names) or bool(mail.header(FIELD))


def _explained(
    rules: RuleSet, moment: Supposed, spent: Collection[str], seed: int | None
) -> Iterator[Explanation]:
    left = tuple(
        replace(rule, enabled=rule.enabled and rule.id not in spent) for rule in rules.rules
    )
    live, fresh = (
        Engine(one, clock=HandClock(), seed=seed, magic=magic).explain(moment)
        for one in (replace(rules, rules=left), rules)
    )
    for one, alone in zip(live, fresh, strict=True):
        if one.rule in spent and alone.matches:
            yield replace(alone, fires=False, why=SPENT)
        else:
            yield alone if one.rule in spent else one


def _stages(rule: Rule) -> tuple[str, ...]:
    """Return the stages at which a rule is looked at: of any stage, it is the end of the message.

    Where it cannot stand there, it is the last one that it can.
    """
    if not rule.anywhere:
        return rule.stages
    return ("eom",) if "eom" in rule.stages else rule.stages[-1:]


def _moments(mail: Supposed, stages: list[str]) -> Iterator[Supposed]:
    """Give the moments of a mail: one a stage, and at rcpt one a recipient."""
    for stage in stages:
        if stage == "rcpt":
            for number, recipient in enumerate(mail.recipients or (None,), 1):
                yield replace(
                    mail,
                    stage=stage,
                    recipient=recipient,
                    recipients=mail.recipients[: number - 1],
                    recipient_nth=number,
                )
        else:
            yield replace(mail, stage=stage)
