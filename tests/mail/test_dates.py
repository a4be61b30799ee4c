from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import parse_date
from mailcatch.mail.dates import is_strict_date

MOMENT = datetime(2026, 11, 23, 16, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 23 Nov 2026 16:00:05 +0000",
        "23 Nov 2026 17:00:05 +0100 (CET)",
        "Mon, 23 Nov 26 11:00:05 EST",
        "Monday, 23-Nov-2026 16:00:05 GMT",
        "mon,23 november 2026 16:00:05 z",
        "2026-11-23T16:00:05+00:00",
    ],
)
def test_the_forms_of_real_mail_are_read(text: str) -> None:
    assert parse_date(text) == MOMENT


def test_two_and_three_digits_of_a_year_are_completed() -> None:
    years = [parse_date(f"1 Jan {year} 00:00 +0000") for year in ("49", "50", "126")]
    assert [moment and moment.year for moment in years] == [2049, 1950, 2026]


@pytest.mark.parametrize("text", ["", "yesterday", "32 Nov 2026 16:00:00 +0000", "1 Foo 2026 1:00"])
def test_what_is_no_date_gives_none(text: str) -> None:
    assert parse_date(text) is None


def test_only_the_standard_form_is_strict() -> None:
    assert is_strict_date("Mon, 23 Nov 2026 16:00:05 +0000")
    assert not is_strict_date("Mon, 23 Nov 26 16:00:05 +0000")
    assert not is_strict_date("31 Feb 2026 16:00:05 +0000")


@given(st.text(st.sampled_from("0123456789 :+-,JanFeb(").map(str)))
def test_any_text_is_read(text: str) -> None:
    parse_date(text)
