"""Magic addresses, EHLO names and header fields: a fault that the client asks for by itself.

`user+mc-451-x2@example.test` is a recipient with a rule in its name, `mc-starttls-454.example.test`
an EHLO name with one, and `X-Mailcatch-Fault: eom-451-x2` a field of a message with one, where all
recipients are in a domain of magic. What the text means is not known here: a function gives the
table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from mailcatch.faults.effects import Presets
from mailcatch.faults.glance import recipients
from mailcatch.faults.loading import rule_of
from mailcatch.faults.moment import Moment
from mailcatch.faults.presets import TABLES
from mailcatch.faults.standing import Standing

MagicTable = Callable[[str], Mapping[str, object] | None]
"""Gives the rule table for a text such as "451-x2"; None, or a ValueError, where it is none."""

SIGN: Final = "mc-"
FIELD: Final = "X-Mailcatch-Fault"
_MOST_FIELDS: Final = 8
_MOST_TEXTS: Final = 1_000
_MOST_LABELS: Final = 8


class Summoned:
    """A magic rule that a moment calls for.

    key: what it counts by: the address or name, or the fingerprint of the message.
    """

    __slots__ = ("key", "standing")

    def __init__(self, standing: Standing, key: str) -> None:
        self.standing = standing
        self.key = key


class Magic:
    """Finds the magic of a moment, and remembers the rules it made."""

    def __init__(
        self, table: MagicTable, domains: tuple[str, ...], *, own: Presets, keys: int
    ) -> None:
        """Take the domains whose addresses are magic, and presets of the user's own."""
        self._table = table
        self.domains = domains
        self._every = "*" in domains
        self._works = tuple(domain.lower().strip(".") for domain in domains)
        self._keys = keys
        self.own = own
        self._rules: dict[tuple[str, str], Standing | None] = {}

    def standings(self) -> list[Standing]:
        """Return the rules that were called for."""
        return [standing for standing in self._rules.values() if standing is not None]

    def summon(self, moment: Moment, *, now: float) -> Iterator[Summoned]:
        """Give the magic rules that stand at the stage of a moment."""
        name = moment.helo_name
        if name is not None and name[:3].lower() == SIGN:
            yield from self._of_name(name.lower(), moment.stage, now)
        for address in recipients(moment):
            if "+mc-" in address or "+MC-" in address or "+mc-" in address.lower():
                yield from self._of_address(address.lower(), moment.stage, now)
        if moment.stage == "eom":
            yield from self._of_fields(moment, now)

    def _of_address(self, address: str, stage: str, now: float) -> Iterator[Summoned]:
        local, _, domain = address.rpartition("@")
        text = local.rpartition("+")[2]
        if not text.startswith(SIGN) or not self._works_at(domain):
            return
        standing = self._standing(text.removeprefix(SIGN), "rcpt", now)
        if standing is not None and stage in standing.rule.stages:
            yield Summoned(standing, address)

    def _of_name(self, name: str, stage: str, now: float) -> Iterator[Summoned]:
        # An enhanced code has dots of its own, so the text may go on past the first label.
        labels = name.removeprefix(SIGN).split(".")[:_MOST_LABELS]
        for length in range(1, len(labels) + 1):
            if not self._works_at(".".join(labels[length:])):
                continue
            standing = self._standing(".".join(labels[:length]), "ehlo", now)
            if standing is not None:
                if stage in standing.rule.stages:
                    yield Summoned(standing, name)
                return

    def _of_fields(self, moment: Moment, now: float) -> Iterator[Summoned]:
        domains = {address.rpartition("@")[2].lower() for address in moment.recipients}
        if not domains or not all(map(self._works_at, domains)):
            return
        for text in list(moment.header(FIELD))[:_MOST_FIELDS]:
            standing = self._standing(text.strip().lower(), "eom", now)
            if standing is not None and "eom" in standing.rule.stages:
                yield Summoned(standing, moment.fingerprint())

    def _works_at(self, domain: str) -> bool:
        return self._every or any(
            domain == known or domain.endswith(f".{known}") for known in self._works
        )

    def _standing(self, text: str, stage: str, now: float) -> Standing | None:
        if (text, stage) in self._rules:
            return self._rules[text, stage]
        while len(self._rules) >= _MOST_TEXTS:
            del self._rules[next(iter(self._rules))]
        standing = None
        try:
            table = self._table(text)
            if table is not None:
                whole = {"at": stage, **table, "id": f"{SIGN}{text}"}
                presets = {**TABLES, **self.own}
                rule = rule_of(whole, where="magic", presets=presets)
                standing = Standing(rule, now=now, keys=self._keys)
        except ValueError:
            # RuleError is one as well: a text that is no rule is an ordinary address.
            standing = None
        self._rules[text, stage] = standing
        return standing
