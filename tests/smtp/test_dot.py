"""The end of DATA and dot-stuffing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.smtp.dot import DotReader, in_whole_lines, stuffed

OCTETS = st.lists(
    st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"\r\n.\r\n", b"\n.\n", b"a", b"\0"]),
    max_size=25,
).map(b"".join)


def by_lines(octets: bytes) -> tuple[bytes, bytes] | None:
    """Read DATA line by line, as RFC 5321 section 4.5.2 describes it: the reference."""
    message = b""
    position = 0
    while True:
        end = octets.find(b"\r\n", position)
        if end < 0:
            return None
        line = octets[position : end + 2]
        position = end + 2
        if line == b".\r\n":
            return message, octets[position:]
        message += line.removeprefix(b".")


def in_segments(octets: bytes, cuts: list[int]) -> tuple[bytes, bytes] | None:
    reader = DotReader()
    message = b""
    places = sorted({0, len(octets), *(cut % (len(octets) + 1) for cut in cuts)})
    for start, stop in pairwise(places):
        certain, rest = reader.feed(octets[start:stop])
        message += certain
        if rest is not None:
            return message, rest + octets[stop:]
    return None


@given(OCTETS, st.lists(st.integers(0, 200), max_size=20))
def test_any_split_gives_what_reading_line_by_line_gives(octets: bytes, cuts: list[int]) -> None:
    assert in_segments(octets, cuts) == by_lines(octets)


@given(OCTETS)
def test_octet_by_octet_gives_the_same(octets: bytes) -> None:
    assert in_segments(octets, list(range(len(octets)))) == by_lines(octets)


@pytest.mark.parametrize(
    "ending",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\n.\r",
        b"\r.\n",
        b"\r\n\0.\r\n",
        b"\r\n.\0\r\n",
    ],
)
def test_nothing_but_the_one_ending_ends_data(ending: bytes) -> None:
    smuggled = b"body" + ending + b"MAIL FROM:<evil@example.com>\r\n"
    for position in range(len(smuggled)):
        assert in_segments(smuggled, [position]) is None
    message, rest = by_lines(smuggled + b".\r\nQUIT\r\n") or (b"", b"")
    assert in_segments(smuggled + b".\r\nQUIT\r\n", [3, 9]) == (message, b"QUIT\r\n")
    assert b"MAIL FROM" in message
    assert rest == b"QUIT\r\n"


def test_a_dot_at_once_is_an_empty_message() -> None:
    assert in_segments(b".\r\nQUIT\r\n", []) == (b"", b"QUIT\r\n")


@given(OCTETS)
def test_what_is_sent_is_read_back(octets: bytes) -> None:
    lines = in_whole_lines(octets)
    sent = stuffed(lines) + b".\r\n"
    assert by_lines(sent) == (lines, b"")


@given(OCTETS)
def test_no_line_that_is_sent_is_a_dot_for_anybody(octets: bytes) -> None:
    """However lenient the other side reads line ends, only the last line ends the data."""
    sent = stuffed(in_whole_lines(octets))
    assert b"." not in sent.replace(b"\r", b"\n").split(b"\n")
