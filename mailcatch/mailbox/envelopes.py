"""The envelopes of the messages of a mailbox, from the files of its sessions and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from mailcatch.mailbox import events
from mailcatch.mailbox.layout import Layout

# Few lines of a session are looked at more closely.
_TRANSACTION: Final = re.compile(rb'^.*"event":"transaction".*"file":".*$', re.MULTILINE)


class Enveloped(msgspec.Struct, frozen=True):
    """A message and its envelope.

    file: its name under messages/. sender: "" is the null one. recipients: those it went to.
    parameters: of MAIL, as they were sent.
    """

    file: str
    sender: str
    recipients: tuple[str, ...]
    parameters: tuple[str, ...]


def enveloped(root: Path, domains: Collection[str] = ()) -> list[Enveloped]:
    """Return the stored messages that are still there, the oldest first. Raises MailboxError.

    domains: in small letters; of a message only the recipients in these domains, and no message
    without one. None given are all.
    """
    layout = Layout.of(root)
    there = layout.message_stamps()
    found = []
    for name in layout.session_stamps():
        for one in _stored(layout.session(name)):
            recipients = tuple(
                recipient.address
                for recipient in one.receivers
                if not domains or recipient.address.rpartition("@")[2].lower() in domains
            )
            if recipients and one.file in there:
                found.append(Enveloped(one.file, one.sender, recipients, one.parameters))
    return sorted(found, key=lambda one: one.file)


def _stored(path: Path) -> Iterator[events.Transaction]:
    octets = b""
    # It may have been removed meanwhile.
    with suppress(OSError):
        octets = path.read_bytes()
    for line in _TRANSACTION.findall(octets):
        for event in events.decode(line):
            if isinstance(event, events.Transaction) and event.outcome == "stored":
                yield event
