"""The user's own marks: read, and tags."""

from __future__ import annotations

import json

import pytest

from mailcatch.mailbox.changes import Updated
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.marks import Marks
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling, letter


def test_messages_are_read_and_unread(reader: Reader, filling: Filling) -> None:
    one, other = filling.message(), filling.message()
    reader.refresh()
    assert sorted(reader.search("is:unread")) == [one, other]
    reader.marks.mark("read", [one, other])
    assert reader.refresh() == [Updated(one), Updated(other)]
    assert reader.message(one).read
    reader.marks.mark("unread", [one])
    reader.refresh()
    assert list(reader.search("is:unread")) == [one]


def test_tags_come_from_the_message_and_the_user(reader: Reader, filling: Filling) -> None:
    name = filling.stored(
        letter(to="ann+signup@example.com", head="X-Tags: Red, two words ,red"),
        to=("bob+Late+x@example.com",),
    )
    reader.refresh()
    assert reader.message(name).tags == ("Late", "Red", "signup", "two words", "x")
    reader.marks.mark("tag", [name], "by hand")
    reader.marks.mark("untag", [name], "RED")
    reader.refresh()
    assert reader.message(name).tags == ("by hand", "Late", "signup", "two words", "x")
    for query, there in (
        ('tag:"by hand"', 1), ("tag:red", 0), ("tag:SIGNUP", 1), ("tag:sign", 0), ("tag:late", 1),
    ):  # fmt: skip
        assert reader.search(query).count() == there, query
    reader.marks.mark("tag", [name], "red")
    reader.refresh()
    assert reader.search("tag:red").count() == 1


def test_marks_survive_the_index(filling: Filling) -> None:
    name = filling.message()
    with Reader(filling.root) as reader:
        reader.marks.mark("read", [name])
        reader.marks.mark("tag", [name], "kept")
        path = reader.index_path
    path.unlink()
    with Reader(filling.root) as reader:
        reader.refresh()
        assert (reader.message(name).read, reader.message(name).tags) == (True, ("kept",))


def test_a_line_is_one_mark(filling: Filling) -> None:
    Marks(filling.root).mark("tag", ["b.eml", "a.eml"], "x\ny")
    line = json.loads((filling.root / "marks.jsonl").read_text())
    assert (line["mark"], line["messages"], line["tag"]) == ("tag", ["a.eml", "b.eml"], "x␤y")
    assert line["at"] > 1_700_000_000


def test_torn_and_strange_lines_are_passed_over(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    path = filling.root / "marks.jsonl"
    line = json.dumps({"mark": "read", "messages": [name], "novelty": 1}).encode()
    path.write_bytes(b'{"mark":"later","messages":[]}\n\xff\n' + line)
    reader.refresh()
    assert not reader.message(name).read
    with path.open("ab") as file:
        file.write(b"\n")
    reader.refresh()
    assert reader.message(name).read


def test_a_marks_file_that_was_replaced_is_read_anew(reader: Reader, filling: Filling) -> None:
    name = filling.message()
    for action in ("tag", "untag", "tag"):
        reader.marks.mark(action, [name], "x")
    reader.refresh()
    assert reader.message(name).tags == ("x",)
    reader.marks.path.unlink()
    reader.refresh()
    assert reader.message(name).tags == ()


@pytest.mark.parametrize(("action", "tag"), [("tag", ""), ("tag", " "), ("read", "x")])
def test_a_tag_belongs_to_tagging(filling: Filling, action: str, tag: str) -> None:
    with pytest.raises(ValueError, match="a tag is needed for tagging"):
        Marks(filling.root).mark(action, ["a.eml"], tag)  # type: ignore[arg-type]


def test_nothing_to_mark_writes_nothing(filling: Filling) -> None:
    Marks(filling.root).mark("read", [])
    assert not (filling.root / "marks.jsonl").exists()


def test_a_place_that_cannot_be_written_is_told(filling: Filling) -> None:
    (filling.root / "marks.jsonl").mkdir()
    with pytest.raises(MailboxError, match="cannot write into"):
        Marks(filling.root).mark("read", ["a.eml"])
