"""Mailboxes of every kind, read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock

from mailcatch.mailbox import events
from mailcatch.mailbox.changes import (
    Added,
    Rebuilt,
    Removed,
    SessionClosed,
    SessionOpened,
    SessionUpdated,
    Updated,
)
from mailcatch.mailbox.errors import MailboxError, NotThereError
from mailcatch.mailbox.index.update import Progress, Update
from mailcatch.mailbox.layout import Stamp
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.reader import Reader, Serving, serving_of
from mailcatch.mailbox.search import Found
from mailcatch.mailbox.server_file import Counters, ServerState, write_state
from tests.mailbox.filling import LETTER, NOON, Filling, letter


def test_a_message_is_told_with_its_envelope(reader: Reader, filling: Filling) -> None:
    name = filling.stored(to=("ann@example.com", "bcc@example.com"), user="app")
    reader.refresh()
    found = reader.message(name)
    assert (found.subject, found.author) == ("Hello", "App <app@example.org>")
    assert found.receivers == ("ann@example.com",)
    assert found.recipients == ("ann@example.com", "bcc@example.com")
    assert found.sender == "app@example.org"
    assert found.arrived == NOON + timedelta(seconds=1)
    assert found.size == len(LETTER)
    assert (found.tries, found.copies, found.duplicate) == (1, 1, False)
    assert reader.octets(name) == LETTER
    session = reader.session(found.session)
    assert (session.user, session.stored, session.refused, session.how) == ("app", 1, 0, "quit")
    assert isinstance(reader.events(found.session)[0], events.Connect)


def test_bare_files_are_a_mailbox(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(LETTER)
    (tmp_path / "notes.txt").write_bytes(b"no mail")
    with Reader(tmp_path) as reader:
        assert reader.refresh() == [Added("one.eml")]
        found = reader.message("one.eml")
        assert (found.session, found.recipients) == ("", ())
        assert [attempt.message for attempt in reader.story("one.eml").attempts] == ["one.eml"]
        assert reader.octets("one.eml") == LETTER


def test_an_empty_directory_is_a_mailbox(tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        assert reader.refresh() == []
        assert list(reader.search()) == []
        (tmp_path / "messages").mkdir()
        (tmp_path / "messages" / "late.eml").write_bytes(LETTER)
        assert reader.refresh() == [Added("late.eml")]


@pytest.mark.parametrize("place", ["missing", "file"])
def test_what_is_no_directory_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailboxError, match="cannot read"):
        Reader(tmp_path / place)


def test_the_index_of_a_directory_that_cannot_be_written_is_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (box / "one.eml").write_bytes(LETTER)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Reader(box, cache=tmp_path / "cache") as reader:
        reader.refresh()
        assert reader.message("one.eml").subject == "Hello"
        assert reader.index_path.parent == tmp_path / "cache"
        assert not reader.writable
    assert [path.name for path in box.iterdir()] == ["one.eml"]


def test_the_index_goes_elsewhere_where_its_place_is_taken(tmp_path: Path) -> None:
    (tmp_path / ".index.sqlite3").mkdir()
    with Reader(tmp_path, cache=tmp_path / "cache") as reader:
        assert reader.index_path.parent == tmp_path / "cache"


def test_changes_are_told_in_the_order_they_were_noticed(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    assert reader.refresh() == [Added(name)]
    assert reader.refresh() == []
    filling.write(name, letter("Other"))
    assert reader.refresh() == [Updated(name)]
    assert reader.message(name).subject == "Other"
    filling.remove(name)
    assert reader.refresh() == [Removed(name)]
    with pytest.raises(NotThereError, match="there is no message"):
        reader.message(name)


def test_an_open_session_is_followed(reader: Reader, filling: Filling) -> None:
    session = filling.session([], closed=False)
    assert reader.refresh() == [SessionOpened(session)]
    assert list(reader.search("is:live", Found.SESSIONS)) == [session]
    name = filling.message()
    filling.append(session, filling.transaction("stored", file=name))
    changes = reader.refresh()
    assert set(changes) == {SessionUpdated(session), Added(name)}
    assert reader.message(name).session == session
    with (filling.root / "sessions" / session).open("ab") as file:
        file.write(b'{"event":"close","t":1,"by":"cl')
    assert reader.refresh() == []
    with (filling.root / "sessions" / session).open("ab") as file:
        file.write(b'ient","how":"quit"}\n')
    assert reader.refresh() == [SessionClosed(session)]
    assert reader.session(session).ended is not None


def test_an_envelope_that_comes_late_is_taken_in(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    reader.refresh()
    assert list(reader.search("rcpt:hidden@example.com")) == []
    filling.session(filling.transaction("stored", to=("hidden@example.com",), file=name))
    assert Updated(name) in reader.refresh()
    assert list(reader.search("rcpt:hidden@example.com")) == [name]


def test_a_session_that_was_replaced_is_read_anew(reader: Reader, filling: Filling) -> None:
    session = filling.refused()
    reader.refresh()
    path = filling.root / "sessions" / session
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    reader.refresh()
    assert reader.session(session).tries == 0
    path.unlink()
    reader.refresh()
    assert reader.sessions([session]) == []


def test_who_serves_is_told(reader: Reader, filling: Filling) -> None:
    assert reader.serving() == (Serving.NOBODY, None)
    state = ServerState(1, os.getpid(), "1", "now", [], Counters())
    write_state(filling.root, state)
    with FileLock(filling.root / ".lock"):
        assert reader.serving()[0] is Serving.HERE
        write_state(filling.root, ServerState(1, 2**22 + 1, "1", "now", [], Counters()))
        assert reader.serving()[0] is Serving.ELSEWHERE


def test_a_copy_of_a_served_mailbox_is_served_by_nobody_here(
    opened: Mailbox, tmp_path: Path
) -> None:
    write_state(opened.root, ServerState(1, os.getpid(), "1", "now", [], Counters()))
    shutil.copytree(opened.root, tmp_path / "copy")
    shutil.copytree(opened.root, tmp_path / "without", ignore=lambda *_: [".lock"])
    assert serving_of(opened.root)[0] is Serving.HERE
    assert serving_of(tmp_path / "copy")[0] is Serving.ELSEWHERE
    assert serving_of(tmp_path / "without")[0] is Serving.ELSEWHERE


def test_a_mailbox_is_read_while_it_is_served(opened: Mailbox) -> None:
    with Reader(opened.root) as reader:
        assert reader.refresh() == []


def test_readers_share_an_index(filling: Filling) -> None:
    with Reader(filling.root) as one, Reader(filling.root) as other:
        name = filling.message()
        assert one.refresh() == [Added(name)]
        assert other.refresh() == [Added(name)]
        assert list(other.search("hello")) == [name]


def test_a_reader_notices_that_the_index_was_replaced(filling: Filling) -> None:
    with Reader(filling.root) as reader:
        name = filling.message()
        reader.refresh()
        for path in filling.root.glob(".index*"):
            path.unlink()
        assert reader.refresh() == [Rebuilt()]
        assert list(reader.search()) == [name]


@pytest.mark.parametrize("name", ["../mail/x.eml", "/etc/passwd", ".part", "no.eml", ""])
def test_no_name_leads_out_of_the_mailbox(reader: Reader, name: str) -> None:
    with pytest.raises(NotThereError):
        reader.octets(name)
    with pytest.raises(NotThereError):
        reader.events(name)


def test_progress_is_told(reader: Reader, filling: Filling) -> None:
    filling.stored()
    told: list[Progress] = []
    reader.refresh(told.append)
    assert told[-1].done == told[-1].total == 2


def test_lists_can_be_had_while_messages_are_read(reader: Reader, filling: Filling) -> None:
    first = filling.message()
    reader.refresh()
    filling.message()
    seen: list[list[str]] = []

    def look() -> None:
        seen.append(list(reader.search()))

    def report(_: Progress) -> None:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(10)

    reader.refresh(report)
    assert seen
    assert first in seen[0]


def test_a_closed_reader_says_so(filling: Filling) -> None:
    reader = Reader(filling.root)
    reader.close()
    reader.close()
    with pytest.raises(MailboxError, match="is closed"):
        reader.refresh()
    with pytest.raises(MailboxError, match="is closed"):
        reader.search().count()


def test_another_file_in_the_place_of_one_is_noticed_though_it_looks_alike(
    reader: Reader, filling: Filling
) -> None:
    letters = filling.root / "messages"
    for number, subject in enumerate(("Hello", "Other")):
        (letters / f"{number}.part").write_bytes(letter(subject))
        os.utime(letters / f"{number}.part", ns=(10**18, 10**18))
    (letters / "0.part").rename(letters / "one.eml")
    reader.refresh()
    assert reader.message("one.eml").subject == "Hello"
    (letters / "1.part").rename(letters / "one.eml")
    assert reader.refresh() == [Updated("one.eml")]
    assert reader.message("one.eml").subject == "Other"


def test_what_came_back_meanwhile_is_not_forgotten(reader: Reader, filling: Filling) -> None:
    name = filling.stored()
    reader.refresh()
    aside = filling.root / "aside"
    (filling.root / "messages" / name).rename(aside)
    look = Update._compare_messages

    def looks_and_then_it_comes_back(
        self: Update, there: dict[str, Stamp]
    ) -> tuple[list[str], list[str]]:
        found = look(self, there)
        aside.rename(filling.root / "messages" / name)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Update, "_compare_messages", looks_and_then_it_comes_back)
        assert reader.refresh() == []
    assert list(reader.search()) == [name]


def test_nothing_is_left_behind_in_a_directory_that_is_no_mailbox(tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "src").mkdir(parents=True)
    with Reader(other, cache=tmp_path / "cache") as reader:
        assert reader.refresh() == []
        (other / "a.eml").write_bytes(LETTER)
        assert reader.refresh() == [Added("a.eml")]
    assert {one.name for one in other.iterdir()} == {"a.eml", "src"}
    with Reader(other, cache=tmp_path / "cache") as reader:
        reader.refresh()
        assert reader.index_path.parent == other
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "file").write_text("no directory")
    with Reader(empty, cache=tmp_path / "file" / "cache") as reader:
        assert reader.index_path.parent == empty


def test_an_index_that_turns_out_to_be_broken_is_made_anew(filling: Filling) -> None:
    names = [filling.stored(letter(f"Number {number}", "word " * 200)) for number in range(40)]
    with Reader(filling.root) as reader:
        reader.refresh()
        index = reader.index_path
        kept = index.read_bytes()
        # In one page after the other: some are read by an update, others by a question alone.
        for at in range(4096, len(kept), 8 * 4096):
            reader.close()
            for beside in index.parent.glob(f"{index.name}-*"):
                beside.unlink()
            index.write_bytes(kept[:at] + b"\xa5" * 8 * 4096 + kept[at + 8 * 4096 :])
            with Reader(filling.root) as again:
                again.refresh()
                assert sorted(again.search("word")) == names
                assert [one.subject for one in again.messages(names[:1])] == ["Number 0"]
                again.refresh()
                assert sorted(again.search("number")) == names


def test_who_watches_is_told_of_an_index_that_was_made_anew(filling: Filling) -> None:
    filling.stored()
    with Reader(filling.root) as reader, Reader(filling.root) as other:
        reader.refresh()
        other.refresh()
        with closing(sqlite3.connect(reader.index_path)) as index:
            index.execute("DROP TABLE messages")
        assert reader.search("good").count() == 1
        assert reader.refresh() == [Rebuilt()]
        assert other.search("good").count() == 1
        assert other.refresh() == [Rebuilt()]
