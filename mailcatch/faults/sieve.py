"""A sieve: of the rules of a stage, those that may match, found without asking each one.

Each rule is entered with its cheapest condition on a text. Exact addresses, whole domains and whole
local parts are looked up; what is left is tried one after the other, on a value fetched once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from mailcatch.faults.glance import Glance, Values
from mailcatch.faults.matching import FOLDED, Test, cost, plain_test, source
from mailcatch.faults.rule import Condition, Network, Text

_WILD: Final = frozenset("*?")


class Sieve:
    """The conditions of several rules, known by their places."""

    __slots__ = ("_always", "_meshes")

    def __init__(self, matches: Iterable[Sequence[Condition]]) -> None:
        self._always: list[int] = []
        self._meshes: dict[str, _Mesh] = {}
        for place, conditions in enumerate(matches):
            condition = min(filter(_fit_for_it, conditions), key=cost, default=None)
            if condition is None:
                self._always.append(place)
                continue
            mesh = self._meshes.get(source(condition))
            if mesh is None:
                folded = condition.attribute in FOLDED
                mesh = self._meshes[source(condition)] = _Mesh(folded=folded)
            mesh.enter(condition, place)

    def candidates(self, glance: Glance) -> list[int]:
        """Return the places of the rules that may match, in order. All others do not."""
        found: set[int] | None = None
        for attribute, mesh in self._meshes.items():
            places = mesh.places(glance.values(attribute))
            if places:
                found = found.union(places) if found else set(places)
        return sorted(found.union(self._always)) if found else self._always


def _fit_for_it(condition: Condition) -> bool:
    return not condition.negated and all(
        isinstance(pattern, Text | Network) for pattern in condition.patterns
    )


class _Mesh:
    """The conditions on one attribute."""

    __slots__ = ("_domains", "_exact", "_folded", "_locals", "_tests")

    def __init__(self, *, folded: bool) -> None:
        self._folded = folded
        self._exact: dict[str, list[int]] = {}
        self._domains: dict[str, list[int]] = {}
        self._locals: dict[str, list[int]] = {}
        self._tests: list[tuple[Test, int]] = []

    def enter(self, condition: Condition, place: int) -> None:
        """Enter a condition of the rule at a place."""
        for pattern in condition.patterns:
            assert isinstance(pattern, Text | Network)
            index, word = self._index(pattern)
            if index is None:
                self._tests.append((plain_test(pattern, folded=self._folded), place))
            else:
                index.setdefault(word, []).append(place)

    def _index(self, pattern: Text | Network) -> tuple[dict[str, list[int]] | None, str]:
        if isinstance(pattern, Network) or pattern.form == "re":
            return None, ""
        value = pattern.value.lower() if self._folded else pattern.value
        if pattern.form == "exact" or _WILD.isdisjoint(value):
            return self._exact, value
        if value.startswith("*@") and _WILD.isdisjoint(value[1:]) and "@" not in value[2:]:
            return self._domains, value[2:]
        if value.endswith("@*") and _WILD.isdisjoint(value[:-1]) and "@" not in value[:-2]:
            return self._locals, value[:-2]
        return None, ""

    def places(self, values: Values) -> Collection[int]:
        """Return the places of the rules whose condition fits one of the values."""
        if len(values) == 1 and not (self._tests or self._domains or self._locals):
            value = values[0]
            if isinstance(value, str):
                return self._exact.get(value.lower() if self._folded else value, ())
        found: set[int] = set()
        self._find(values, found)
        return found

    def _find(self, values: Values, found: set[int]) -> None:
        """Add the places to those found."""
        for value in values:
            if not isinstance(value, str):
                continue
            text = value.lower() if self._folded else value
            found.update(self._exact.get(text, ()))
            if self._domains or self._locals:
                _, sign, domain = text.rpartition("@")
                if sign:
                    found.update(self._domains.get(domain, ()))
                    found.update(self._locals.get(text.partition("@")[0], ()))
            for test, place in self._tests:
                if test(text):
                    found.add(place)
