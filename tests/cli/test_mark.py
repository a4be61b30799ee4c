"""`mailcatch mark`: read, unread, and tags by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.asking import answer, complaint, objects
from tests.cli.terminals import on_terminal
from tests.mailbox.filling import Filling, letter


def test_a_message_is_marked_as_read_and_as_unread(filling: Filling) -> None:
    first, second = filling.stored(letter("One")), filling.stored(letter("Two"))
    assert answer(filling, "mark", "last", "--read") == "marked 1 message: read\n"
    assert [one["id"] for one in objects(filling, "ls", "is:unread")] == [first]
    assert objects(filling, "mark", second[-8:-4], "--unread") == [
        {"id": second, "read": False, "tags": []}
    ]
    assert len(objects(filling, "ls", "is:unread")) == 2


def test_all_that_fit_are_tagged_and_found_by_it(filling: Filling) -> None:
    names = [filling.stored(letter(f"Invoice {number}")) for number in range(2)]
    filling.stored(letter("Welcome", head="X-Tags: own"))
    said = answer(filling, "mark", "subject:invoice", "--read", "--tag", "#Checked", "--tag", "b c")
    assert said == "marked 2 messages: read, #Checked, #b c\n"
    assert [one["id"] for one in objects(filling, "ls", "tag:checked")] == names[::-1]
    assert "#b c, #Checked" in answer(filling, "ls", 'tag:"b c"', "--limit", "1")
    answer(filling, "mark", "--all", "--untag", "own", "--untag", "checked")
    assert answer(filling, "ls", "tag:own OR tag:checked") == ""


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("last",), "say how to mark them"),
        (("--read",), "say which messages"),
        (("last", "--all", "--read"), "say which messages"),
        (("last", "--read", "--unread"), "exclude each other"),
        (("last", "--tag", "x", "--untag", "X"), "both name 'x'"),
        (("last", "--tag", " # "), "a tag needs a name"),
        (("form:ann", "--read"), "did you mean “from:”?"),
    ],
)
def test_a_mistake_marks_nothing(filling: Filling, arguments: tuple[str, ...], why: str) -> None:
    filling.stored()
    assert why in complaint(filling, "mark", *arguments, status=2)
    assert not (filling.root / "marks.jsonl").exists()


def test_where_nothing_fits_the_answer_is_no(filling: Filling) -> None:
    assert "no message fits" in complaint(filling, "mark", "subject:x", "--read", status=1)


def test_a_mailbox_that_cannot_be_written_says_so(filling: Filling) -> None:
    filling.stored()
    (filling.root / "marks.jsonl").mkdir()
    assert "cannot write into" in complaint(filling, "mark", "last", "--read", status=2)


def test_what_is_opened_in_the_browser_on_a_terminal_counts_as_read(
    filling: Filling, tmp_path: Path
) -> None:
    filling.stored()
    around = {"BROWSER": "true", "TMPDIR": str(tmp_path)}
    on_terminal("open", "last", "--print", "--dir", filling.root, environment=around)
    on_terminal("open", "last", "--json", "--dir", filling.root, environment=around)
    assert len(objects(filling, "ls", "is:unread")) == 1
    on_terminal("open", "last", "--dir", filling.root, environment=around)
    assert objects(filling, "ls", "is:unread") == []
