"""A mailbox from elsewhere: links in it that lead out of it are not written through."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.marks import Marks
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.server_file import Counters, ServerState, read_state, write_state
from tests.mailbox.filling import Filling

STATE = ServerState(1, os.getpid(), "0.1.0", "2026-11-23T12:00:00Z", [], Counters())


@pytest.fixture(params=["there", "missing"])
def outside(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What a link leads to: a file of the user's, or a place where there is none yet."""
    place = tmp_path / "outside"
    if request.param == "there":
        place.write_text("precious\n")
    return place


def content(place: Path) -> bytes | None:
    return place.read_bytes() if place.exists() else None


def test_marks_are_not_written_through_a_link(filling: Filling, outside: Path) -> None:
    name = filling.stored()
    before = content(outside)
    (filling.root / "marks.jsonl").symlink_to(outside)
    with pytest.raises(MailboxError, match=r"cannot write into .*marks\.jsonl"):
        Marks(filling.root).mark("tag", [name], "$(id)")
    assert content(outside) == before


def test_marks_do_not_wait_for_the_reader_of_a_pipe(filling: Filling) -> None:
    name = filling.stored()
    os.mkfifo(filling.root / "marks.jsonl")
    with pytest.raises(MailboxError, match=r"cannot write into .*marks\.jsonl"):
        Marks(filling.root).mark("read", [name])


def test_a_reader_does_not_wait_for_the_writer_of_a_pipe(filling: Filling) -> None:
    name = filling.stored()
    with Reader(filling.root) as reader:
        reader.refresh()
        reader.marks.mark("read", [name])
        reader.refresh()
        assert reader.message(name).read
        (filling.root / "marks.jsonl").unlink()
        os.mkfifo(filling.root / "marks.jsonl")
        reader.refresh()
        assert not reader.message(name).read


def test_the_state_of_a_server_is_not_written_through_a_link(
    filling: Filling, outside: Path
) -> None:
    before = content(outside)
    (filling.root / ".server.json.part").symlink_to(outside)
    write_state(filling.root, STATE)
    assert content(outside) == before
    assert not (filling.root / "server.json").is_symlink()
    assert read_state(filling.root) == STATE


def test_no_lock_is_taken_through_a_link(filling: Filling, outside: Path) -> None:
    before = content(outside)
    (filling.root / ".lock").symlink_to(outside)
    with pytest.raises(MailboxError, match="cannot write into"):
        Mailbox(filling.root).open()
    assert content(outside) == before


def test_an_index_is_made_in_the_place_of_a_link(filling: Filling, outside: Path) -> None:
    name = filling.stored()
    before = content(outside)
    (filling.root / ".index.sqlite3").symlink_to(outside)
    with Reader(filling.root) as reader:
        reader.refresh()
        assert list(reader.search("")) == [name]
        assert reader.index_path == filling.root / ".index.sqlite3"
    assert content(outside) == before
    assert not reader.index_path.is_symlink()
