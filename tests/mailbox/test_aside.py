"""Files that are written aside: with a name that nobody looks for, or with none."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailcatch.mailbox.aside import Aside, NamedFile, NamelessFile, nameless_in

Making = Callable[[Path], Aside]

KINDS = {
    "named": lambda room: NamedFile(str(room / ".1.part")),
    "nameless": lambda room: NamelessFile(str(room)),
}
both = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


@both
def test_it_gets_its_name_whole(make: Making, tmp_path: Path) -> None:
    aside = make(tmp_path)
    os.write(aside.descriptor, b"one ")
    os.write(aside.descriptor, b"two")
    assert aside.content() == b"one two"
    assert list(tmp_path.glob("*.eml")) == []
    aside.reveal(str(tmp_path / "x.eml"))
    assert [path.name for path in tmp_path.iterdir()] == ["x.eml"]
    assert (tmp_path / "x.eml").read_bytes() == b"one two"


@both
def test_nothing_remains_of_one_that_is_given_up(make: Making, tmp_path: Path) -> None:
    aside = make(tmp_path)
    descriptor = aside.descriptor
    os.write(descriptor, b"one")
    aside.discard()
    aside.discard()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@both
def test_giving_up_leaves_what_has_its_name(make: Making, tmp_path: Path) -> None:
    aside = make(tmp_path)
    aside.reveal(str(tmp_path / "x.eml"))
    aside.discard()
    assert (tmp_path / "x.eml").exists()


@both
def test_where_the_directory_went_it_gets_no_name(make: Making, tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    aside = make(room)
    for path in room.iterdir():
        path.unlink()
    room.rmdir()
    with pytest.raises(FileNotFoundError):
        aside.reveal(str(room / "x.eml"))
    aside.discard()
    assert list(tmp_path.iterdir()) == []


@both
def test_where_letting_go_fails_nothing_has_the_name(
    make: Making, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = os.close

    def full(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    aside = make(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "close", full)
        with pytest.raises(OSError, match="quota"):
            aside.reveal(str(tmp_path / "x.eml"))
    aside.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_name_takes_the_place_of_no_other(tmp_path: Path) -> None:
    (tmp_path / "x.eml").write_bytes(b"old")
    aside = NamelessFile(str(tmp_path))
    with pytest.raises(FileExistsError):
        aside.reveal(str(tmp_path / "x.eml"))
    aside.discard()
    assert (tmp_path / "x.eml").read_bytes() == b"old"


def test_where_files_need_names_is_told_by_trying(tmp_path: Path) -> None:
    assert nameless_in(str(tmp_path), str(tmp_path / ".1.part"))
    assert list(tmp_path.iterdir()) == []
    assert not nameless_in("/proc", "/proc/.1.part")
    assert not nameless_in(str(tmp_path / "nowhere"), str(tmp_path / "nowhere" / ".1.part"))
