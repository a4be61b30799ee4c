"""What arrives moves neither the focus nor what is in sight."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from mailcatch.tui.model.listing import Heading, Listing, Row


def listing(rows: Sequence[Row], focus: int = 0, top: int = 0, height: int = 5) -> Listing:
    made = Listing()
    made.height = height
    made.rows = rows
    made.go(focus)
    made.scroll(top)
    return made


ROWS = [f"{number:03}.eml" for number in range(100, 0, -1)]


@given(
    focus=st.integers(0, 99),
    top=st.integers(0, 95),
    gone=st.sets(st.sampled_from(ROWS)),
    new=st.integers(0, 20),
)
def test_focus_and_sight_stay_on_what_they_are_on(
    focus: int, top: int, gone: set[str], new: int
) -> None:
    one = listing(ROWS, focus, top)
    one.follows = False
    before, in_sight, top = one.focus, one.focus in one.in_sight, one.top
    kept = [row for row in ROWS if row not in gone]
    arrived: list[Row] = [f"{200 + number}.eml" for number in range(new)]
    one.replace([*arrived[::-1], *kept])
    if ROWS[before] in kept:
        assert one.focused == ROWS[before]
        if in_sight:
            assert one.focus in one.in_sight
    if not gone and top + one.height <= len(ROWS):
        assert one.top == top + new
    assert not one.rows or 0 <= one.focus < len(one.rows)
    assert 0 <= one.top <= max(len(one.rows) - one.height, 0)


@given(st.lists(st.integers(-120, 120)))
def test_the_focus_is_always_in_sight_when_it_moves(steps: list[int]) -> None:
    one = listing(ROWS)
    for step in steps:
        one.move(step)
        assert one.focus in one.in_sight


def test_who_stands_at_the_top_follows() -> None:
    one = listing(["b.eml", "a.eml"])
    one.add(["c.eml", "d.eml"])
    assert one.rows == ["d.eml", "c.eml", "b.eml", "a.eml"]
    assert (one.focus, one.top) == (0, 0)


def test_who_reads_does_not_follow() -> None:
    one = listing(["b.eml", "a.eml"])
    one.follows = False
    one.add(["c.eml"])
    assert one.name == "b.eml"


def test_the_row_after_a_removed_one_is_in_focus() -> None:
    one = listing(ROWS, focus=50, top=48)
    one.forget({ROWS[50], ROWS[51]})
    assert one.focused == ROWS[52]
    last = listing(["b.eml", "a.eml"], focus=1)
    last.forget({"a.eml"})
    assert last.name == "b.eml"


def test_a_folded_group_stands_for_what_is_in_it() -> None:
    group = Heading("three tries", "mail x", ("c.eml", "b.jsonl"), folded=True)
    one = listing([group, "a.eml"])
    assert one.name == "c.eml"
    assert one.names() == ["c.eml", "b.jsonl", "a.eml"]
    assert one.go_to("b.jsonl")
    assert one.focus == 0
    opened = Heading("a day", "day x", ("a.eml",))
    assert listing([opened, "a.eml"]).name == ""


def test_marks_are_meant_before_the_focus() -> None:
    one = listing(ROWS, focus=3)
    assert one.chosen() == [ROWS[3]]
    one.toggle(ROWS[7])
    one.toggle(ROWS[5])
    assert one.chosen() == [ROWS[5], ROWS[7]]
    one.forget({ROWS[5]})
    assert one.chosen() == [ROWS[7]]


def test_an_empty_list_has_no_focus() -> None:
    one = Listing()
    one.move(3)
    assert (one.focused, one.name, one.chosen(), one.names()) == (None, "", [], [])
