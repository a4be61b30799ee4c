"""What stands above a message, in any room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import cell_width
from mailcatch.tui.model.head import HeadLine, HeadRow, laid_out

LINES = [
    HeadLine("", "A subject that takes more than one row in a narrow window, and says so", "title"),
    HeadLine("From", "app@example.org"),
    HeadLine("Came", "2026-11-23", "dim"),
    HeadLine("Code", "482913", "code", "code", "copies"),
    HeadLine("Link", "https://harbour.example/reset?token=xyz", "link", "links", "opens"),
]
KEYS = {"code": "c", "links": "l"}


def text(row: HeadRow) -> str:
    return "".join(span.text for span in row.spans)


def test_a_title_has_more_rows_where_one_is_too_few() -> None:
    rows = laid_out(LINES, 40, 20, KEYS)
    assert [text(row) for row in rows[:3]] == [
        " A subject that takes more than one row",
        " in a narrow window, and says so",
        "   From  app@example.org",
    ]


def test_what_keys_do_stands_on_the_right() -> None:
    code, link = laid_out(LINES, 50, 20, KEYS)[-2:]
    assert text(code).startswith("   Code  482913")
    assert text(code).endswith("  c copies")
    assert text(link).endswith("… " + " l opens")
    assert (code.action, link.action) == ("code", "links")
    assert cell_width(text(code)) == cell_width(text(link)) == 49


def test_what_says_least_gives_way() -> None:
    said = "".join(text(row) for row in laid_out(LINES, 100, 3, KEYS))
    assert "A subject" in said
    assert "482913" in said
    assert "2026" not in said
    assert "app@" not in said


@given(
    value=st.text("ab漢é ", max_size=300),
    width=st.integers(20, 200),
    most=st.integers(1, 20),
)
def test_a_row_never_leaves_its_room(value: str, width: int, most: int) -> None:
    lines = [
        HeadLine("", value, "title"),
        HeadLine("To", value),
        HeadLine("Link", value, "link", "links", "opens"),
    ]
    rows = laid_out(lines, width, most, KEYS)
    if width >= 30:
        assert all(cell_width(text(row)) <= width for row in rows)
    assert len(rows) <= max(most, 4)
