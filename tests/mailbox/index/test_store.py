"""The file of the index: missing, old, broken, and shared."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.store import Store, place_beside
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling, letter
from tests.mailbox.index.dump import dump


def test_the_index_is_for_its_owner_alone(reader: Reader) -> None:
    assert stat.S_IMODE(reader.index_path.stat().st_mode) == 0o600


def test_an_index_of_another_version_is_made_anew(filling: Filling) -> None:
    name = filling.message()
    with Reader(filling.root) as reader:
        reader.refresh()
        path = reader.index_path
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("DROP TABLE messages")
        connection.execute("CREATE TABLE messages (other)")
    with Reader(filling.root) as reader:
        reader.refresh()
        assert list(reader.search("hello")) == [name]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500, b"SQLite format 3\0" * 300])
def test_a_broken_index_is_made_anew(filling: Filling, content: bytes) -> None:
    name = filling.message()
    (filling.root / ".index.sqlite3").write_bytes(content)
    with Reader(filling.root) as reader:
        reader.refresh()
        assert list(reader.search("hello")) == [name]


def test_an_index_that_breaks_while_it_is_used_is_made_anew(filling: Filling) -> None:
    names = [filling.message() for _ in range(50)]
    with Reader(filling.root) as reader:
        reader.refresh()
        path = reader.index_path
    octets = bytearray(path.read_bytes())
    octets[4096:] = bytes(len(octets) - 4096)
    path.write_bytes(octets)
    with Reader(filling.root) as reader:
        reader.refresh()
        assert sorted(reader.search("hello")) == names


def test_a_table_that_is_missing_is_noticed(filling: Filling) -> None:
    filling.message()
    with Reader(filling.root) as reader:
        reader.refresh()
        with closing(sqlite3.connect(reader.index_path)) as connection:
            connection.execute("DROP TABLE tags")
        name = filling.message(letter(head="X-Tags: red"))
        reader.refresh()
        assert list(reader.search("tag:red")) == [name]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "index")
    with pytest.raises(MailboxError, match="is closed"):
        _ = store.connection
    store.open()
    store.close()
    store.close()


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "index")
    store.open()

    def fail() -> None:
        with store.writing() as connection:
            connection.execute("INSERT INTO facts VALUES ('a', 'b')")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert store.connection.execute("SELECT count(*) FROM facts").fetchone() == (0,)
    store.close()


def test_two_directories_have_two_places_in_the_cache(tmp_path: Path) -> None:
    one, other = (place_beside(tmp_path / name, tmp_path / "cache") for name in "ab")
    assert one != other
    assert place_beside(tmp_path / "b" / ".." / "a", tmp_path / "cache") == one


def test_several_processes_build_one_index(filling: Filling) -> None:
    for number in range(150):
        filling.stored(letter(f"Number {number}"))
    filling.refused()
    code = (
        "import sys; from pathlib import Path; from mailcatch.mailbox.reader import Reader\n"
        "with Reader(Path(sys.argv[1]), processes=1) as reader: reader.refresh()\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(filling.root)]) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with Reader(filling.root) as reader, Reader(filling.root) as other:
        assert reader.refresh() == []
        other._store.empty()
        other.refresh()
        assert len(dump(other)["messages"]) == 150  # type: ignore[arg-type]
    with Reader(filling.root) as reader:
        assert reader.search("number").count() == 150
