"""A query, read: values that know nothing of a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

import msgspec

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Fit(Enum):
    """How a value has to fit.

    START: words, the last of which may go on. WHOLE: words as they are, or a value from end to end.
    """

    START = "start"
    WHOLE = "whole"


class When(msgspec.Struct, frozen=True):
    """A point in time, as a query names it.

    date: a date and a time, with or without a zone; or None, and then it counts back from now.
    days: whole days back, to their midnight. seconds: back from now.
    """

    date: datetime | None = None
    days: int | None = None
    seconds: int = 0

    def microseconds(self, now: datetime) -> int:
        """Return it as microseconds since 1970.

        now: a time with the zone that dates are in; without one it is local time, in which some
        days are an hour longer than others.
        """
        if self.date is not None:
            date = self.date if self.date.tzinfo else self.date.replace(tzinfo=now.tzinfo)
            return _since_1970(date)
        if self.days is not None:
            today = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            return _since_1970(today - timedelta(days=self.days))
        return _since_1970(now) - timedelta(seconds=self.seconds) // _MICROSECOND


def _since_1970(moment: datetime) -> int:
    if moment.tzinfo is None:
        try:
            moment = moment.astimezone(UTC)
        except (OverflowError, ValueError, OSError):
            # The first and the last years have no local time everywhere.
            moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


class Term(msgspec.Struct, frozen=True):
    """One thing to look for.

    operator: its name without the colon; "" for a bare word or phrase, "/" for a regular
    expression. value: as it was written, quotation marks aside. fit: whether it was quoted. name:
    of a header field. octets: a size. when: a time. minds_case: of a regular expression.
    """

    operator: str
    value: str
    fit: Fit = Fit.START
    name: str = ""
    octets: int = 0
    when: When | None = None
    minds_case: bool = False


class Not(msgspec.Struct, frozen=True):
    """What must not be there."""

    node: Node


class All(msgspec.Struct, frozen=True):
    """What must be there together; everything fits none."""

    nodes: tuple[Node, ...]


class Any(msgspec.Struct, frozen=True):
    """What may be there, one of it at least."""

    nodes: tuple[Node, ...]


Node = Term | Not | All | Any


def terms(node: Node) -> Iterator[Term]:
    """Give all that a node is put together from, in the order in which it was written."""
    match node:
        case Term():
            yield node
        case Not(inner):
            yield from terms(inner)
        case All(nodes) | Any(nodes):
            for one in nodes:
                yield from terms(one)


class Query(msgspec.Struct, frozen=True):
    """A query. text: as it was written. node: what it means."""

    text: str
    node: Node
