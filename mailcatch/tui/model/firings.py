"""What fired since one looked last: told briefly, so that nobody debugs their own fault."""

from __future__ import annotations

from mailcatch.mail import safe_text
from mailcatch.mailbox.server_file import RuleState, ServerState
from mailcatch.tui.model.saying import count


class Firings:
    """Looks at what a server counted, again and again."""

    def __init__(self) -> None:
        self._fired: dict[str, int] | None = None
        self._started = ""

    def news(self, state: ServerState | None) -> str:
        """Return what fired since the last look, "" where nothing did, or at the first look.

        state: None where nobody serves. Safe to show.
        """
        if state is None:
            self._fired = None
            return ""
        rules = state.faults.rules if state.faults is not None else []
        before, started = self._fired, self._started
        self._fired = {rule.id: rule.fired for rule in rules}
        self._started = state.started
        if before is None or started != state.started:
            return ""
        fresh = [rule for rule in rules if rule.fired > before.get(rule.id, 0)]
        return "; ".join(_told(rule, rule.fired - before.get(rule.id, 0)) for rule in fresh[:3])


def _told(rule: RuleState, times: int) -> str:
    name = safe_text(rule.id, 60)
    if rule.dry_run:
        return f"⚑ {name} would have fired (dry run)"
    words = f"⚑ {name} fired" + (f" {times} times" if times > 1 else "")
    if rule.remaining == 0:
        return f"{words}, for the last time: from now on mail passes it"
    if rule.remaining is not None:
        return f"{words}; {count(rule.remaining, 'time')} left"
    return f"{words} ({rule.fired:,} so far)" if rule.fired > times else words
