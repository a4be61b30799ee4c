"""What has to go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.retention import KeptMessage, KeptSession, Removal, Retention, choose
from tests.mailbox.filling import LETTER, NOON, Filling

MESSAGES = [KeptMessage(str(age), NOON - timedelta(days=age), 100) for age in range(5)]
SESSIONS = [
    KeptSession("of 0", NOON, ("0",), True),
    KeptSession("of 1 and 3", NOON - timedelta(days=3), ("3", "1"), True),
    KeptSession("of 4", NOON - timedelta(days=4), ("4", "gone"), True),
    KeptSession("none, new", NOON, (), True),
    KeptSession("none, old", NOON - timedelta(days=5), (), True),
    KeptSession("open", NOON - timedelta(days=9), (), False),
]


@pytest.mark.parametrize(
    ("retention", "messages", "sessions", "why"),
    [
        (Retention(), "", (), ""),
        (Retention(messages=5), "", (), ""),
        (Retention(messages=4), "4", ("of 4",), "messages"),
        (Retention(messages=1), "4321", ("of 4", "of 1 and 3"), "messages"),
        (Retention(messages=0), "43210", ("of 4", "of 1 and 3", "of 0"), "messages"),
        (Retention(octets=250), "432", ("of 4",), "octets"),
        (Retention(octets=99), "43210", ("of 4", "of 1 and 3", "of 0"), "octets"),
        (Retention(age=timedelta(days=2)), "43", ("none, old", "of 4"), "age"),
        (Retention(sessions=1), "", ("none, old",), "sessions"),
        (Retention(sessions=0), "", ("none, old", "none, new"), "sessions"),
        (Retention(messages=4, octets=300), "43", ("of 4",), "messages octets"),
    ],
)
def test_the_oldest_go(
    retention: Retention, messages: str, sessions: tuple[str, ...], why: str
) -> None:
    removal = choose(retention, MESSAGES, SESSIONS, NOON)
    size = 100 * len(messages)
    assert removal == Removal(tuple(messages), sessions, size, tuple(why.split()))


def test_what_is_held_counts_and_stays() -> None:
    held = [KeptMessage("4", NOON - timedelta(days=4), 100, held=True)]
    removal = choose(Retention(messages=2), [*MESSAGES[:4], *held], SESSIONS, NOON)
    assert (removal.messages, removal.sessions) == (("3", "2"), ())


def test_a_session_that_was_open_goes_after_its_messages() -> None:
    sessions = [KeptSession("open", NOON, ("x", "y"), False)]
    assert choose(Retention(messages=0), [], sessions, NOON, {"x", "y"}).sessions == ()
    ended = [KeptSession("open", NOON, ("x", "y"), True)]
    assert choose(Retention(messages=0), [], ended, NOON, {"x", "y"}).sessions == ("open",)


def test_a_session_whose_messages_the_user_removed_is_one_without_any() -> None:
    sessions = [KeptSession("x", NOON, ("x",), True)]
    assert choose(Retention(messages=0), [], sessions, NOON).sessions == ()
    assert choose(Retention(sessions=0), [], sessions, NOON).sessions == ("x",)


@pytest.mark.parametrize("limit", [{"messages": -1}, {"octets": -1}, {"age": timedelta(-1)}])
def test_a_limit_below_nothing_is_a_mistake(limit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must not be less"):
        Retention(**limit)


LIMITS = st.none() | st.integers(0, 400)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 200)), max_size=10),
    LIMITS,
    LIMITS,
    LIMITS,
)
def test_limits_hold_and_nothing_goes_needlessly(
    known: list[tuple[int, int]], most: int | None, octets: int | None, days: int | None
) -> None:
    messages = [
        KeptMessage(str(number), NOON - timedelta(days=age), size)
        for number, (age, size) in enumerate(known)
    ]
    age = None if days is None else timedelta(days=days)
    gone = set(choose(Retention(most, age, octets), messages, [], NOON).messages)
    left = [one for one in messages if one.name not in gone]
    assert most is None or len(left) <= most
    assert octets is None or sum(one.size for one in left) <= octets
    assert age is None or all(NOON - one.arrived <= age for one in left)
    if left and gone:
        assert max(o.arrived for o in messages if o.name in gone) <= min(o.arrived for o in left)
    if most is None and octets is None and age is None:
        assert not gone


def test_files_are_removed_and_told(reader: Reader, filling: Filling) -> None:
    old, new = filling.stored(), filling.stored()
    failed = filling.refused()
    reader.refresh()
    session = reader.message(old).session
    removal = reader.retain(Retention(messages=1), now=filling.now)
    assert removal == Removal((old,), (session,), len(LETTER), ("messages",))
    reader.refresh()
    assert list(reader.search()) == [new]
    assert reader.sessions([session]) == []
    assert reader.retain(Retention(sessions=0), now=filling.now) == Removal(
        (), (failed,), 0, ("sessions",)
    )
    assert reader.retain(Retention()) == Removal()


def test_what_is_gone_already_is_not_told(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    reader.refresh()
    filling.remove(name)
    assert reader.retain(Retention(messages=0)) == Removal()
