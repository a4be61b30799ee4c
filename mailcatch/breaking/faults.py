"""The faults of a server: its rules from everywhere, at work."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path

from mailcatch.breaking.policy import FaultPolicy
from mailcatch.breaking.rule_file import RuleFile
from mailcatch.breaking.sources import Source, taken, together
from mailcatch.faults.clock import Clock
from mailcatch.faults.engine import Engine
from mailcatch.faults.rule import RuleSet
from mailcatch.faults.shorthand import magic
from mailcatch.mailbox.server_file import FaultsState, RuleState
from mailcatch.smtp.policy import ACCEPT_ALL, Policy

NAME = "faults.toml"
"""The rule file of a mailbox directory."""


class Monotonic:
    """The clock of real servers."""

    def now(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


class Faults:
    """The rules that are in force on a server.

    given: rules besides those of the directory, which come first. seed: what chance is drawn from;
    None takes that of the rules, or a random one. clock: the time that schedules go by.
    host: what the server calls itself. otherwise: the policy that is asked where no rule fires.
    only_given: take no rules from the directory, and none that clients ask for by magic.

    engine: the rules at work. policy: them as a policy of the wire.
    Raises `mailcatch.faults.RuleError` for rules that cannot be used.
    """

    def __init__(
        self,
        given: Iterable[Source] = (),
        *,
        seed: int | None = None,
        clock: Clock | None = None,
        host: str = "localhost",
        otherwise: Policy = ACCEPT_ALL,
        only_given: bool = False,
    ) -> None:
        self._sources: list[RuleSet | RuleFile] = [taken(one) for one in given]
        self._clock = clock or Monotonic()
        self._epoch = time.time() - self._clock.now()
        self._used = RuleSet()
        self._own: RuleFile | None = None
        self._loaded = _now()
        self._takes_own = not only_given
        self.engine = Engine(
            together(self._all()), clock=self._clock, seed=seed, magic=None if only_given else magic
        )
        self.policy = FaultPolicy(self.engine, host=host, otherwise=otherwise)

    @property
    def rules(self) -> RuleSet:
        """All rules, in the order in which they are asked where their priorities are equal."""
        return self.engine.rules

    @property
    def armed(self) -> int:
        """How many rules are enabled."""
        return sum(rule.enabled for rule in self.engine.rules.rules)

    @property
    def error(self) -> str:
        """Why rule files could not be used, a line a problem, or "": the last good rules stay."""
        files = [one for one in self._all() if isinstance(one, RuleFile)]
        return "\n".join(str(file.error) for file in files if file.error is not None)

    @property
    def unsettled(self) -> bool:
        """Whether a rule file may not be written to its end yet, and should be looked at soon."""
        return any(one.unsettled for one in self._all() if isinstance(one, RuleFile))

    def watch(self, directory: Path) -> None:
        """Take the rule file of a mailbox directory too, from now on, if any file of it is."""
        if not self._takes_own:
            return
        self._own = RuleFile(directory / NAME)
        self.look()

    def look(self) -> bool:
        """Take the rule files that changed. Returns whether any did."""
        files = [one for one in self._all() if isinstance(one, RuleFile)]
        changed = [file.look() for file in files]
        if not any(changed):
            return False
        self._take()
        return True

    def use(self, rules: RuleSet) -> None:
        """Use these rules besides those of the files, instead of those that were used so before."""
        self._used = rules
        self._take()

    def state(self) -> FaultsState:
        """Return what server.json tells of the rules."""
        own = self._own.rules.rules if self._own is not None else ()
        # The rules of the directory come last (`_all`), and magic ones behind them.
        elsewhere = len(self.engine.rules.rules) - len(own)
        names = chain(repeat("", elsewhere), (rule.id for rule in own), repeat(""))
        return FaultsState(
            file=NAME if self._takes_own else "",
            digest=self._own.digest if self._own is not None else "",
            seed=self.engine.seed,
            enabled=self._own.rules.enabled if self._own is not None else True,
            loaded=self._loaded,
            error=self.error,
            rules=[
                RuleState(
                    one.id,
                    one.enabled,
                    one.dry_run,
                    one.seen,
                    one.matched,
                    one.fired,
                    one.remaining,
                    "" if one.last_fired is None else _written(self._epoch + one.last_fired),
                    in_file,
                )
                for one, in_file in zip(self.engine.counters(), names, strict=False)
            ],
        )

    def _all(self) -> list[RuleSet | RuleFile]:
        own = [self._own] if self._own is not None else []
        return [self._used, *self._sources, *own]

    def _take(self) -> None:
        self.engine.replace(together(self._all()))
        self.policy.rearm()
        self._loaded = _now()


def _now() -> str:
    return _written(time.time())


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
