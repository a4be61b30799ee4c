"""Why a rule would or would not fire, in a sentence."""

from __future__ import annotations

import msgspec

from mailcatch.faults.glance import Glance
from mailcatch.faults.matching import matcher, source
from mailcatch.faults.rule import Between, Condition, Network, Pattern, Present, Rule, Text

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
        return f"matches {named} {patterns}, and there is none"
    shown = ", ".join(_printable(str(value)) for value in list(values)[:3])
    if condition.negated:
        return f"does not match {named} {patterns}, and it is {shown}"
    return f"matches {named} {patterns}, and it is {shown}"


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
