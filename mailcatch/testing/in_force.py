"""The fault rules of all mailboxes of a server, in force together."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final

from mailcatch.faults.rule import RuleSet

if TYPE_CHECKING:
    from mailcatch.catcher import Catcher
    from mailcatch.faults.engine import RuleCount
    from mailcatch.faults.rule import Rule
    from mailcatch.testing.fault_rule import FaultRule

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._:-]+")
_LONGEST_NAME: Final = 58


class RulesInForce:
    """Puts rules in force on a server and takes them out, each when its mailbox says so."""

    def __init__(self, server: Catcher) -> None:
        self._server = server
        self._rules: dict[str, Rule] = {}
        self._names: set[str] = set()

    def name_for(self, place: str) -> str:
        """Return a name for a rule: the line that made it, and a number where that is taken."""
        plain = _FOREIGN.sub("-", place)[-_LONGEST_NAME:].lstrip("._:+-")
        numbered = (plain if number == 1 else f"{plain}+{number}" for number in count(1))
        name = next(one for one in numbered if one not in self._names)
        self._names.add(name)
        return name

    def put(self, rule: FaultRule, asked: Rule) -> None:
        """Put a rule in force, or in force anew. asked: it, for the engine."""
        self._rules[rule.name] = asked
        self._use()

    def take_out(self, rule: FaultRule) -> RuleCount | None:
        """Take a rule out of force, and return its last counters."""
        self._names.discard(rule.name)
        if rule.name not in self._rules:
            return None
        counted = self.count(rule)
        del self._rules[rule.name]
        self._use()
        return counted

    def count(self, rule: FaultRule) -> RuleCount | None:
        """Return what a rule counted."""
        counters = self._server.faults.engine.counters()
        return next((one for one in counters if one.id == rule.name), None)

    def _use(self) -> None:
        self._server.use_faults(RuleSet(rules=tuple(self._rules.values())))
