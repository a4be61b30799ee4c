"""The envelope of a message, as MAIL and RCPT gave it, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailcatch.mailbox.events import Transaction


def envelope_object(found: Transaction) -> dict[str, object]:
    """Return a transaction as a JSON object: docs/cli.md says what each key means."""
    return {
        "verb": found.verb,
        "parameters": found.parameters,
        "chunks": found.chunks,
        "recipients": [
            {
                "address": one.address,
                "accepted": one.accepted,
                "reply": one.reply,
                "parameters": one.parameters,
            }
            for one in found.recipients
        ],
    }
