"""`mailcatch rm`: what is named, only after a yes, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import Filling, letter
from tests.serving import run


def left(filling: Filling) -> list[str]:
    return sorted(path.name for path in (filling.root / "messages").glob("*.eml"))


def trash(filling: Filling) -> list[str]:
    return sorted(path.name for path in filling.root.glob(".trash/*/*.eml"))


def test_one_message_or_all_that_fit_are_removed(filling: Filling) -> None:
    first = filling.stored(letter("Keep"))
    second = filling.stored(letter("Old news"))
    third = filling.stored(letter("Old hat"))
    assert objects(filling, "rm", "last", "--yes") == [{"id": third}]
    said = answer(filling, "rm", "subject:old", "--yes")
    assert said == f"removed {second[-8:-4]}; bring back with 'mailcatch rm --undo'\n"
    assert left(filling) == [first]
    assert trash(filling) == [second, third]
    assert "Keep" in answer(filling, "ls")


def test_what_was_removed_last_comes_back_first(filling: Filling) -> None:
    names = [filling.stored(letter(f"Number {number}")) for number in range(3)]
    answer(filling, "rm", "number", "--yes")
    later = filling.stored(letter("Later"))
    answer(filling, "rm", "later", "--yes")
    assert objects(filling, "rm", "--undo") == [{"id": later}]
    assert answer(filling, "rm", "--undo") == "brought back 3 messages\n"
    assert left(filling) == [*names, later]
    assert "Number 1" in answer(filling, "ls", "number")
    assert "nothing to bring back" in complaint(filling, "rm", "--undo", status=1)


def test_bringing_back_writes_over_nothing(filling: Filling) -> None:
    name = filling.stored(letter("One"))
    answer(filling, "rm", "last", "--yes")
    filling.write(name, letter("Another"))
    assert "stayed in the trash" in complaint(filling, "rm", "--undo", status=1)
    assert "Another" in answer(filling, "ls")
    assert trash(filling) == [name]


def test_everything_is_removed_only_when_it_is_said(filling: Filling) -> None:
    filling.stored()
    filling.stored()
    assert "say which messages" in complaint(filling, "rm", "--yes", status=2)
    assert "say which messages" in complaint(filling, "rm", "", "--yes", status=2)
    assert "say which messages" in complaint(filling, "rm", "last", "--all", "--yes", status=2)
    assert "say which messages" in complaint(filling, "rm", "last", "--undo", status=2)
    assert len(left(filling)) == 2
    assert answer(filling, "rm", "--all", "--yes").startswith("removed 2 messages;")
    assert left(filling) == []


def test_for_good_is_for_good(filling: Filling) -> None:
    filling.stored()
    assert "leave it out" in complaint(filling, "rm", "--undo", "--for-good", status=2)
    assert answer(filling, "rm", "--all", "--for-good", "--yes").endswith(" for good\n")
    assert (left(filling), trash(filling)) == ([], [])


def test_the_trash_is_emptied_when_it_is_said_or_old(filling: Filling) -> None:
    names = [filling.stored() for _ in range(3)]
    assert "the trash is empty" in complaint(filling, "rm", "--empty-trash", "--yes", status=1)
    for name in names[:2]:
        answer(filling, "rm", name, "--yes")
    assert "--yes does it" in complaint(filling, "rm", "--empty-trash", status=2)
    assert trash(filling) == names[:2]
    answer(filling, "rm", names[2], "--yes", "--trash-age", "1ms")
    assert trash(filling) == names[2:]
    assert objects(filling, "rm", "--empty-trash", "--yes") == [{"id": names[2]}]
    assert trash(filling) == []


def test_how_long_the_trash_is_kept_may_stand_in_the_configuration_file(
    filling: Filling, tmp_path: Path
) -> None:
    first, second = filling.stored(), filling.stored()
    (tmp_path / "mailcatch.toml").write_text('dir = "mail"\ntrash-age = "1ms"\n')
    for name in (first, second):
        assert run("rm", name, "--yes", cwd=tmp_path).returncode == 0
    assert trash(filling) == [second]


def test_a_mailbox_that_cannot_be_changed_says_so(filling: Filling) -> None:
    name = filling.stored()
    (filling.root / ".trash").touch()
    assert "cannot move messages out of" in complaint(filling, "rm", "last", "--yes", status=2)
    assert left(filling) == [name]


def test_nothing_is_removed_where_nobody_can_be_asked(filling: Filling) -> None:
    filling.stored()
    said = complaint(filling, "rm", "--all", status=2)
    assert "1 message would be removed: --yes does it" in said
    assert len(left(filling)) == 1


@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        ("2026", 2, "beginning of several"),
        ("subject:none", 1, "no message fits"),
        ("form:x", 2, "did you mean"),
    ],
)
def test_a_mistake_removes_nothing(filling: Filling, text: str, status: int, why: str) -> None:
    filling.stored()
    filling.stored()
    assert why in complaint(filling, "rm", text, "--yes", status=status)
    assert len(left(filling)) == 2
