"""A served mailbox stays within its limits, and whoever looks is told what went."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailcatch import Catcher, Facts, Removal, Retention, Stage, Verdict
from mailcatch.mailbox import events
from mailcatch.mailbox.changes import (
    Added,
    AnyChange,
    Removed,
    SessionOpened,
    SessionRemoved,
    Trimmed,
)
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.server_file import read_state
from mailcatch.retaining import EVERY, LONGEST, rest_after
from tests.mailbox.filling import Filling, letter
from tests.reading import eventually, messages
from tests.serving import Serving
from tests.talk import Talk


def send(catcher: Catcher, *subjects: str) -> None:
    for subject in subjects:
        with Talk(catcher) as talk:
            talk.send(letter(subject))
            talk.ask(b"QUIT")


def names(mailbox: Path, room: str = "messages") -> list[str]:
    """Return the names of files that are whole: what is still being written begins with a dot."""
    there = (path.name for path in (mailbox / room).iterdir())
    return sorted(name for name in there if not name.startswith("."))


def holds(condition: Callable[[], bool]) -> None:
    assert eventually(condition)


def test_the_oldest_go_with_their_sessions(mailbox: Path) -> None:
    told: list[Removal] = []
    catcher = Catcher(
        port=0, mailbox=mailbox, retention=Retention(messages=2), on_removal=told.append
    )
    with catcher.in_thread():
        send(catcher, "One", "Two", "Three", "Four")
        holds(lambda: len(names(mailbox)) == len(names(mailbox, "sessions")) == 2)
        assert [octets.split(b"Subject: ")[1][:4] for octets in messages(mailbox)] == [
            b"Thre",
            b"Four",
        ]
        holds(lambda: sum(len(one.messages) for one in told) == 2)
        assert {one.why for one in told} == {("messages",)}


def test_it_is_said_in_server_json_and_to_readers(mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox, retention=Retention(messages=0)).in_thread() as catcher:
        with Reader(mailbox) as reader:
            reader.refresh()
            send(catcher, "One")
            happened: list[AnyChange] = []

            def is_told() -> bool:
                happened.extend(reader.refresh())
                return any(isinstance(change, Trimmed) for change in happened)

            holds(is_told)
            assert Trimmed(1, 1, ("messages",)) in happened
            # Who looks seldom sees neither that they came nor that they went.
            came = {one.name for one in happened if isinstance(one, Added | SessionOpened)}
            gone = {one.name for one in happened if isinstance(one, Removed | SessionRemoved)}
            assert came == gone
            send(catcher, "Two")
            holds(lambda: names(mailbox) == [])
        state = read_state(mailbox)
        assert state is not None
        assert state.removed is not None
        said = state.removed
        assert (said.messages, said.sessions, said.why) == (1, 1, ("messages",))
        assert datetime.now(UTC) - datetime.fromisoformat(said.at) < timedelta(minutes=1)
        holds(lambda: _all_removed(mailbox) == (2, 2))


def _all_removed(mailbox: Path) -> tuple[int, int]:
    state = read_state(mailbox)
    assert state is not None
    assert state.removed is not None
    return state.removed.all_messages, state.removed.all_sessions


def test_sessions_without_messages_have_their_own_limit(mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox, retention=Retention(sessions=1)).in_thread() as catcher:
        send(catcher, "One")
        for _ in range(4):
            with Talk(catcher) as talk:
                talk.ask(b"QUIT")
        holds(lambda: len(names(mailbox, "sessions")) == 2)
        assert len(names(mailbox)) == 1


def test_what_is_too_old_or_too_much_goes(mailbox: Path) -> None:
    filling = Filling(mailbox)
    filling.now = datetime.now(UTC) - timedelta(days=30)
    old = filling.stored(letter("Old"))
    # Of a server that was killed: nobody will ever end it.
    filling.session([events.Client(5, "EHLO x")], closed=False)
    filling.now = datetime.now(UTC) - timedelta(hours=2)
    filling.stored(letter("Large", "x" * 5_000))
    kept = filling.stored(letter("Kept"))
    retention = Retention(age=timedelta(days=7), octets=5_000)
    told: list[Removal] = []
    with Catcher(port=0, mailbox=mailbox, retention=retention, on_removal=told.append).in_thread():
        holds(lambda: names(mailbox) == [kept] and len(names(mailbox, "sessions")) == 1)
        holds(lambda: bool(told))
    assert old in told[0].messages
    assert told[0].why == ("age", "octets")


class LateReplies:
    """The message is stored at once and acknowledged much later."""

    def decide(self, stage: Stage, facts: Facts) -> Verdict | None:
        late = stage is Stage.EOM and b"Late" in facts.content()
        return Verdict(delay=300.0) if late else None


def test_a_message_that_is_not_acknowledged_yet_stays(mailbox: Path) -> None:
    with Catcher(
        port=0, mailbox=mailbox, retention=Retention(messages=0), policy=LateReplies()
    ).in_thread() as catcher:
        with Talk(catcher) as waiting:
            waiting.open_transaction()
            waiting.ask(b"DATA")
            waiting.say(letter("Late") + b".\r\n")
            holds(lambda: len(names(mailbox)) == 1)
            late = names(mailbox)
            for subject in ("One", "Two"):
                send(catcher, subject)
                holds(lambda: len(names(mailbox)) == 1)
                assert names(mailbox) == late
            waiting.reset()
        holds(lambda: names(mailbox) == [])


def test_the_session_of_a_removed_message_goes_when_it_is_over(mailbox: Path) -> None:
    with Catcher(port=0, mailbox=mailbox, retention=Retention(messages=0)).in_thread() as catcher:
        with Talk(catcher) as talk:
            talk.send(letter("One"))
            holds(lambda: names(mailbox) == [])
            assert len(names(mailbox, "sessions")) == 1
            assert talk.ask(b"NOOP").startswith(b"250")
        holds(lambda: names(mailbox, "sessions") == [])


def test_nothing_goes_without_a_limit_or_after_the_end(mailbox: Path) -> None:
    filling = Filling(mailbox)
    kept = filling.stored()
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher:
        send(catcher, "One")
        assert kept in names(mailbox)
        state = read_state(mailbox)
        assert state is not None
        assert state.removed is None
    with Catcher(port=0, mailbox=mailbox, retention=Retention(messages=0)).in_thread():
        pass
    assert kept in names(mailbox)


@pytest.mark.parametrize("limit", ["option", "environment", "file"])
def test_serve_says_what_it_removed(mailbox: Path, tmp_path: Path, limit: str) -> None:
    (tmp_path / "mailcatch.toml").write_text("max-messages = 1\n" if limit == "file" else "")
    serving = Serving(
        "--port", "0", "--dir", mailbox,
        *(["--max-messages", "1"] if limit == "option" else []),
        environment={"MAILCATCH_MAX_MESSAGES": "1"} if limit == "environment" else {},
        cwd=tmp_path,
    )  # fmt: skip
    with serving:
        for subject in ("One", "Two"):
            with Talk(serving) as talk:
                talk.send(letter(subject))
                talk.ask(b"QUIT")
        holds(lambda: len(names(mailbox)) == 1)
        holds(lambda: json.loads((mailbox / "server.json").read_text())["removed"] is not None)
        assert serving.stop() == 0
    size = len(letter("One"))
    assert serving.error.decode() == (
        f"mailcatch: removed 1 message ({size} octets) and 1 session: past --max-messages\n"
    )


def test_a_server_empties_the_trash(mailbox: Path) -> None:
    filling = Filling(mailbox)
    for days in (1, 9):
        place = mailbox / ".trash" / f"{datetime.now(UTC) - timedelta(days=days):%Y%m%dT%H%M%S.%f}"
        place.with_name(f"{place.name}Z-0000").mkdir(parents=True)
        (place.with_name(f"{place.name}Z-0000") / filling.message()).write_bytes(b"x")
    with Catcher(port=0, mailbox=mailbox, retention=Retention(trash=timedelta(days=7))).in_thread():
        holds(lambda: len(list(mailbox.glob(".trash/*"))) == 1)


@pytest.mark.parametrize(("took", "rest"), [(0.0, EVERY), (0.2, 4.0), (60.0, LONGEST)])
def test_a_long_look_is_followed_by_a_longer_rest_but_not_by_one_without_limits(
    took: float, rest: float
) -> None:
    assert rest_after(took) == rest
