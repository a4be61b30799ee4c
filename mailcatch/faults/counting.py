"""What is counted apart: the key of an occasion, and the unit that it belongs to."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from mailcatch.faults.glance import Glance, recipients
from mailcatch.faults.rule import Count, Key

LONGEST: Final = 200
"""Characters of a key that are kept as they are; longer ones are kept as a digest."""


def key_of(key: Key, glance: Glance) -> str:
    """Return the text by which occasions are told apart; facts that are unknown count as empty."""
    if key == "rule":
        return ""
    moment = glance.moment
    match key:
        case "client":
            return moment.client_address
        case "connection":
            return str(moment.connection_nth)
        case "sender":
            return _bounded((moment.sender or "").lower())
        case "fingerprint":
            return _bounded(glance.fingerprint())
        case "recipient":
            return _bounded(_first_recipient(glance))
        case "triplet":
            sender = (moment.sender or "").lower()
            return _bounded(f"{moment.client_address}\n{sender}\n{_first_recipient(glance)}")
        case "envelope":
            every = {address.lower() for address in moment.recipients}
            every.update(address.lower() for address in recipients(moment))
            return _bounded("\n".join(((moment.sender or "").lower(), *sorted(every))))


def unit_of(count: Count, glance: Glance) -> int | None:
    """Return the number of the unit inside its connection, None where each command is one."""
    if count == "command":
        return None
    return glance.moment.transaction_nth if count == "transaction" else 0


def _first_recipient(glance: Glance) -> str:
    return next(iter(recipients(glance.moment)), "").lower()


def _bounded(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
