"""Messages put into a mailbox beside its server."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mailcatch.mailbox.adding import Adding
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.names import is_name, name_at, time_of
from tests.mailbox.filling import LETTER, NOON

OURS = "20261123T120000.000000Z-7Q3K.eml"


def inside(root: Path) -> set[str]:
    return {path.name for path in (root / "messages").iterdir()}


def test_a_name_says_when_a_message_came() -> None:
    moment = datetime(2020, 1, 2, 3, 4, 5, 678, timezone(timedelta(hours=2)))
    name = name_at(moment)
    assert is_name(name)
    assert time_of(name) == moment
    assert name_at(datetime(1900, 1, 1, tzinfo=UTC)).startswith("19700101T000000.000000Z-")


def test_a_name_with_a_day_that_never_was_says_nothing() -> None:
    assert time_of("20261399T120000.000000Z-7Q3K") is None


def test_a_message_gets_a_name_of_its_own_each_time(tmp_path: Path) -> None:
    adding = Adding(tmp_path / "mail")
    names = {adding.add_message(LETTER, NOON) for _ in range(20)}
    assert {name for name, _ in names} == inside(adding.root)
    assert len(names) == 20


def test_a_name_that_is_free_is_kept_and_the_same_message_added_once(tmp_path: Path) -> None:
    adding = Adding(tmp_path / "mail")
    assert adding.add_message(LETTER, NOON, OURS) == (OURS, True)
    assert adding.add_message(LETTER, NOON, OURS) == (OURS, False)
    other, new = adding.add_message(b"other", NOON, OURS)
    assert new
    assert inside(adding.root) == {OURS, other}
    assert (adding.root / "messages" / OURS).read_bytes() == LETTER


def test_no_name_of_somebody_else_is_written_to(tmp_path: Path) -> None:
    adding = Adding(tmp_path / "mail")
    for wanted in ("../../evil.eml", "a.eml", f"../{OURS}", "20261123T120000.000000Z-7Q3K.txt"):
        name, _ = adding.add_message(LETTER, NOON, wanted)
        assert is_name(name.removesuffix(".eml"))
    assert len(inside(adding.root)) == 4
    with pytest.raises(MailboxError, match="is no name of a session"):
        adding.add_session(b"", "../x.jsonl")


def test_a_link_in_the_place_of_a_name_is_left_alone(tmp_path: Path) -> None:
    adding = Adding(tmp_path / "mail")
    (adding.root / "messages" / OURS).symlink_to(tmp_path / "elsewhere")
    name, new = adding.add_message(LETTER, NOON, OURS)
    assert new
    assert name != OURS
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    adding = Adding(tmp_path / "mail")
    name, _ = adding.add_message(LETTER, NOON)
    assert inside(adding.root) == {name}


def test_a_server_that_clears_up_meanwhile_takes_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link
    swept: list[Path] = []

    def sweep_once(aside: Path, place: Path) -> None:
        if not swept:
            swept.append(aside)
            aside.unlink()
        link(aside, place)

    monkeypatch.setattr(os, "link", sweep_once)
    adding = Adding(tmp_path / "mail")
    name, _ = adding.add_message(LETTER, NOON)
    assert (adding.root / "messages" / name).read_bytes() == LETTER


def test_nothing_half_written_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    adding = Adding(tmp_path / "mail")
    with monkeypatch.context() as patched:
        patched.setattr(os, "link", full)
        patched.setattr(Path, "rename", full)
        with pytest.raises(MailboxError, match="no space left on device"):
            adding.add_message(LETTER, NOON)
    assert inside(adding.root) == set()


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MailboxError, match="cannot write into"):
        Adding(tmp_path / "file" / "mail")
