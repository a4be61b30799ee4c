"""Numbers and times in little room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import cell_width
from mailcatch.tui.model.columns import cells, columns, heading
from mailcatch.tui.model.document import Span
from mailcatch.tui.model.facts import Facts
from mailcatch.tui.model.saying import ago, clock, count, full_size, gap, ordinal, short, size

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (0, "0"),
        (999, "999"),
        (1_000, "1.0k"),
        (2_048, "2.0k"),
        (34_000, "34k"),
        (999_999, "1.0M"),
        (5_242_880, "5.2M"),
    ],
)
def test_sizes(octets: int, said: str) -> None:
    assert size(octets) == said


def test_sizes_with_their_unit() -> None:
    assert [full_size(octets) for octets in (1, 812, 18_400, 5_242_880)] == [
        "1 octet", "812 octets", "18 kB", "5.2 MB",
    ]  # fmt: skip


def test_places_in_a_row() -> None:
    said = [ordinal(str(number)) for number in (1, 2, 3, 4, 11, 12, 21, 112)]
    assert said == ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "112th"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "now"), (0.4, "now"), (12, "12s"), (300, "5m"), (7_200, "2h"), (200_000, "2d")],
)
def test_how_long_ago(seconds: float, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.25, "+0.2 s"), (59, "+59.0 s"), (90, "+1 m 30 s"), (3_600, "+1 h")]
)
def test_gaps(seconds: float, said: str) -> None:
    assert gap(timedelta(seconds=seconds)) == said


def test_times_of_another_day_have_their_date() -> None:
    assert clock(NOW, NOW) == "12:00:00"
    assert clock(NOW - timedelta(days=2), NOW) == "11-21 12:00"
    assert clock(NOW - timedelta(days=900), NOW) == "2024-06-06"


def test_counts_and_names() -> None:
    assert (count(1, "message"), count(2_000, "message")) == ("1 message", "2,000 messages")
    assert short("20261123T145610.123456Z-7Q3K.eml") == "7Q3K"
    assert short("\x1b.eml") == "␛.eml"


@given(
    width=st.integers(20, 200),
    absolute=st.booleans(),
    text=st.text("ab漢é ", max_size=80),
    octets=st.integers(0, 10**10),
    seconds=st.integers(0, 10**9),
)
def test_a_row_never_leaves_its_room(
    width: int, absolute: bool, text: str, octets: int, seconds: int
) -> None:
    at = NOW - timedelta(seconds=seconds)
    facts = Facts("x.eml", at, "✗451", "bad", True, text, text, text, 3, True, 120, octets)
    shown = columns(width, absolute=absolute)
    row = cells(facts, shown, NOW, absolute=absolute, sign=Span("◆"))
    total = cell_width("".join(span.text for span in row))
    assert total == cell_width("".join(span.text for span in heading(shown)))
    if width >= 30:
        assert total <= width
