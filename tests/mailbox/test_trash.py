"""Deleting, and taking it back."""

from __future__ import annotations

import shutil
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from mailcatch.mailbox.changes import Added, Removed
from mailcatch.mailbox.errors import MailboxError, NotThereError
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import LETTER, Filling


def test_what_is_named_is_deleted_and_comes_back(reader: Reader, filling: Filling) -> None:
    one, other, third = (filling.message() for _ in range(3))
    reader.refresh()
    deletion = reader.trash.delete({one, other, "gone.eml"})
    assert deletion.messages == (one, other)
    assert reader.refresh() == [Removed(one), Removed(other)]
    assert list(reader.search()) == [third]
    assert reader.trash.deletions() == [deletion]
    assert stat.S_IMODE((filling.root / ".trash").stat().st_mode) == 0o700
    assert reader.trash.undo(deletion.name) == (one, other)
    assert reader.refresh() == [Added(one), Added(other)]
    assert reader.octets(one) == LETTER
    assert reader.trash.deletions() == []


def test_the_last_of_bare_files_comes_back_to_where_it_was(tmp_path: Path) -> None:
    (tmp_path / "only.eml").write_bytes(LETTER)
    with Reader(tmp_path) as reader:
        reader.refresh()
        deletion = reader.trash.delete(["only.eml"])
        assert reader.refresh() == [Removed("only.eml")]
    with Reader(tmp_path) as reader:
        assert reader.trash.undo(deletion.name) == ("only.eml",)
        assert reader.refresh() == [Added("only.eml")]
    assert (tmp_path / "only.eml").read_bytes() == LETTER


def test_a_deletion_can_be_undone_once(reader: Reader, filling: Filling) -> None:
    deletion = reader.trash.delete([filling.message()])
    reader.trash.undo(deletion.name)
    for name in (deletion.name, "../messages", ""):
        with pytest.raises(NotThereError, match="nothing to undo"):
            reader.trash.undo(name)


def test_undoing_never_overwrites(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    deletion = reader.trash.delete([name])
    filling.write(name, b"another")
    assert reader.trash.undo(deletion.name) == ()
    assert reader.octets(name) == b"another"
    assert reader.trash.deletions() == [deletion]


def test_the_trash_is_emptied_after_a_while(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    deletion = reader.trash.delete([name])
    assert reader.trash.empty() == ()
    assert reader.trash.empty(timedelta(0)) == (name,)
    with pytest.raises(NotThereError):
        reader.trash.undo(deletion.name)


def test_an_old_deletion_goes_with_the_next(reader: Reader, filling: Filling) -> None:
    reader.trash.delete([filling.message()])
    trash = filling.root / ".trash"
    place = next(trash.iterdir())
    place.rename(trash / f"2020{place.name[4:]}")
    deletion = reader.trash.delete([filling.message()])
    assert reader.trash.deletions() == [deletion]


def test_deleting_nothing_leaves_nothing(reader: Reader, filling: Filling) -> None:
    assert reader.trash.delete([]).messages == ()
    assert list((filling.root / ".trash").iterdir()) == []


@pytest.mark.parametrize("name", ["../server.json", "/etc/passwd", ".lock", ""])
def test_no_name_leads_out_of_the_mailbox(reader: Reader, filling: Filling, name: str) -> None:
    kept = filling.message()
    with pytest.raises(NotThereError):
        reader.trash.delete([kept, name])
    assert reader.octets(kept) == LETTER


def test_a_place_that_cannot_be_written_is_told(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    (filling.root / ".trash").touch()
    with pytest.raises(MailboxError, match="cannot move messages out"):
        reader.trash.delete([name])
    assert reader.octets(name) == LETTER


def test_a_deletion_that_cannot_be_put_back_is_told(reader: Reader, filling: Filling) -> None:
    deletion = reader.trash.delete([filling.message()])
    shutil.rmtree(filling.root / "messages")
    with pytest.raises(MailboxError, match="cannot put messages back"):
        reader.trash.undo(deletion.name)
