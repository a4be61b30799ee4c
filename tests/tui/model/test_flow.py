"""A text laid out loses nothing, at any width."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from mailcatch.mail import cell_width, safe_lines
from mailcatch.tui.model.document import Document, Span, line
from mailcatch.tui.model.flow import LONG, Flow

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200).map(safe_lines)


def rows_of(flow: Flow) -> list[str]:
    return ["".join(span.text for span in flow.row(row)) for row in range(flow.height)]


@example("00000000        ", 8)
@example("漢漢漢   ", 6)
@given(texts, st.integers(2, 60))
def test_every_row_fits_and_every_word_is_there(text: str, width: int) -> None:
    flow = Flow(Document(text.split("\n")), width, wrap=True)
    rows = rows_of(flow)
    assert all(cell_width(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(text.split())


@given(texts, st.integers(2, 60))
def test_a_row_knows_its_line_and_a_line_its_first_row(text: str, width: int) -> None:
    flow = Flow(Document(text.split("\n")), width, wrap=True)
    for number in range(len(text.split("\n"))):
        assert flow.line_of(flow.row_of(number)) == number


@given(st.integers(10, 90))
def test_a_long_text_is_broken_where_rows_end(width: int) -> None:
    text = "word " * 60
    document = Document([text] * (LONG // len(text) + 1))
    flow = Flow(document, width, wrap=True)
    assert flow.height == len(document.lines) * -(-len(text) // width)
    assert "".join(rows_of(flow)[: -(-len(text) // width)]) == text


def test_without_wrapping_a_line_is_a_row() -> None:
    flow = Flow(Document(["x" * 500, "漢字"]), 10, wrap=False)
    assert (flow.height, flow.width) == (2, 500)
    assert rows_of(flow) == ["x" * 500, "漢字"]


def test_a_line_goes_on_indented_and_keeps_its_roles() -> None:
    one = line(Span("name: ", "name"), Span("a value of many words"), indent=4)
    flow = Flow(Document([one]), 14, wrap=True)
    assert rows_of(flow) == ["name: a value", "    of many", "    words"]
    assert flow.row(0)[0] == Span("name: ", "name")


def test_a_text_without_lines_has_no_rows() -> None:
    assert Flow(Document(()), 10, wrap=True).height == 0
