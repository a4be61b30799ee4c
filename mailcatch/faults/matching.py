"""Matching: conditions, made into functions once, when rules are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from operator import methodcaller
from typing import Final

from mailcatch.faults.expressions import search
from mailcatch.faults.glance import Glance, Values
from mailcatch.faults.rule import Between, Condition, Network, Pattern, Present, Text

Test = Callable[[str], object]
"""Tells whether a text fits, by something that is true or false."""
Fits = Callable[[Values], bool]
Matcher = Callable[[Glance], bool]

FOLDED: Final = frozenset(
    {"attachment", "command", "helo_name", "recipient", "sasl_method", "sender", "tls_sni"}
)
"""The attributes that know no difference between capitals and small letters."""

_COST: Final = {"subject": 10, "header": 11, "attachment": 20, "body": 30}


def cost(condition: Condition) -> int:
    """Return how dear a condition is, so that the cheap ones are looked at first."""
    dearer = sum(isinstance(p, Text) and p.form == "re" for p in condition.patterns)
    return 2 * _COST.get(condition.attribute, 0) + bool(dearer)


def source(condition: Condition) -> str:
    """Return the name under which a glance knows what the condition looks at."""
    return f"header.{condition.name}" if condition.attribute == "header" else condition.attribute


def matcher(condition: Condition) -> Matcher:
    """Return a function that tells whether a condition holds."""
    attribute = source(condition)
    fits = values_test(condition)
    if condition.negated:
        return lambda glance: not fits(glance.values(attribute))
    return lambda glance: fits(glance.values(attribute))


def values_test(condition: Condition) -> Fits:
    """Return a function that tells whether one of a list of values fits one of the patterns."""
    folded = condition.attribute in FOLDED
    tests = [_pattern_test(pattern, folded=folded) for pattern in condition.patterns]
    if len(tests) == 1:
        return tests[0]
    return lambda values: any(test(values) for test in tests)


def _pattern_test(pattern: Pattern, *, folded: bool) -> Fits:
    match pattern:
        case Between(least, most):
            return lambda values: any(
                least <= value <= most for value in values if not isinstance(value, str)
            )
        case Present(wanted):
            return lambda values: any(values) is wanted
        case _:
            test = plain_test(pattern, folded=folded)
    if folded:
        return lambda values: any(test(value.lower()) for value in values if isinstance(value, str))
    return lambda values: any(test(value) for value in values if isinstance(value, str))


def plain_test(pattern: Text | Network, *, folded: bool) -> Test:
    """Return a function that tells whether a text fits.

    folded: whether capitals and small letters are the same; the text is then in small letters.
    """
    if isinstance(pattern, Network):
        return _network_test(pattern.value)
    if pattern.form == "re":
        return search(pattern.value, folded=folded)
    wanted = pattern.value.lower() if folded else pattern.value
    return wanted.__eq__ if pattern.form == "exact" else _glob(wanted)


def _network_test(text: str) -> Test:
    network = ip_network(text, strict=False)

    # Few clients ask often, and reading an address costs more than all the rest.
    @lru_cache(maxsize=256)
    def test(value: str) -> bool:
        try:
            address = ip_address(value)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            return address in network or address.ipv4_mapped in network
        return address in network

    return test


def _glob(glob: str) -> Test:
    """Make a test of a glob: `*` is any text, `?` any character, all else is itself."""
    glob = re.sub(r"\*+", "*", glob)
    inner = glob.strip("*")
    if inner and not {"*", "?"} & set(inner):
        if glob == inner:
            return inner.__eq__
        if glob == f"*{inner}":
            return methodcaller("endswith", inner)
        if glob == f"{inner}*":
            return methodcaller("startswith", inner)
        return methodcaller("__contains__", inner)
    return re.compile(_glob_expression(glob), re.DOTALL).fullmatch


def _glob_expression(glob: str) -> str:
    """Return an expression that never goes back: each piece is found once, as early as can be.

    The piece behind the last `*` stands at the end, where backtracking costs one pass.
    """
    first, *pieces = [
        "".join("." if character == "?" else re.escape(character) for character in piece)
        for piece in glob.split("*")
    ]
    if not pieces:
        return first
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[:-1])
    return f"{first}{middle}.*{pieces[-1]}"
