"""`mailcatch rm`: what is named, and only after a yes."""

from __future__ import annotations

import pytest

from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import Filling, letter


def left(filling: Filling) -> list[str]:
    return sorted(path.name for path in (filling.root / "messages").glob("*.eml"))


def test_one_message_or_all_that_fit_are_removed(filling: Filling) -> None:
    first = filling.stored(letter("Keep"))
    second = filling.stored(letter("Old news"))
    third = filling.stored(letter("Old hat"))
    assert objects(filling, "rm", "last", "--yes") == [{"id": third}]
    assert answer(filling, "rm", "subject:old", "--yes") == f"removed {second[-8:-4]}\n"
    assert left(filling) == [first]
    assert "Keep" in answer(filling, "ls")


def test_everything_is_removed_only_when_it_is_said(filling: Filling) -> None:
    filling.stored()
    filling.stored()
    assert "say which messages" in complaint(filling, "rm", "--yes", status=2)
    assert "say which messages" in complaint(filling, "rm", "", "--yes", status=2)
    assert "say which messages" in complaint(filling, "rm", "last", "--all", "--yes", status=2)
    assert len(left(filling)) == 2
    assert answer(filling, "rm", "--all", "--yes") == "removed 2 messages\n"
    assert left(filling) == []


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
