"""The moment between a message's file and the line of its session that tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailcatch.mailbox.index.reading import ReadingRoom
from mailcatch.mailbox.index.update import Update
from mailcatch.mailbox.layout import Layout
from mailcatch.mailbox.marks import Marks
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import LETTER, Filling


class Looking:
    """Brings the index of a mailbox up to date, and counts how often that waited.

    session: is put into the mailbox the first time.
    """

    def __init__(self, filling: Filling, reader: Reader) -> None:
        self._filling = filling
        self._reader = reader
        self.paused = 0
        self.refused = ""

    def look(self) -> None:
        room = ReadingRoom(1)
        layout, marks = Layout.of(self._filling.root), Marks(self._filling.root)
        Update(layout, self._reader._store, marks, room, pause=self._pause).run()
        room.close()

    def _pause(self, seconds: float) -> None:
        self.paused += 1
        if self.refused:
            happened = self._filling.transaction(
                "refused", stage="eom", reply="451 later", file=self.refused
            )
            self._filling.session(happened)
            self.refused = ""


@pytest.fixture
def looking(filling: Filling, reader: Reader) -> Looking:
    return Looking(filling, reader)


def fresh(filling: Filling) -> str:
    """Put a message there that came just now, by a clock that is a little ahead."""
    filling.now = datetime.now(UTC) - timedelta(seconds=0.2)
    return filling.message()


def test_a_message_is_never_seen_before_its_session_tells_of_it(
    filling: Filling, reader: Reader, looking: Looking
) -> None:
    name = looking.refused = fresh(filling)
    looking.look()
    message = reader.message(name)
    assert (message.refused, message.sender) == (True, "app@example.org")
    assert reader.search("is:stored").first(2) == []


def test_one_that_no_session_tells_of_is_there_after_a_moment(
    filling: Filling, reader: Reader, looking: Looking
) -> None:
    name = fresh(filling)
    looking.look()
    assert looking.paused <= 10
    assert not reader.message(name).refused


def test_nothing_is_waited_for_with_files_of_other_names_and_times(
    filling: Filling, reader: Reader, looking: Looking
) -> None:
    filling.write("by-hand.eml", LETTER)
    filling.now = datetime(2026, 1, 1, tzinfo=UTC)
    filling.message()
    looking.look()
    assert looking.paused == 0
    assert reader.search("").count() == 2
