"""Names of messages and sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailcatch.mailbox.names import Names, is_name, time_of, written_out


def test_names_rise_and_are_never_the_same() -> None:
    names = Names()
    made = [names.new() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_names_rise_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([5_000_000_000, 2_000_000_000, 7_000_000_000])
    monkeypatch.setattr("mailcatch.mailbox.names.time.time_ns", lambda: next(times))
    names = Names()
    made = [names.new() for _ in range(3)]
    assert made == sorted(made)


def test_a_name_tells_its_time() -> None:
    name = Names().new()
    assert is_name(name)
    told = time_of(name + ".eml")
    assert told is not None
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
    assert datetime.fromisoformat(written_out(name)) == told


@pytest.mark.parametrize("name", ["", "letter.eml", "20261123T145610.123456Z-7Q3", "../../etc"])
def test_a_file_named_by_someone_else_tells_none(name: str) -> None:
    assert time_of(name) is None
