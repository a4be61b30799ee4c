import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import safe_bytes, safe_lines, safe_text
from mailcatch.mail.safe import MARK_RUN

# Surrogates included, which hypothesis leaves out by itself.
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
NASTY = st.text(
    st.sampled_from(
        "\x00\t\n\r\x1b\x7f\x80\x85\x9b\xad\u200b\u200e\u202e\u2028\u2029\u2066\ufeff\ue000"
    )
    | st.sampled_from("\U000e0041\ud800\udfff\u0301\u0489\ufe0f\ufff9\uffff\U0001f468\u200d a漢é")
)
PRINTED_SIGNS = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F}
PRINTED_SIGNS |= {0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


def harmful(text: str, allowed: str = "") -> list[str]:
    return [
        char
        for char in text
        if char not in allowed
        and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and ord(char) not in PRINTED_SIGNS
    ]


@given(ANY_TEXT | NASTY)
def test_no_text_leaves_a_control_character(text: str) -> None:
    assert harmful(safe_text(text)) == []


@given(ANY_TEXT | NASTY)
def test_no_text_of_many_lines_leaves_a_control_character_but_the_line_break(text: str) -> None:
    assert harmful(safe_lines(text), allowed="\n") == []


@given(st.binary())
def test_no_bytes_leave_a_control_character(data: bytes) -> None:
    assert harmful(safe_bytes(data)) == []


def test_every_single_character_is_made_harmless() -> None:
    everything = "".join(map(chr, range(0x110000)))
    assert harmful(safe_lines(everything), allowed="\n") == []


@given(ANY_TEXT | NASTY)
def test_safe_text_is_left_as_it_is(text: str) -> None:
    once = safe_text(text)
    assert safe_text(once) == once


@given(ANY_TEXT | NASTY, st.integers(0, 50))
def test_the_limit_holds(text: str, limit: int) -> None:
    assert len(safe_text(text, limit)) <= limit
    assert len(safe_lines(text, limit)) <= limit


@given(ANY_TEXT)
def test_the_result_can_be_encoded(text: str) -> None:
    safe_lines(text).encode("utf-8")


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b]52;c;eA==\x07", "␛]52;c;eA==␇"),
        ("a\x9b31m", "a\\x9b31m"),
        ("one\ntwo\tthree", "one␤two three"),
        ("gnp\u202eexe", "gnp\\u202eexe"),
        ("in\u200bvisible\U000e0041", "invisible"),
        ("lone \ud800", "lone \ufffd"),
        ("a\u2028b", "a␤b"),
    ],
)
def test_what_is_dangerous_is_shown_or_dropped(given_text: str, shown: str) -> None:
    assert safe_text(given_text) == shown


def test_a_cut_is_told_by_an_ellipsis() -> None:
    assert safe_text("abcdef", 4) == "abc…"
    assert safe_text("abcd", 4) == "abcd"


def test_endless_combining_marks_are_cut_short() -> None:
    assert safe_text("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * MARK_RUN + "b"


def test_marks_that_scripts_need_are_kept() -> None:
    pointed = "שָׁלוֹם"
    assert safe_text(pointed) == pointed


def test_every_kind_of_line_break_becomes_one() -> None:
    assert safe_lines("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"


def test_tabs_reach_the_next_tab_stop() -> None:
    assert safe_lines("a\tb") == "a       b"


def test_octets_outside_utf_8_are_shown_by_their_number() -> None:
    assert safe_bytes(b"gr\xfcn \xc3\xbc") == "gr\\xfcn ü"


# Default_Ignorable_Code_Point of DerivedCoreProperties.txt, Unicode 16.
IGNORABLE = [
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202C), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]  # fmt: skip


@pytest.mark.parametrize(("first", "last"), IGNORABLE)
def test_what_is_never_seen_is_dropped_even_where_it_is_unassigned(first: int, last: int) -> None:
    hidden = "".join(map(chr, range(first, last + 1)))
    assert safe_text(f"a{hidden}b", 10_000) == "ab"
    assert safe_lines(f"a{hidden}b") == "ab"


def test_signs_of_a_newer_unicode_are_shown() -> None:
    newer = "\U0001fae9\U0001f6d8\u20c1"
    assert safe_text(newer) == newer


def test_marks_of_a_newer_unicode_are_no_more_endless_than_others() -> None:
    assert safe_text("a" + "\u0897" * 500) == "a" + "\u0897" * MARK_RUN
    assert safe_text("\U0001fae9" * 20) == "\U0001fae9" * 20
