"""A look at a moment: each fact is asked for once, and only when a rule needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from mailcatch.faults.moment import Moment

LONGEST: Final = 10_000
"""Characters of a value that a pattern looks at."""

Values = Sequence[str | float | bool]


class Glance:
    """The facts of a moment as lists of values, none where a fact is unknown."""

    __slots__ = ("_seen", "moment")

    def __init__(self, moment: Moment) -> None:
        self.moment = moment
        self._seen: dict[str, Values] = {}

    def values(self, attribute: str) -> Values:
        """Return the values of an attribute; "header.name" for a header field."""
        seen = self._seen.get(attribute)
        if seen is None:
            read = _READ.get(attribute)
            seen = self._header(attribute) if read is None else read(self.moment)
            self._seen[attribute] = seen
        return seen

    def _header(self, attribute: str) -> Values:
        name = attribute.partition(".")[2]
        return [value[:LONGEST] for value in self.moment.header(name)]

    def fingerprint(self) -> str:
        """Return the fingerprint of the message."""
        seen = self._seen.get("fingerprint")
        if seen is None:
            seen = self._seen["fingerprint"] = (self.moment.fingerprint(),)
        return str(seen[0])


def recipients(moment: Moment) -> Sequence[str]:
    """Return the recipients to look at: the one that is asked about, or else the envelope's."""
    if moment.recipient is not None:
        return (moment.recipient,)
    return () if moment.stage == "rcpt" else moment.recipients


def _one(value: str | float | None) -> Values:
    if value is None:
        return ()
    return (value[:LONGEST],) if isinstance(value, str) else (value,)


def _recipient_count(moment: Moment) -> Values:
    return (len(moment.recipients) + (moment.stage == "rcpt"),)


_READ: Final[dict[str, Callable[[Moment], Values]]] = {
    "client_address": lambda moment: _one(moment.client_address),
    "client_port": lambda moment: _one(moment.client_port),
    "server_port": lambda moment: _one(moment.server_port),
    "connection_nth": lambda moment: _one(moment.connection_nth),
    "transaction_nth": lambda moment: _one(moment.transaction_nth or None),
    "recipient_nth": lambda moment: _one(moment.recipient_nth or None),
    "recipient_count": _recipient_count,
    "helo_name": lambda moment: _one(moment.helo_name),
    "sasl_username": lambda moment: _one(moment.sasl_username),
    "sasl_method": lambda moment: _one(moment.sasl_method),
    "tls": lambda moment: (moment.tls,),
    "tls_sni": lambda moment: _one(moment.tls_sni),
    "sender": lambda moment: _one(moment.sender),
    "recipient": recipients,
    "size": lambda moment: _one(moment.size),
    "command": lambda moment: _one(moment.command),
    "subject": lambda moment: _one(moment.subject()),
    "body": lambda moment: _one(moment.body()),
    "attachment": lambda moment: [name[:LONGEST] for name in moment.attachments()],
}
