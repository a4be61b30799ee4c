"""Sizes and durations, as people write them."""

from __future__ import annotations

import pytest

from mailcatch.cli.quantities import parse_duration, parse_size, parse_size_limit, show_size


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("1000", 1000),
        ("64MiB", 64 * 1024**2),
        ("64 mib", 64 * 1024**2),
        ("1.5kB", 1500),
        ("10M", 10_000_000),
        ("1GiB", 1024**3),
    ],
)
def test_a_size_is_octets(text: str, octets: int) -> None:
    assert parse_size(text) == octets


def test_a_limit_may_be_none() -> None:
    assert [parse_size_limit(text) for text in ("0", "1kB")] == [0, 1000]
    with pytest.raises(ValueError, match="is no size"):
        parse_size_limit("-1")


@pytest.mark.parametrize("text", ["", "many", "-1", "0", "1 EB", "1e3", "MiB"])
def test_no_size_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("300", 300), ("500ms", 0.5), ("0.5s", 0.5), ("5m", 300), ("1h", 3600)]
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "0", "5 weeks"])
def test_no_duration_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [(0, "0 octets"), (999, "999 octets"), (1234, "1.2 kB"), (12_345_678, "12.3 MB")],
)
def test_a_size_is_shown_for_people(octets: int, text: str) -> None:
    assert show_size(octets) == text
