"""The fault rules of one mailbox: made in a test, gone with it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypedDict, Unpack

from msgspec.structs import replace

from mailcatch.faults.errors import Problem, RuleError
from mailcatch.faults.loading import load
from mailcatch.faults.presets import catalogue
from mailcatch.faults.shorthand import ShorthandError, parse
from mailcatch.testing.errors import check_words
from mailcatch.testing.fault_rule import Duration, FaultRule, Pattern, stage_of
from mailcatch.testing.place import calling_line

if TYPE_CHECKING:
    from mailcatch.faults.engine import RuleCount
    from mailcatch.faults.moment import Moment
    from mailcatch.testing.attempts import Attempt
    from mailcatch.testing.in_force import RulesInForce
    from mailcatch.testing.ledger import Share


class Conditions(TypedDict, total=False):
    """When a rule fires: all of it has to hold.

    to, sender: of the envelope, a glob or a compiled pattern, or several of which one has to fit.
    subject: the same, at the end of the message.
    match: any attributes of docs/faults.md. where: a function of them. times: fire so often, then
    be inert. skip: let the first ones pass. every: each so-manieth time. probability: a chance from
    0 to 1. key: what is counted apart. optional: it is no failure that the rule never fires.
    """

    to: Pattern | Sequence[Pattern]
    sender: Pattern | Sequence[Pattern]
    subject: Pattern | Sequence[Pattern]
    match: Mapping[str, object]
    where: Callable[[Moment], object]
    times: int
    skip: int
    every: int
    probability: float
    key: str
    optional: bool


class Faults:
    """Breaks the delivery of one mailbox's mail, on purpose."""

    def __init__(self, in_force: RulesInForce, share: Share, port: int | None) -> None:
        self._in_force = in_force
        self._share = share
        self._where: dict[str, object] = {} if port is None else {"server_port": port}
        self._rules: list[FaultRule] = []

    def at(self, stage: str, **conditions: Unpack[Conditions]) -> FaultRule:
        """Begin a rule at a stage, such as "rcpt" or "eom", to be told what it does."""
        __tracebackhide__ = True
        return self._make({"at": stage_of(stage)}, conditions)

    def fail(
        self, stage: str, reply: int | str = 451, **conditions: Unpack[Conditions]
    ) -> FaultRule:
        """Answer with a reply of yours, such as 550 or "451 4.7.1 Greylisted"."""
        __tracebackhide__ = True
        return self.at(stage, **conditions).reply(reply)

    def sequence(
        self,
        stage: str,
        *steps: int | str | Mapping[str, object],
        **conditions: Unpack[Conditions],
    ) -> FaultRule:
        """Answer with one reply after the other: `sequence("eom", 451, 451, 250)`."""
        __tracebackhide__ = True
        return self.at(stage, **conditions).sequence(*steps)

    def drop(
        self,
        at: str = "data",
        *,
        how: str = "rst",
        when: str = "before",
        after_bytes: int | None = None,
        **conditions: Unpack[Conditions],
    ) -> FaultRule:
        """Close the connection. after_bytes: in the middle of the message, after so many octets."""
        __tracebackhide__ = True
        if after_bytes is None:
            return self.at(at, **conditions).drop(how, when=when)
        return self.at("body", **conditions).set(disconnect=how, after_bytes=after_bytes)

    def delay(self, stage: str, seconds: Duration, **conditions: Unpack[Conditions]) -> FaultRule:
        """Answer late."""
        __tracebackhide__ = True
        return self.at(stage, **conditions).delay(seconds)

    def hang(
        self, stage: str, seconds: Duration | None = None, **conditions: Unpack[Conditions]
    ) -> FaultRule:
        """Never answer, or for some time not."""
        __tracebackhide__ = True
        return self.at(stage, **conditions).hang(seconds)

    def lose_reply(self, how: str = "rst", **conditions: Unpack[Conditions]) -> FaultRule:
        """Store the message and never say so, to see whether the application sends it again."""
        __tracebackhide__ = True
        return self.at("eom", **conditions).lost(how)

    def bounce_later(
        self,
        reply: int | str = 550,
        *,
        after: Duration = 0,
        **conditions: Unpack[Conditions],
    ) -> FaultRule:
        """Accept the mail, and let a notice come back that it failed, for each recipient that fits.

        reply: what a server further on is supposed to have said, or a preset. after: how long it
        takes. Where the message itself has to fit, all of its recipients bounce.
        """
        __tracebackhide__ = True
        asked = {*conditions, *conditions.get("match", {})}
        stage = "rcpt" if asked.isdisjoint(_OF_THE_MESSAGE) else "eom"
        return self.at(stage, **conditions).bounce_later(reply, after=after)

    def rate_limit(
        self,
        limit: int,
        *,
        per: Duration = 1.0,
        at: str = "mail",
        reply: int | str = "421 4.7.0 Too many messages",
        **conditions: Unpack[Conditions],
    ) -> FaultRule:
        """Refuse what is more than so many in a time."""
        __tracebackhide__ = True
        rule = self.at(at, **conditions)
        return rule.set(quota={"limit": limit, "window": per, "per": "client"}, reply=str(reply))

    def greylist(
        self,
        delay: Duration = "5m",
        *,
        reply: int | str = "451 4.7.1 Greylisted, try again later",
        **conditions: Unpack[Conditions],
    ) -> FaultRule:
        """Refuse each sender and recipient until some time has passed; `clock.advance` helps."""
        __tracebackhide__ = True
        rule = self.at("rcpt", **conditions)
        return rule.set(greylist={"delay": delay, "per": "triplet"}, reply=str(reply))

    def preset(
        self, name: str, *, at: str | None = None, **conditions: Unpack[Conditions]
    ) -> FaultRule:
        """Do what a server of the world does, such as "gmail-overquota"."""
        __tracebackhide__ = True
        known = catalogue().get(name)
        stage = at or (known.at if known is not None else "") or "rcpt"
        return self.at(stage, **conditions).preset(name)

    def without(self, *extensions: str, **conditions: Unpack[Conditions]) -> FaultRule:
        """Do not offer extensions, such as "SMTPUTF8"."""
        __tracebackhide__ = True
        hidden = {"hide": [one.upper() for one in extensions]}
        return self.at("ehlo", **conditions).set(capabilities=hidden)

    def add(self, rule: str | Mapping[str, object], *, optional: bool = False) -> FaultRule:
        """Add a rule in a few letters, such as "rcpt-451-x2", or as the table of a rule file."""
        __tracebackhide__ = True
        table = rule if isinstance(rule, Mapping) else _of_letters(rule)
        return self._make(table, {"optional": optional})

    def add_toml(self, text: str) -> list[FaultRule]:
        """Add the rules of a rule file (docs/faults.md). Raises RuleError."""
        __tracebackhide__ = True
        try:
            load(text, name=calling_line())
        except RuleError as error:
            # The test's line is of interest, not ours.
            raise error.with_traceback(None) from None
        tables = tomllib.loads(text).get("faults", {}).get("rule", [])
        return [self._make(table, {}) for table in tables]

    def __iter__(self) -> Iterator[FaultRule]:
        """Go through the rules of this mailbox."""
        return iter(list(self._rules))

    def __len__(self) -> int:
        return len(self._rules)

    def clear(self) -> None:
        """Lift all rules; none of them is asked for any more whether it fired."""
        for rule in self._rules:
            rule.lift()
        self._rules.clear()

    def unfired(self) -> list[str]:
        """Return the rules that were there for nothing, as sentences."""
        return [said for rule in self._rules if (said := rule.unfired(self.tries()))]

    def lift(self) -> None:
        """Lift all rules, and keep what they counted."""
        for rule in self._rules:
            rule.lift()

    def enforce(self, rule: FaultRule, /) -> None:
        """Put a rule in force as it is now. Raises RuleError, and then it is no rule any more."""
        __tracebackhide__ = True
        try:
            asked = rule.rule(self._where)
        except RuleError as error:
            self._rules.remove(rule)
            self._in_force.take_out(rule)
            # The line says which rule it is; and it is of interest, not ours.
            raise RuleError(replace(one, rule="") for one in error.problems) from None
        self._in_force.put(rule, asked)

    def count(self, rule: FaultRule, /) -> RuleCount | None:
        """Return the counters of a rule."""
        return self._in_force.count(rule)

    def tries(self) -> list[Attempt]:
        """Return what was sent so far."""
        return list(self._share.attempts)

    def take_out(self, rule: FaultRule, /) -> RuleCount | None:
        """Take a rule out of force; return its last counters."""
        return self._in_force.take_out(rule)

    def _make(self, table: Mapping[str, object], conditions: Conditions) -> FaultRule:
        __tracebackhide__ = True
        check_words(conditions, Conditions.__annotations__, "a fault rule has no")
        place = calling_line()
        rule = FaultRule(self, self._in_force.name_for(place), place, table)
        rule.is_optional = conditions.get("optional", False)
        self._rules.append(rule)
        for name in ("to", "sender", "subject", "where"):
            if name in conditions:
                getattr(rule, name)(conditions[name])
        if "match" in conditions:
            rule.match(**conditions["match"])
        keys = {key: conditions[key] for key in _SCHEDULE if key in conditions}
        return rule.set(**keys) if keys else rule


_OF_THE_MESSAGE: Final = ("subject", "where", "header", "body", "attachment")
_SCHEDULE: Final = ("times", "skip", "every", "probability", "key")


def _of_letters(text: str) -> Mapping[str, object]:
    __tracebackhide__ = True
    try:
        return {key: value for key, value in parse(text).items() if key != "id"}
    except ShorthandError as error:
        raise RuleError([Problem(name=calling_line(), what=str(error))]) from None
