"""Following a mailbox as files come and go."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator

import pytest

from mailcatch.mailbox import events, watch
from mailcatch.mailbox.changes import (
    Added,
    AnyChange,
    Removed,
    SessionClosed,
    SessionOpened,
    Updated,
)
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling
from tests.reading import eventually


class Gathering:
    """Takes changes until those that are expected are there."""

    def __init__(self, changes: Iterator[list[AnyChange]]) -> None:
        self._changes = changes

    def until(self, *expected: AnyChange) -> None:
        missing = set(expected)
        while missing:
            missing -= set(next(self._changes))


@pytest.fixture(params=["watched", "rescanned"])
def rescan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """Changes are heard of by the watcher, or found without one."""
    if request.param == "watched":
        return 60.0

    def fail(*_: object, **__: object) -> None:
        raise OSError("no watches left")

    monkeypatch.setattr("watchfiles.watch", fail)
    return 0.1


def test_every_kind_of_change_is_told(filling: Filling, rescan: float) -> None:
    first = filling.message()
    stop = threading.Event()
    with Reader(filling.root) as reader:
        going = watch.follow(reader, stop=stop, rescan=rescan)
        told = Gathering(going)
        told.until(Added(first))
        second = filling.message()
        told.until(Added(second))
        filling.write(second, b"Subject: other\r\n\r\n")
        told.until(Updated(second))
        session = filling.session([], closed=False)
        told.until(SessionOpened(session))
        filling.append(session, [events.Close(1, "client", "quit")])
        told.until(SessionClosed(session))
        reader.marks.mark("read", [first])
        told.until(Updated(first))
        filling.remove(first)
        told.until(Removed(first))
        stop.set()
        assert list(going) == []


def test_following_ends_when_it_is_stopped(reader: Reader) -> None:
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    assert list(watch.follow(reader, stop=stop)) == []
    timer.join()


def test_a_mailbox_that_goes_away_is_told(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    going = watch.follow(reader, rescan=0.2)
    assert next(going) == [Added(name)]
    shutil.rmtree(filling.root)
    with pytest.raises(MailboxError):
        for _ in going:
            pass


async def test_changes_come_to_an_event_loop(reader: Reader, filling: Filling) -> None:
    going = watch.watch(reader)
    waiting = asyncio.ensure_future(anext(going))  # noqa: TID251 - kept
    await asyncio.sleep(0.3)
    name = filling.message()
    assert await asyncio.wait_for(waiting, 10) == [Added(name)]
    await going.aclose()


async def test_a_caller_that_is_cancelled_leaves_nothing(reader: Reader) -> None:
    async def listen() -> None:
        async for _ in watch.watch(reader, rescan=0.2):
            pass

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(eventually, nobody_watches)


def nobody_watches() -> bool:
    return all(one.name != "mailcatch-watch" for one in threading.enumerate())
