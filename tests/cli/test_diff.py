"""`mailcatch diff`."""

from __future__ import annotations

from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import Filling, letter


def test_what_differs_is_readable_in_a_pipe(filling: Filling) -> None:
    filling.stored(letter("First", "one\r\ntwo"))
    filling.stored(letter("Second", "one\r\nthree"))
    printed = answer(filling, "diff", "last~1", "last", status=1)
    assert "- Subject: First\n+ Subject: Second\n" in printed
    assert "  one\n- two\n+ three\n" in printed
    assert "\x1b" not in printed


def test_two_equal_messages_end_with_0(filling: Filling) -> None:
    filling.stored(letter("Same"))
    filling.stored(letter("Same"))
    assert answer(filling, "diff", "last", "last~1") == "headers, text and parts are the same\n"
    assert answer(filling, "diff", "last", "last~1", "--source") == "not an octet differs\n"
    (told,) = objects(filling, "diff", "last", "last~1")
    assert told["same"]


def test_a_program_is_told_what_differs(filling: Filling) -> None:
    names = [filling.stored(letter("First", "one")), filling.stored(letter("Second", "two"))]
    (told,) = objects(filling, "diff", *names, status=1)
    assert (told["first"], told["second"]) == (names[0], names[1])
    assert (told["same"], told["same_fingerprint"]) == (False, False)
    assert told["headers"] == [{"name": "Subject", "before": ["First"], "after": ["Second"]}]
    assert told["text"] == [{"first": 1, "second": 1, "lines": ["-one", "+two"]}]
    assert [one["path"] for one in told["parts"]] == ["1"]


def test_header_fields_may_be_ignored(filling: Filling) -> None:
    filling.stored(letter("First", head="X-Id: 1"))
    filling.stored(letter("Second", head="X-Id: 2"))
    answer(filling, "diff", "last", "last~1", "--ignore", "subject", "--ignore", "x-id")


def test_sources_are_compared_octet_by_octet(filling: Filling) -> None:
    filling.stored(b"Subject: x\r\n\r\na\r\nb\r\n")
    filling.stored(b"Subject: x\r\n\r\na\nb\r\n")
    printed = answer(filling, "diff", "last~1", "last", "--source", status=1)
    assert "- a\n- b\n+ a␊b\n" in printed.replace("␤", "␊")
    (told,) = objects(filling, "diff", "last~1", "last", "--source", status=1)
    assert told["source"][0]["first"] == 1


def test_trouble_is_another_status_than_a_difference(filling: Filling) -> None:
    filling.stored()
    assert "did you mean" in complaint(filling, "diff", "last", "form:ann", status=2)
    assert "no message" in complaint(filling, "diff", "last", "subject:none", status=2)
