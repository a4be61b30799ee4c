"""Reading many files, and hostile ones."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailcatch.mail import Message
from mailcatch.mailbox.index.reading import FEW, MessageTask, ReadingRoom, in_batches
from mailcatch.mailbox.index.update import Progress
from mailcatch.mailbox.reader import Reader
from mailcatch.processors import leave_one
from tests.affinity import processors_of
from tests.mailbox.filling import LETTER, Filling, letter


def test_many_messages_are_read_by_other_processes(filling: Filling) -> None:
    names = [filling.message(letter(f"Number {number}")) for number in range(300)]
    filling.message(b"x" * 2_000_000)
    told: list[Progress] = []
    with Reader(filling.root, processes=2) as reader:
        reader.refresh(told.append)
        assert reader.search("number").first(-1) == names[::-1]
    assert told[-1].done == 301


def test_many_messages_are_read_on_all_processors_also_for_one_who_leaves_some(
    filling: Filling,
) -> None:
    for number in range(FEW + 1):
        filling.message(letter(f"Number {number}"))

    def read() -> list[set[int]]:
        leave_one()
        with Reader(filling.root, processes=1) as reader:
            reader.refresh()
            return [
                processors_of(thread.native_id)
                for thread in threading.enumerate()
                if thread.name.startswith("mailcatch-index")
            ]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(read).result() == [processors_of()]


def test_a_message_that_takes_too_long_is_listed(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcatch.mailbox.index.reading._TIME", 0.001)
    monkeypatch.setattr("mailcatch.mailbox.index.reading.FEW", 0)
    name = filling.message(letter("Endless", "word " * 200_000))
    with Reader(filling.root) as reader:
        reader.refresh()
        found = reader.message(name)
        assert (found.subject, found.fingerprint, found.copies) == ("Endless", "", 1)
        assert list(reader.search("note:time-limit")) == [name]
        assert len(reader.story(name).attempts) == 1


def test_a_process_that_dies_costs_one_message(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcatch.mailbox.index.reading.read_messages", _die_of_poison)
    monkeypatch.setattr("mailcatch.mailbox.index.reading.FEW", 0)
    good = filling.message(letter("Good"))
    poison = filling.message(letter("Poison"))
    with Reader(filling.root, processes=1) as reader:
        reader.refresh()
        assert sorted(reader.search()) == [good, poison]
        assert list(reader.search("note:reader-crashed")) == [poison]


def test_a_message_that_trips_us_is_listed(
    reader: Reader, filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Message) -> None:
        raise RecursionError

    monkeypatch.setattr(Message, "notes", property(fail))
    name = filling.message(letter("Trips"))
    reader.refresh()
    assert reader.message(name).subject == "Trips"
    assert list(reader.search("note:reader-crashed")) == [name]


def test_where_no_process_can_be_started_it_works_without(
    filling: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    names = [filling.stored(letter(str(number))) for number in range(80)]
    with Reader(filling.root) as reader:
        reader.refresh()
        assert sorted(reader.search()) == names
        assert reader.message(names[0]).session


def test_a_file_that_is_gone_meanwhile_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(LETTER)
    tasks = [MessageTask(name, str(tmp_path / name), 1, None) for name in ("a.eml", "b.eml")]
    with ReadingRoom() as room:
        [found] = list(room.messages(iter(tasks)))
    assert [(task.name, record is None) for task, record in found] == [
        ("a.eml", False),
        ("b.eml", True),
    ]


def test_batches_are_bounded_in_number_and_octets() -> None:
    sizes = [*(1 for _ in range(300)), 600_000, 600_000, 1]
    assert [len(batch) for batch in in_batches(sizes, int)] == [128, 128, 46, 1]


def _die_of_poison(tasks: bytes) -> bytes:
    if b"Poison" in Path(_only_path(tasks)).read_bytes() if _is_alone(tasks) else True:
        os._exit(1)
    from mailcatch.mailbox.index import reading

    return reading.read_messages(tasks)


def _is_alone(tasks: bytes) -> bool:
    return tasks.count(b".eml") == 2


def _only_path(tasks: bytes) -> str:
    import msgspec

    return msgspec.msgpack.decode(tasks, type=list[MessageTask])[0].path
