"""Two messages compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import comparison
from mailcatch.mail.comparison import compare, compare_sources
from mailcatch.mail.message import Message
from mailcatch.mail.safe import safe_text
from tests.mailbox.filling import letter


def parsed(raw: bytes) -> Message:
    return Message.parse(raw)


def multipart(boundary: str, file: str = "a.pdf", content: str = "x") -> bytes:
    return (
        f'Subject: Report\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\n\r\nHello\r\n--{boundary}\r\n"
        f"Content-Type: application/pdf; name={file}\r\n\r\n{content}\r\n--{boundary}--\r\n"
    ).encode()


@given(st.binary(max_size=200))
def test_a_message_does_not_differ_from_itself(raw: bytes) -> None:
    assert compare(parsed(raw), parsed(raw)).same
    assert compare_sources(raw, raw) == ()


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_sources_are_equal_only_where_every_octet_is(first: bytes, second: bytes) -> None:
    compare(parsed(first), parsed(second))
    hunks = compare_sources(first, second)
    assert bool(hunks) == (first != second)
    for hunk in hunks:
        for line in hunk.lines:
            assert safe_text(line.text) == line.text


def test_headers_that_differ_are_told_by_name() -> None:
    first = letter("Hello", head="X-One: 1\r\nReceived: a\r\nReceived: b")
    second = letter("Goodbye", head="Received: a\r\nX-Two: 2")
    found = compare(parsed(first), parsed(second))
    told = {one.name: (one.before, one.after) for one in found.headers}
    assert told == {
        "Subject": (("Hello",), ("Goodbye",)),
        "X-One": (("1",), ()),
        "Received": (("a", "b"), ("a",)),
        "X-Two": ((), ("2",)),
    }
    ignored = compare(parsed(first), parsed(second), ["SUBJECT", "x-one", "received", "x-two"])
    assert ignored.same


def test_lines_of_the_text_are_told_with_their_surroundings() -> None:
    lines = [f"line {number}" for number in range(40)]
    first = letter(text="\r\n".join(lines))
    second = letter(text="\r\n".join([*lines[:20], "new", *lines[21:]]))
    (hunk,) = compare(parsed(first), parsed(second)).text
    assert (hunk.first, hunk.second) == (18, 18)
    assert [f"{line.sign}{line.text}" for line in hunk.lines] == [
        " line 17", " line 18", " line 19", "-line 20", "+new", " line 21", " line 22", " line 23",
    ]  # fmt: skip


def test_another_boundary_is_no_difference_but_another_file_is() -> None:
    assert compare(parsed(multipart("aaa")), parsed(multipart("bbb"))).same
    (named,) = compare(parsed(multipart("aaa")), parsed(multipart("aaa", "b.pdf"))).parts
    assert (named.path, named.before, named.after) == (
        "1.2", "application/pdf  a.pdf", "application/pdf  b.pdf",
    )  # fmt: skip
    (other,) = compare(parsed(multipart("aaa")), parsed(multipart("aaa", content="y"))).parts
    assert (other.before == other.after, other.content) == (True, True)


def test_a_part_that_only_one_has_is_told() -> None:
    found = compare(parsed(letter()), parsed(multipart("aaa")))
    assert [(one.path, bool(one.before), bool(one.after)) for one in found.parts] == [
        ("1", True, True), ("1.1", False, True), ("1.2", False, True),
    ]  # fmt: skip


def test_two_sendings_of_a_mail_have_one_fingerprint() -> None:
    first = letter(head="Message-ID: <1@x>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000")
    second = letter(head="Message-ID: <2@x>\r\nDate: Mon, 23 Nov 2026 13:00:00 +0000")
    found = compare(parsed(first), parsed(second))
    assert found.same_fingerprint
    assert [one.name for one in found.headers] == ["Message-ID", "Date"]


def test_lines_past_the_most_are_compared_as_a_whole() -> None:
    many = "\r\n".join(["x"] * (comparison.MOST_LINES + 10))
    (hunk,) = compare(parsed(letter(text=many + "a")), parsed(letter(text=many + "b"))).text
    assert [line.sign for line in hunk.lines] == [" ", " ", " ", "-", "+"]
    assert "more lines" in hunk.lines[-1].text
