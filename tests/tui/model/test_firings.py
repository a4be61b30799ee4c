"""What fired since one looked last."""

from __future__ import annotations

from mailcatch.mailbox.server_file import Counters, FaultsState, RuleState, ServerState
from mailcatch.tui.model.firings import Firings


def state(*rules: RuleState, started: str = "2026-11-23T12:00:00Z") -> ServerState:
    faults = FaultsState("faults.toml", "", 0, True, "", "", [*rules]) if rules else None
    return ServerState(1, 1, "0", started, [], Counters(), faults=faults)


def flaky(fired: int, remaining: int | None = None) -> RuleState:
    return RuleState("flaky", True, False, fired, fired, fired, remaining)


def test_what_fired_before_one_looked_is_no_news() -> None:
    firings = Firings()
    assert firings.news(state(flaky(3))) == ""
    assert firings.news(state(flaky(3))) == ""
    assert firings.news(state(flaky(4))) == "⚑ flaky fired (4 so far)"


def test_a_rule_that_came_and_fired_between_two_looks_is_told() -> None:
    firings = Firings()
    assert firings.news(state()) == ""
    assert firings.news(state(flaky(1, remaining=1))) == "⚑ flaky fired; 1 time left"


def test_another_server_counts_anew() -> None:
    firings = Firings()
    firings.news(state(flaky(1)))
    assert firings.news(state(flaky(5), started="2026-11-23T13:00:00Z")) == ""
    assert firings.news(None) == ""
    assert firings.news(state(flaky(7))) == ""
