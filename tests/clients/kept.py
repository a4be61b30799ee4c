"""What a catcher kept of what a client sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailcatch.mailbox.events import Auth, Transaction
from tests.reading import sessions, transactions

SENDER = "ann@example.com"
RECIPIENT = "bob@example.com"


@dataclass(frozen=True)
class Kept:
    """A message, and the transaction that it came in."""

    octets: bytes
    transaction: Transaction

    @property
    def envelope(self) -> tuple[str, list[str]]:
        """The sender and the recipients."""
        return self.transaction.sender, [one.address for one in self.transaction.recipients]


def kept(mailbox: Path) -> list[Kept]:
    """Return the messages of each session, in the order they were sent.

    Every transaction stored its message, and every message belongs to one transaction.
    """
    found = []
    for transaction in transactions(mailbox):
        assert transaction.outcome == "stored", transaction
        assert all(one.accepted for one in transaction.recipients), transaction
        octets = (mailbox / "messages" / transaction.file).read_bytes()
        assert transaction.octets == len(octets)
        found.append(Kept(octets, transaction))
    files = {path.name for path in (mailbox / "messages").iterdir()}
    assert files == {one.transaction.file for one in found}
    assert len(files) == len(found)
    return found


def only(mailbox: Path) -> Kept:
    """Return the only message."""
    (message,) = kept(mailbox)
    return message


def logins(mailbox: Path) -> list[tuple[str, str]]:
    """Return the mechanism and the user of each authentication; all were accepted."""
    found = [event for events in sessions(mailbox) for event in events if isinstance(event, Auth)]
    assert all(event.accepted for event in found)
    return [(event.mechanism, event.user) for event in found]
