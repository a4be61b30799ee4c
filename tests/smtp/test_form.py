"""Notes about the form of a message's octets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.smtp.form import Form

HEADER = b"Subject: x\r\n\r\n"


def names(*segments: bytes, declared: bool = False) -> list[str]:
    form = Form()
    for segment in segments:
        form.see(segment)
    return [note.name for note in form.notes(eight_bit_declared=declared)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (HEADER + b"fine\r\n", []),
        (b"", ["empty-message"]),
        (b"\r\nno header\r\n", ["no-header"]),
        (b"just text\r\n", ["no-header"]),
        (HEADER + b"a\nb\r\n", ["bare-lf"]),
        (HEADER + b"a\rb\r\n", ["bare-cr"]),
        (HEADER + b"a\rb\nc\r\n", ["bare-lf", "bare-cr"]),
        (HEADER + b"a\r\r\n", ["bare-cr"]),
        (HEADER + b"a\0b\r\n", ["nul"]),
        (HEADER + b"a\xe4b\r\n", ["eight-bit-undeclared"]),
        (HEADER + b"x" * 998 + b"\r\n", []),
        (HEADER + b"x" * 999 + b"\r\n", ["long-line"]),
        (b"Subject: " + b"x" * 2000 + b"\r\n\r\n", ["long-line"]),
    ],
)
def test_what_is_unusual_is_told(content: bytes, expected: list[str]) -> None:
    assert names(content) == expected


@pytest.mark.parametrize("segment", [1, 2, 3, 7, 500, 999, 1000, 1001])
@pytest.mark.parametrize("length", [997, 998, 999, 1000, 5000])
def test_a_long_line_is_seen_across_segments(segment: int, length: int) -> None:
    content = HEADER + b"ok\r\n" + b"x" * length + b"\r\nok\r\n"
    cut = [content[start : start + segment] for start in range(0, len(content), segment)]
    assert names(*cut) == (["long-line"] if length > 998 else [])


def test_declared_eight_bit_is_usual() -> None:
    assert names(HEADER + b"\xc3\xa4\r\n", declared=True) == []


PIECES = st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\0", b"\xff", b"x" * 400])


@given(st.lists(PIECES, max_size=20), st.integers(1, 50))
def test_the_notes_do_not_depend_on_the_segments(pieces: list[bytes], size: int) -> None:
    content = HEADER + b"".join(pieces) + b"\r\n"
    cut = [content[start : start + size] for start in range(0, len(content), size)]
    assert names(*cut) == names(content)
