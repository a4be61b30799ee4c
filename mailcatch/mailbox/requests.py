"""What a client asked for with MAIL and RCPT, besides sending a message from one to another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mailcatch.mailbox.events import Transaction

# They tell of the message's octets, which are here to be looked at.
_OF_CONTENT: Final = frozenset({"BODY", "SIZE", "SMTPUTF8"})


def requests_of(found: Transaction) -> Iterator[str]:
    """Give what MAIL asked for, and what each RCPT did, as it was sent: nothing is safe to show."""
    asked = [one for one in found.parameters if one.partition("=")[0].upper() not in _OF_CONTENT]
    if asked:
        yield " ".join(asked)
    for one in found.recipients:
        if one.parameters:
            yield f"<{one.address}> {' '.join(one.parameters)}"
