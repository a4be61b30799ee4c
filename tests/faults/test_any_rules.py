"""Any rules and any traffic: nothing raises, the counters add up, and it can be had again."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from mailcatch.faults import (
    STAGES,
    Decision,
    Engine,
    HandClock,
    Problem,
    RuleError,
    RuleSet,
    Supposed,
    load,
)
from mailcatch.faults.language import RULE
from mailcatch.faults.loading import rules_of
from mailcatch.faults.shorthand import parse
from tests.faults.any_rules import (
    DURATIONS,
    EFFECTS,
    FEW,
    FLAGS,
    JUNK,
    REPLIES,
    SOUND,
    TABLES,
    WORDS,
    together,
)

ADDRESSES = st.sampled_from(["a@x", "b@y", "", "A@X", "a+mc-451-x1@x.test", "\r\n", "ü@x"])
MOMENTS = st.builds(
    Supposed,
    stage=st.sampled_from([*STAGES, "eom", "eom", "rcpt", "rcpt", "mail"]),
    connection_nth=st.integers(1, 3),
    transaction_nth=st.integers(0, 3),
    client_address=st.sampled_from(["10.0.0.1", "::1", "unix", ""]),
    helo_name=st.sampled_from([None, "a", "mc-mail-451.test"]),
    sender=st.none() | ADDRESSES,
    recipient=st.none() | ADDRESSES,
    recipients=st.lists(ADDRESSES, max_size=2).map(tuple),
    size=st.none() | st.integers(0, 9),
    command=st.none() | st.just("NOOP a"),
    octets=st.sampled_from([0, 5, float("inf")]),
    quiet=st.sampled_from([0.1, 5.0, 20.0]),
    subject_text=st.none() | st.just("a"),
    body_text=st.none() | st.just("a"),
)
TRAFFIC = st.lists(
    st.tuples(MOMENTS, st.sampled_from([0.0, 0.5, 30.0]), st.booleans()), max_size=30
)


def usable(tables: list[dict[str, object]]) -> RuleSet:
    """Return those of the rules that can be used."""
    kept: list[dict[str, object]] = []
    for number, table in enumerate(tables):
        named = {**table, "id": f"r{number}"}
        try:
            rules_of({"rule": [named]}, name="test")
        except RuleError:
            continue
        kept.append(named)
    return rules_of({"rule": kept, "keys": 3}, name="test")


def replay(
    rules: RuleSet, traffic: list[tuple[Supposed, float, bool]], *, curious: bool = False
) -> tuple[Engine, list[Decision | None]]:
    clock = HandClock()
    engine = Engine(rules, clock=clock, seed=11, magic=parse)
    found = []
    for moment, pause, ends in traffic:
        if curious:
            engine.explain(moment)
        found.append(engine.decide(moment))
        clock.advance(pause)
        if ends:
            engine.forget(moment.connection_nth)
    return engine, found


@settings(max_examples=300)
@given(st.lists(TABLES | SOUND | SOUND | SOUND, max_size=6), TRAFFIC)
def test_any_rules_meet_any_traffic(
    tables: list[dict[str, object]], traffic: list[tuple[Supposed, float, bool]]
) -> None:
    rules = usable(tables)
    engine, found = replay(rules, traffic)
    _, again = replay(rules, traffic, curious=True)
    assert again == found, "explaining changes nothing, and the same seed gives the same faults"
    _check_matched(rules, traffic)
    by_id = {rule.id: rule for rule in rules.rules}
    told = [firing for decision in found if decision is not None for firing in decision.firings]
    for count in engine.counters():
        asked = [moment for moment, _, _ in traffic if moment.stage in STAGES]
        assert 0 <= count.fired <= count.matched <= count.seen <= len(asked) * 3
        assert count.fired <= sum(firing.rule == count.id for firing in told)
        rule = by_id.get(count.id)
        if rule is not None and rule.schedule.key == "rule" and rule.schedule.times is not None:
            assert count.fired <= rule.schedule.times
            assert count.remaining is not None
            assert count.remaining <= rule.schedule.times - count.fired
    for decision in found:
        if decision is not None and decision.reply is not None:
            assert all(line.text.isprintable() for line in decision.reply.lines)


def _check_matched(rules: RuleSet, traffic: list[tuple[Supposed, float, bool]]) -> None:
    """Compare counters with what is explained beforehand, where each rule is asked at once."""
    engine = Engine(rules, clock=HandClock(), seed=11)
    matched = {rule.id: 0 for rule in rules.rules}
    passed = {rule.id: 0 for rule in rules.rules}
    for moment, _, _ in traffic:
        if moment.stage in {"idle", "body"}:
            continue
        for told in engine.explain(moment):
            hidden = told.why.startswith("is not asked")
            matched[told.rule] += told.matches and not hidden
            passed[told.rule] += told.why.startswith("wants ")
        engine.decide(moment)
    for count in engine.counters():
        assert count.matched == matched[count.id]
        assert count.seen - count.matched <= passed[count.id]


APART = st.builds(
    together,
    st.sampled_from(["eom", "rcpt", "any", ["mail", "eom"]]).map(lambda at: {"at": at}),
    EFFECTS,
    st.fixed_dictionaries(
        {"key": st.just("connection")},
        optional={
            "skip": FEW,
            "times": FEW,
            "every": FEW,
            "probability": st.sampled_from([0.3, 0.9]),
            "count": st.sampled_from(["transaction", "command"]),
        },
    ),
    FLAGS,
)


@given(st.lists(APART, min_size=1, max_size=4), st.lists(MOMENTS, max_size=25), st.randoms())
def test_sessions_that_count_apart_get_the_same_in_whatever_order_they_run(
    tables: list[dict[str, object]], moments: list[Supposed], chance: Random
) -> None:
    rules = usable(tables)
    sessions: dict[int, list[Supposed]] = {}
    for moment in moments:
        sessions.setdefault(moment.connection_nth, []).append(moment)
    turns = [moment.connection_nth for moment in moments]
    found = []
    for _ in "ab":
        engine = Engine(rules, clock=HandClock(), seed=11)
        ahead = {session: iter(own) for session, own in sessions.items()}
        decided: dict[int, list[Decision | None]] = {session: [] for session in sessions}
        for session in turns:
            decided[session].append(engine.decide(next(ahead[session])))
        found.append(decided)
        chance.shuffle(turns)
    assert found[0] == found[1]


@settings(max_examples=200)
@given(
    st.dictionaries(
        st.sampled_from([field.name for field in RULE]) | st.text(max_size=4),
        st.recursive(
            JUNK | REPLIES | DURATIONS | WORDS,
            lambda inner: (
                st.lists(inner, max_size=2)
                | st.dictionaries(st.text(max_size=4) | st.sampled_from(["limit", "per"]), inner)
            ),
            max_leaves=4,
        ),
        max_size=5,
    )
)
def test_any_table_is_a_rule_or_has_problems(table: dict[str, object]) -> None:
    found: tuple[Problem, ...] = ()
    try:
        rules_of({"rule": [table]}, name="test")
    except RuleError as error:
        found = error.problems
    assert all(str(problem).isprintable() for problem in found)


@given(st.text(max_size=200))
def test_any_text_is_a_rule_file_or_has_problems(text: str) -> None:
    found: tuple[Problem, ...] = ()
    try:
        load(text, name="test")
    except RuleError as error:
        found = error.problems
    assert all(problem.line >= 1 and str(problem).isprintable() for problem in found)
