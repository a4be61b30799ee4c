"""Reading back what a catcher kept, through the directory alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mailcatch.mailbox.events import AnyEvent, Close, SessionNote, Transaction
from mailcatch.mailbox.session_file import read_session

T = TypeVar("T")


def messages(mailbox: Path) -> list[bytes]:
    """Return the messages, oldest first."""
    return [path.read_bytes() for path in sorted((mailbox / "messages").glob("*.eml"))]


def sessions(mailbox: Path) -> list[list[AnyEvent]]:
    """Return the events of each session, oldest first."""
    return [read_session(path) for path in sorted((mailbox / "sessions").glob("*.jsonl"))]


def ended_session(mailbox: Path, number: int = 0) -> list[AnyEvent]:
    """Return a session once it is over."""

    def ended() -> list[AnyEvent]:
        found = sessions(mailbox)
        events = found[number] if len(found) > number else []
        return events if is_over(events) else []

    return eventually(ended)


def transactions(mailbox: Path) -> list[Transaction]:
    """Return the transactions of all sessions, oldest session first."""
    found = [event for session in sessions(mailbox) for event in session]
    return [event for event in found if isinstance(event, Transaction)]


def only_transaction(mailbox: Path) -> Transaction:
    """Return the one transaction there is, once it is in its file."""
    (only,) = eventually(lambda: transactions(mailbox))
    return only


def is_over(events: list[AnyEvent]) -> bool:
    return bool(events) and isinstance(events[-1], Close)


def close_of(events: list[AnyEvent]) -> Close:
    last = events[-1]
    assert isinstance(last, Close)
    return last


def session_notes(mailbox: Path) -> list[str]:
    """Return the names of the notes of the first session, which is waited for."""
    events = ended_session(mailbox)
    return [event.name for event in events if isinstance(event, SessionNote)]


def eventually(look: Callable[[], T], seconds: float = 20) -> T:
    """Return what `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
    return found
