"""What has to go."""

from __future__ import annotations

from datetime import timedelta

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
    ("retention", "messages", "sessions"),
    [
        (Retention(), "", ()),
        (Retention(messages=5), "", ()),
        (Retention(messages=4), "4", ("of 4",)),
        (Retention(messages=1), "4321", ("of 4", "of 1 and 3")),
        (Retention(messages=0), "43210", ("of 4", "of 1 and 3", "of 0")),
        (Retention(octets=250), "432", ("of 4",)),
        (Retention(octets=99), "43210", ("of 4", "of 1 and 3", "of 0")),
        (Retention(age=timedelta(days=2)), "43", ("none, old", "of 4")),
        (Retention(sessions=1), "", ("none, old",)),
        (Retention(sessions=0), "", ("none, old", "none, new")),
        (Retention(messages=4, octets=300), "43", ("of 4",)),
    ],
)
def test_the_oldest_go(retention: Retention, messages: str, sessions: tuple[str, ...]) -> None:
    removal = choose(retention, MESSAGES, SESSIONS, NOON)
    assert removal == Removal(tuple(messages), sessions, 100 * len(messages))


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
    assert removal == Removal((old,), (session,), len(LETTER))
    reader.refresh()
    assert list(reader.search()) == [new]
    assert reader.sessions([session]) == []
    assert reader.retain(Retention(sessions=0), now=filling.now) == Removal((), (failed,), 0)
    assert reader.retain(Retention()) == Removal()


def test_what_is_gone_already_is_not_told(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    reader.refresh()
    filling.remove(name)
    assert reader.retain(Retention(messages=0)) == Removal()
