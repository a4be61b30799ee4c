"""Files of sessions: appended to, and never torn by a failure that we live to see."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailcatch.mailbox.events import (
    AnyEvent,
    Client,
    Close,
    Connect,
    Note,
    Server,
    SessionNote,
    Transaction,
    encode,
)
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.session_file import (
    Around,
    LeftOut,
    SessionFile,
    read_excerpt,
    read_session,
    read_transaction,
)

OPENING = Connect(0, 1, "session", "2026-11-23T14:56:09Z", "peer", "listener", "server")


@pytest.fixture
def session(opened: Mailbox) -> SessionFile:
    return opened.new_session(OPENING)


@pytest.fixture
def path(opened: Mailbox) -> Path:
    return opened.root / "sessions" / "session.jsonl"


def test_events_reach_the_file_when_they_are_written(session: SessionFile, path: Path) -> None:
    session.gather(Client(1, "EHLO x"))
    assert not path.exists()
    session.write()
    assert read_session(path) == [OPENING, Client(1, "EHLO x")]
    session.gather(Close(2, "client", "quit"))
    session.close()
    assert read_session(path) == [OPENING, Client(1, "EHLO x"), Close(2, "client", "quit")]


def test_a_write_that_fails_half_way_is_taken_back_and_tried_again(
    session: SessionFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.write()
    before = path.read_bytes()
    session.gather(Client(1, "EHLO x"))
    write = os.write
    calls: list[int] = []

    def full_after_ten_octets(descriptor: int, octets: bytes) -> int:
        calls.append(descriptor)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return write(descriptor, octets[:10])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full_after_ten_octets)
        with pytest.raises(OSError, match="No space left"):
            session.write()
    assert path.read_bytes() == before
    session.write()
    assert read_session(path) == [OPENING, Client(1, "EHLO x")]
    session.close()


def test_a_file_that_was_removed_begins_anew(session: SessionFile, path: Path) -> None:
    session.write()
    path.unlink()
    session.gather(Client(1, "EHLO x"))
    session.settle()
    assert read_session(path) == [OPENING, Client(1, "EHLO x")]
    session.close()


def test_a_torn_last_line_is_passed_over(session: SessionFile, path: Path) -> None:
    session.gather(Client(1, "EHLO x"))
    session.close()
    with path.open("ab") as file:
        file.write(encode([Client(2, "NOOP")])[:-5])
    assert read_session(path) == [OPENING, Client(1, "EHLO x")]


def test_the_transaction_of_one_message_is_found_among_many(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    brought = [
        Transaction(number, "stored", "MAIL", "a@example.org", "250 Ok", file=f"{number}.eml")
        for number in range(20)
    ]
    said = Server(30, "250 2.0.0 Ok: queued as 7.eml")
    path.write_bytes(encode([OPENING, *brought[:10], said, *brought[10:]]) + b'{"torn 7.eml')
    assert read_transaction(path, "7.eml") == brought[7]
    assert read_transaction(path, "99.eml") is None


@pytest.mark.parametrize("name", ["no-quit", "client-gave-up"])
def test_how_the_client_left_is_noted_on_the_last_transaction(tmp_path: Path, name: str) -> None:
    path = tmp_path / "session.jsonl"
    first, last = (
        Transaction(number, "stored", "MAIL", "a@example.org", "250 Ok", file=f"{number}.eml")
        for number in (1, 2)
    )
    said = Client(3, "transaction")
    path.write_bytes(encode([OPENING, first, last, said, SessionNote(4, name, "why")]))
    assert read_transaction(path, "1.eml") == first
    found = read_transaction(path, "2.eml")
    assert found is not None
    assert found.notes == (Note(name, "why"),)


def test_other_notes_of_the_session_are_on_no_transaction(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    only = Transaction(1, "stored", "MAIL", "a@example.org", "250 Ok", file="1.eml")
    path.write_bytes(encode([OPENING, SessionNote(0, "no-quit"), only, SessionNote(2, "other")]))
    assert read_transaction(path, "1.eml") == only


def long_session(path: Path, failed: int) -> list[AnyEvent]:
    """Write a session of a hundred transactions, of which one failed; return its events."""
    happened: list[AnyEvent] = [OPENING]
    for number in range(100):
        outcome, file = ("refused", "") if number == failed else ("stored", f"{number:03}.eml")
        happened += [
            Client(number, f"MAIL FROM:<{number}@example.org>"),
            Transaction(number, outcome, "MAIL", "a", "250 OK", file=file),
        ]
    happened.append(Close(100, "client", "quit"))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode(happened))
    return happened


@pytest.mark.parametrize(
    ("around", "seen"),
    [("050.eml", 50), ("000.eml", 0), ("099.eml", 99), (Around.FAILURE, 70), (Around.END, 99)],
)
def test_a_long_session_is_looked_at_where_it_matters(
    tmp_path: Path, around: str | Around, seen: int
) -> None:
    path = tmp_path / "session.jsonl"
    happened = long_session(path, 70)
    excerpt = read_excerpt(path, around, 4_000)
    there = [one for one in excerpt if not isinstance(one, LeftOut)]
    left = sum(one.lines for one in excerpt if isinstance(one, LeftOut))
    assert excerpt[0] == OPENING
    assert [one for one in happened if one in there] == there
    assert len(there) + left == len(happened)
    assert Client(seen, f"MAIL FROM:<{seen}@example.org>") in there
    assert len(encode(there)) < 6_000


def test_a_short_session_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    happened = long_session(path, 70)
    assert read_excerpt(path, "050.eml") == happened
    assert read_excerpt(path, "nothing.eml", 4_000)[-1] == happened[-1]
