"""How much work it is to find out what belongs together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from mailcatch.mailbox.index.attempts import story_of_try
from mailcatch.mailbox.index.joining import Change, join_all, join_around
from mailcatch.mailbox.index.writing import delivered_to
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling, letter

Work = Callable[[sqlite3.Connection, str], object]


def steps(root: Path, many: int, work: Work) -> int:
    """The steps that SQLite takes for a work in a mailbox of so many refused mails.

    Each is to someone else, and as many others were stored; all of one sender, within the hour.
    """
    filling = Filling(root)
    for number in range(many):
        filling.stored(letter(to=f"b{number}@example.com"), to=(f"b{number}@example.com",))
        last = filling.refused("eom", to=(f"a{number}@example.com",), reply="550 5.1.1 no")
    with Reader(root) as reader:
        reader.refresh()
        with closing(sqlite3.connect(reader.index_path)) as connection:
            taken = 0

            def count() -> int:
                nonlocal taken
                taken += 1
                return 0

            connection.set_progress_handler(count, 1)
            work(connection, last)
            return taken


def near_the_last(connection: sqlite3.Connection, session: str) -> None:
    ((began,),) = connection.execute(
        "SELECT tries.began FROM tries JOIN sessions ON sessions.id = tries.session"
        " WHERE sessions.name = ?",
        (session,),
    )
    change = Change("app@example.org", began, frozenset({"a0@example.com"}))
    join_around(connection, [change] * 100)


@pytest.mark.parametrize("work", [lambda connection, _: join_all(connection), near_the_last])
def test_joining_grows_with_the_number_of_tries_and_not_with_its_square(
    tmp_path: Path, work: Work
) -> None:
    few = steps(tmp_path / "few", 25, work)
    assert steps(tmp_path / "many", 100, work) < 6 * few


@pytest.mark.parametrize("some", [1, 2])
def test_the_tries_of_some_messages_are_found_without_going_through_all(
    tmp_path: Path, some: int
) -> None:
    def asked(connection: sqlite3.Connection, _: str) -> None:
        names = [
            name for (name,) in connection.execute("SELECT name FROM messages LIMIT ?", (some,))
        ]
        assert sorted(delivered_to(connection, names)) == sorted(names)

    few = steps(tmp_path / "few", 25, asked)
    assert steps(tmp_path / "many", 100, asked) == few


def test_a_story_does_not_look_at_what_is_to_others(tmp_path: Path) -> None:
    def told(connection: sqlite3.Connection, session: str) -> None:
        assert len(story_of_try(connection, session, 1).attempts) == 1

    few = steps(tmp_path / "few", 25, told)
    assert steps(tmp_path / "many", 100, told) < 2 * few
