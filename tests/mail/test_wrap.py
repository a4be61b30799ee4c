import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import cell_width, clip_cells, pad_cells, safe_text, wrap_cells

SAFE = st.text().map(safe_text) | st.text(st.sampled_from("ab 漢字。😀é\u0301")).map(safe_text)


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("😀", 2)])
def test_cells_are_counted_as_a_terminal_shows_them(text: str, cells: int) -> None:
    assert cell_width(text) == cells


def test_lines_break_at_blanks() -> None:
    assert wrap_cells("one two three", 8) == ["one two", "three"]


def test_a_word_wider_than_the_line_is_broken() -> None:
    assert wrap_cells("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]


def test_wide_characters_break_anywhere_but_before_closing_punctuation() -> None:
    assert wrap_cells("漢字漢字。漢字", 8) == ["漢字漢", "字。漢字"]


def test_a_latin_word_inside_wide_text_stays_whole() -> None:
    assert wrap_cells("漢字word漢字", 6) == ["漢字", "word漢", "字"]


def test_blanks_at_the_beginning_stay_where_there_is_room_for_them() -> None:
    assert wrap_cells("  one two", 6) == ["  one", "two"]
    assert wrap_cells(" 漢", 2) == ["漢"]


def test_empty_text_is_one_empty_line() -> None:
    assert wrap_cells("", 10) == [""]


@given(SAFE, st.integers(2, 40))
def test_no_line_is_wider_than_asked(text: str, width: int) -> None:
    assert all(cell_width(line) <= width for line in wrap_cells(text, width))


@given(SAFE, st.integers(1, 40))
def test_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    assert "".join(wrap_cells(text, width)).replace(" ", "") == text.replace(" ", "")


@given(SAFE, st.integers(0, 20))
def test_a_clipped_text_fits(text: str, width: int) -> None:
    assert cell_width(clip_cells(text, width)) <= max(width, 0)


def test_padding_counts_cells_and_goes_to_either_side() -> None:
    assert pad_cells("漢", 4) == "漢  "
    assert pad_cells("漢", 4, right=True) == "  漢"
