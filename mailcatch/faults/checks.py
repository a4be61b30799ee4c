"""What only the whole of a rule shows: facts not known yet, and schedules that never fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mailcatch.faults import misnomers
from mailcatch.faults.ledger import STARTED
from mailcatch.faults.replies import in_grammar
from mailcatch.faults.replying import PLACEHOLDER
from mailcatch.faults.reporting import Table
from mailcatch.faults.rule import Answer, Between, Condition, Present, Reply, Rule, TlsFault
from mailcatch.faults.stages import KEY_KNOWN_AT, KNOWN_AT, PLACEHOLDER_KNOWN_AT
from mailcatch.faults.values import listed, nearest

DOES_NOTHING: Final = "the rule does nothing: give it a reply, or another effect"

MOST_SAID: Final = 16 << 20
"""Octets of a reply that is said several times."""
_WITHOUT_REPLY = ("tls", "body")


def narrowed(rule: Rule) -> tuple[str, ...]:
    """Return those of a rule's stages at which all that it looks at may be known."""
    return tuple(
        stage
        for stage in rule.stages
        if all(stage in KNOWN_AT[condition.attribute] for condition in rule.match)
        and all(stage in KEY_KNOWN_AT[key] for key in keys_of(rule).values())
    )


def keys_of(rule: Rule) -> Mapping[str, str]:
    """Return what the schedule of a rule counts by, with the key of the file that says so."""
    schedule = rule.schedule
    found = {"key": schedule.key}
    if schedule.quota is not None:
        found["quota"] = schedule.quota.per
    if schedule.concurrency is not None:
        found["concurrency"] = schedule.concurrency.per
    if schedule.greylist is not None:
        found["greylist"] = schedule.greylist.per
    return found


def check_rule(rule: Rule, table: Table) -> None:
    """Report what cannot be in a rule whose keys are right, one by one."""
    _check_known(rule, table)
    _check_effects(rule, table)
    for why, key in _never(rule):
        table.wrong(key, f"the rule can never fire: {why}")


def check_states(rules: Sequence[tuple[Rule, Table]]) -> None:
    """Report rules that wait for a state that nothing brings about."""
    brought = {(rule.schedule.scenario, rule.schedule.set_state) for rule, _ in rules}
    for rule, table in rules:
        state = rule.schedule.when_state
        if state and state != STARTED and (rule.schedule.scenario, state) not in brought:
            table.report.rule = rule.id
            table.wrong(
                "when_state",
                f"the rule can never fire: no rule sets scenario {rule.schedule.scenario} "
                f"to {state}",
            )


def _check_known(rule: Rule, table: Table) -> None:
    for condition in rule.match:
        known = KNOWN_AT[condition.attribute]
        early = [stage for stage in rule.stages if stage not in known]
        if early:
            named = condition.attribute
            path = _condition_path(condition, table)
            table.report.wrong(
                path,
                f"match.{named} is not known at {listed(early)}",
                f"it is known at {listed(known)}",
            )
    for key, per in keys_of(rule).items():
        known = KEY_KNOWN_AT[per]
        early = [stage for stage in rule.stages if stage not in known]
        if early:
            table.wrong(
                key if table.values.get(key) is not None else "schedule",
                f"{key} counts by {per}, which is not known at {listed(early)}",
                f"it is known at {listed(known)}",
            )
    for name in _placeholders(rule):
        if name not in PLACEHOLDER_KNOWN_AT:
            hint = nearest(name, PLACEHOLDER_KNOWN_AT, misnomers.PLACEHOLDERS)
            table.wrong(_said_at(table), f"nothing is called {{{name}}}", hint)
            continue
        known = PLACEHOLDER_KNOWN_AT[name]
        early = [stage for stage in rule.stages if stage not in known]
        # At any stage there is something to say; what is unknown is then called so.
        if early and len(early) == len(rule.stages):
            table.wrong(
                _said_at(table),
                f"{{{name}}} is not known at {listed(early)}",
                f"it is known at {listed(known)}",
            )


def _condition_path(condition: Condition, table: Table) -> tuple[str | int, ...]:
    """Return where a condition stands; each way of writing it is tried."""
    match = table.values.get("match")
    path: tuple[str | int, ...] = (*table.path, "match")
    name = condition.attribute
    if condition.negated and isinstance(match, Mapping) and isinstance(match.get("not"), Mapping):
        return (*path, "not", name)
    if condition.negated:
        return (*path, f"not.{name}")
    return (*path, name)


def _said_at(table: Table) -> str:
    for key in ("reply", "sequence", "preset", "bounce_later"):
        if key in table.values:
            return key
    return ""


def _answers(rule: Rule) -> Iterator[Answer]:
    if rule.answer is not None:
        yield rule.answer
    yield from rule.schedule.sequence


def _replies(rule: Rule) -> Iterator[Reply]:
    for answer in _answers(rule):
        if answer.reply is not None:
            yield answer.reply
        if answer.bounce is not None:
            yield answer.bounce.reply


def _placeholders(rule: Rule) -> list[str]:
    found = (
        name
        for reply in _replies(rule)
        for line in reply.lines
        for name in PLACEHOLDER.findall(line.text)
    )
    return list(dict.fromkeys(found))


def _check_effects(rule: Rule, table: Table) -> None:
    answer = rule.answer
    if answer is not None and answer.does_nothing and rule.slowing is None:
        table.wrong("", DOES_NOTHING)
    stages = set(rule.stages)
    silent = [stage for stage in rule.stages if stage in _WITHOUT_REPLY]
    for answer in _answers(rule):
        if (answer.reply is not None or answer.raw is not None) and "tls" in stages:
            table.wrong(_said_at(table), "no reply is said at tls")
        if (said := _octets(answer) * answer.repeat) > MOST_SAID:
            what = f"repeat: this is a reply of {said} octets, and {MOST_SAID} are the most"
            table.wrong("repeat", what)
        if answer.octets and "body" not in stages:
            table.wrong("after_bytes", "after_bytes counts octets of the body: at must be body")
        # A lost reply says by itself that the message is stored, at whatever stage.
        lost = answer.never_replies and answer.store is True
        if answer.store is not None and "eom" not in stages and not lost:
            table.wrong("store", "store is decided at eom, and the rule does not stand there")
        if answer.bounce is not None:
            _check_bounce(answer, stages, table)
        if lost and silent:
            table.wrong("lost", f"no reply is owed at {listed(silent)} that could be lost")
    slowing = rule.slowing
    if slowing is not None and slowing.bandwidth and "body" not in stages:
        table.wrong("bandwidth", "bandwidth is how fast the body is read: at must be body")
    if slowing is not None and slowing.capabilities is not None and "ehlo" not in stages:
        table.wrong("capabilities", "capabilities are offered at ehlo: at must be ehlo")
    if slowing is not None and slowing.tls is not None:
        if "tls" not in stages:
            table.wrong("tls", "tls tells of the handshake: at must be tls")
        if slowing.tls == TlsFault():
            table.wrong("tls", "tls: nothing is wrong; name one of cert, version and handshake")
    for reply in _replies(rule):
        for code in sorted({line.code for line in reply.lines}):
            if not in_grammar(code):
                path = (*table.path, _said_at(table))
                table.report.odd(path, f"{code} is outside of RFC 5321's grammar for codes")


def _check_bounce(answer: Answer, stages: set[str], table: Table) -> None:
    if not stages <= {"rcpt", "eom"}:
        what = "bounce_later is for mail that is accepted: at must be rcpt or eom"
        table.wrong("bounce_later", what)
    refused = answer.reply is not None and answer.reply.code >= 400
    if refused or answer.raw is not None:
        what = "bounce_later: the mail has to be accepted first, and the rule replies otherwise"
        hint = "what bounces stands in bounce_later itself"
        table.wrong("bounce_later", what, hint)


def _octets(answer: Answer) -> int:
    """Return how many octets a reply has, without what is filled in."""
    if answer.raw is not None:
        return len(answer.raw)
    lines = answer.reply.lines if answer.reply is not None else ()
    return sum(len(line.text.encode()) + len(line.enhanced) + len("250  \r\n") for line in lines)


def _never(rule: Rule) -> Iterator[tuple[str, str]]:
    schedule = rule.schedule
    if schedule.times == 0:
        yield "times is 0", "times"
    if schedule.probability == 0:
        yield "probability is 0", "probability"
    if schedule.ttl == 0:
        yield "ttl is 0", "ttl"
    active = schedule.active
    if active is not None and active.lasts == 0:
        yield "it is active for no time", "active"
    if active is not None and active.after >= schedule.ttl > 0:
        yield "it becomes active when its ttl is over", "active"
    steps = schedule.sequence
    if steps and all(step.passes for step in steps) and schedule.exhausted != "fail":
        yield "every step of its sequence lets the client pass", "sequence"
    if _once_a_connection(rule):
        if schedule.key == "connection" and schedule.skip:
            yield "each connection has only one occasion, and skip lets it pass", "skip"
        if schedule.key == "connection" and schedule.every > 1:
            yield "each connection has only one occasion, and every waits for more", "every"
        quota = schedule.quota
        if quota is not None and quota.per == "connection" and quota.limit:
            yield "each connection has only one occasion, which the quota allows", "quota"
    concurrency = schedule.concurrency
    if concurrency is not None and concurrency.per == "connection" and concurrency.limit:
        yield "one connection is never more than one", "concurrency"
    for condition in rule.match:
        if _contradicts(condition, rule):
            yield f"match.{condition.attribute} cannot hold there", "match"


def _once_a_connection(rule: Rule) -> bool:
    return rule.schedule.count == "connection" or set(rule.stages) <= {"connect"}


def _contradicts(condition: Condition, rule: Rule) -> bool:
    """Whether a condition can hold at no stage of the rule."""
    if condition.negated:
        return False
    name = condition.attribute
    if name.endswith("_nth") or (name == "recipient_count" and set(rule.stages) == {"rcpt"}):
        # They count from 1.
        return all(isinstance(p, Between) and p.most < 1 for p in condition.patterns)
    if name == "tls" and set(rule.stages) == {"starttls"}:
        return condition.patterns == (Present(True),)
    return False
