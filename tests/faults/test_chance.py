from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from mailcatch.faults.chance import sample, token, uniform
from mailcatch.faults.rule import Delay
from tests.faults.asking import code, engine, mail

RULE = '[rule]\nid="r"\nat="eom"\nreply=451\nprobability=0.5\nkey="sender"\n'


def test_the_numbers_are_the_same_in_every_version() -> None:
    assert [round(uniform(1, "r", "k", nth), 6) for nth in (1, 2, 3)] == [
        0.954347,
        0.028411,
        0.210117,
    ]
    assert token(1, "r", "k", 1) == "6t6u3e6ze3trmgutc57zo2bq"


def test_another_seed_rule_key_or_ordinal_gives_another_number() -> None:
    first = uniform(1, "r", "k", 1)
    others = [
        uniform(2, "r", "k", 1),
        uniform(1, "s", "k", 1),
        uniform(1, "r", "l", 1),
        uniform(1, "r", "k", 2),
        uniform(1, "r", "k", 1, "delay"),
        uniform(1, "rk", "", 1),
    ]
    assert first not in others
    assert len(set(others)) == len(others)


def test_a_probability_is_met_in_the_long_run() -> None:
    asked = engine(f'{RULE}count="command"', seed=20240607)
    hits = sum(code(asked.decide(mail())) == 451 for _ in range(2_000))
    assert 900 < hits < 1_100


def test_the_order_of_sessions_changes_nothing_for_each_of_them() -> None:
    mails = [(f"s{number % 5}@x", nth) for nth, number in enumerate(range(100), 1)]

    def outcomes(order: list[int]) -> dict[str, list[int]]:
        asked = engine(RULE)
        found: dict[str, list[int]] = {}
        for place in order:
            sender, nth = mails[place]
            answer = code(asked.decide(mail(sender=sender, nth=nth)))
            found.setdefault(sender, []).append(answer)
        return found

    straight = list(range(100))
    mixed = list(range(100))
    Random(4).shuffle(mixed)
    # Each sender's mails stay in their order; only whose turn it is differs.
    mixed = sorted(straight, key=lambda place: (mixed[place % 5], place))
    assert outcomes(mixed) == outcomes(straight)


@given(
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1),
    st.floats(0, 100),
    st.floats(0, 100),
    st.floats(0, 10),
)
def test_a_delay_stays_within_its_bounds(
    chance: float, angle: float, low: float, more: float, sigma: float
) -> None:
    high = low + more
    assert low <= sample(Delay(low=low, high=high), chance) <= high * (1 + 1e-12)
    assert 0 <= sample(Delay(median=low + 0.1, sigma=sigma, high=high), chance, angle) <= high


def test_half_of_lognormal_delays_are_longer_than_the_median() -> None:
    delay = Delay(median=2.0, sigma=0.5, high=100.0)
    samples = [
        sample(delay, uniform(1, "r", "", nth), uniform(2, "r", "", nth)) for nth in range(1_000)
    ]
    assert 440 < sum(seconds > 2.0 for seconds in samples) < 560
