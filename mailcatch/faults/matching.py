"""Matching: conditions, made into functions once, when rules are loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from mailcatch.faults.glance import Glance, Values
from mailcatch.faults.rule import Between, Condition, Network, Pattern, Present, Text

Test = Callable[[str], bool]
Fits = Callable[[Values], bool]
Matcher = Callable[[Glance], bool]

FOLDED: Final = frozenset(
    {"attachment", "helo_name", "recipient", "sasl_method", "sender", "tls_sni"}
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
        case Text():
            test = text_test(pattern, folded=folded)
            return lambda values: any(test(value) for value in values if isinstance(value, str))
        case Between(least, most):
            return lambda values: any(
                least <= value <= most for value in values if not isinstance(value, str)
            )
        case Network(value):
            return _network_test(value)
        case Present(wanted):
            return lambda values: any(values) is wanted


def _network_test(text: str) -> Fits:
    network = ip_network(text, strict=False)

    def test(values: Values) -> bool:
        for value in values:
            try:
                address = ip_address(str(value))
            except ValueError:
                continue
            if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
                address = address.ipv4_mapped
            if address in network:
                return True
        return False

    return test


def text_test(pattern: Text, *, folded: bool) -> Test:
    """Return a function that tells whether a text fits.

    folded: whether capitals and small letters are the same.
    """
    value = pattern.value
    if pattern.form == "re":
        search = re.compile(value, re.IGNORECASE if folded else 0).search
        return lambda text: search(text) is not None
    wanted = value.lower() if folded else value
    test = _exact(wanted) if pattern.form == "exact" else _glob(wanted)
    if folded:
        return lambda text: test(text.lower())
    return test


def _exact(wanted: str) -> Test:
    return lambda text: text == wanted


def _glob(glob: str) -> Test:
    """Make a test of a glob: `*` is any text, `?` any character, all else is itself."""
    glob = re.sub(r"\*+", "*", glob)
    if "?" not in glob:
        inner = glob.strip("*")
        if glob == "*":
            return lambda _text: True
        if "*" not in inner and inner:
            if glob == inner:
                return _exact(inner)
            if glob == f"*{inner}":
                return lambda text: text.endswith(inner)
            if glob == f"{inner}*":
                return lambda text: text.startswith(inner)
            return lambda text: inner in text
    fullmatch = re.compile(_glob_expression(glob), re.DOTALL).fullmatch
    return lambda text: fullmatch(text) is not None


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
