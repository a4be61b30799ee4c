from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import cell_width, safe_text
from mailcatch.mail.html_tables import Cell, Row, lay_out_table


def table(*rows: list[str]) -> list[Row]:
    return [Row(tuple(Cell(text) for text in row)) for row in rows]


def test_columns_are_aligned_by_cells_and_not_by_characters() -> None:
    assert lay_out_table(table(["漢字", "x"], ["a", "y"]), 40) == ["漢字  x", "a     y"]


def test_the_widest_column_gives_way_first() -> None:
    lines = lay_out_table(table(["one two three four", "short"]), 20)
    assert lines == ["one two three  short", "four"]


def test_amounts_are_set_to_the_right_whatever_their_currency() -> None:
    rows = table(["a", "€1.00"], ["b", "12,50 €"], ["c", "USD 3"], ["d", "-4 %"])
    assert [line[-1] for line in lay_out_table(rows, 40)] == ["0", "€", "3", "%"]
    assert len({cell_width(line) for line in lay_out_table(rows, 40)}) == 1


def test_a_cell_over_two_columns_pushes_the_next_one_on() -> None:
    rows = [
        Row((Cell("ab"), Cell("cd"), Cell("1"))),
        Row((Cell("total", span=2), Cell("2"))),
    ]
    assert lay_out_table(rows, 40) == ["ab  cd  1", "total   2"]


def test_no_rows_are_no_lines() -> None:
    assert lay_out_table([], 40) == []


CELLS = st.text(max_size=30).map(safe_text).map(Cell)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5).map(tuple).map(Row), max_size=6))
def test_no_line_of_a_table_is_wider_than_the_screen(rows: list[Row]) -> None:
    assert all(cell_width(line) <= 50 for line in lay_out_table(rows, 50))
