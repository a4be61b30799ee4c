"""Who is told what became of a message. Pure: a transaction in, values out.

A recipient that was refused is told of by nobody here: the client got the reply, and it is the
client who has to tell its user (RFC 3461 section 5.2). The null sender is told nothing, so that
notices never go round in circles (RFC 5321 section 4.5.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mailcatch.notifying.parameters import (
    DELAY,
    FAILURE,
    SUCCESS,
    RecipientWishes,
    message_wishes,
    recipient_wishes,
)
from mailcatch.smtp.bounce import Bounce
from mailcatch.smtp.transaction import Outcome, Transaction

_DELIVERED: Final = "2.0.0"
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?= |$)")
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")


class Action(StrEnum):
    """What became of a message (RFC 3464 section 2.3.3)."""

    DELIVERED = "delivered"
    FAILED = "failed"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one recipient.

    address: the one of RCPT. original: ORCPT with its type, or "". status: the enhanced status code
    (RFC 3463). diagnostic: the lines of a reply, none where all is well.
    """

    address: str
    original: str
    status: str
    diagnostic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One delivery status notification that is to be made.

    about: the file of the message, or of its session where it was not kept. to: who is told.
    action: what became of it. recipients: for whom. why: who asked for the notice. delay: seconds
    from `accepted` on. envelope_id: ENVID, or "". whole: whether the message comes back, and not
    its header alone. head: the header, as it was sent. utf8: whether the sender spoke SMTPUTF8.
    """

    about: str
    to: str
    action: Action
    recipients: tuple[Told, ...]
    why: str
    accepted: datetime
    delay: float = 0.0
    envelope_id: str = ""
    whole: bool = False
    head: bytes = b""
    utf8: bool = False


def notices_of(
    transaction: Transaction, outcome: Outcome, about: str, now: datetime, *, successes: bool
) -> list[Notice]:
    """Return the notices that a transaction asks for, or a policy does.

    about: as in a notice. successes: whether those are told who ask to hear that all is well.
    """
    if outcome not in {Outcome.STORED, Outcome.DROPPED} or not transaction.sender.address:
        return []
    successes = successes and outcome is Outcome.STORED
    groups: dict[tuple[float, Action], list[tuple[Told, str]]] = {}
    for told, action, why, delay in _told(transaction, successes=successes):
        groups.setdefault((delay, action), []).append((told, why))
    wishes = message_wishes(transaction.parameters)
    return [
        Notice(
            about=about,
            to=transaction.sender.address,
            action=action,
            recipients=tuple(told for told, _ in group),
            why=", ".join(dict.fromkeys(why for _, why in group)),
            accepted=now,
            delay=delay,
            envelope_id=wishes.envelope_id,
            # What succeeded, or still may, never comes back whole (RFC 3461 section 4.3).
            whole=action is Action.FAILED and wishes.ret == "FULL",
            head=_header(transaction.head),
            utf8=transaction.smtputf8,
        )
        for (delay, action), group in groups.items()
    ]


def bounces(transaction: Transaction) -> bool:
    """Return whether a policy wants a transaction, or the mail for a recipient, to bounce."""
    return transaction.bounce is not None or any(
        recipient.bounce is not None for recipient in transaction.recipients
    )


def _told(
    transaction: Transaction, *, successes: bool
) -> Iterator[tuple[Told, Action, str, float]]:
    """Give for each notice that is due: what it tells, of what kind, why, and after how long."""
    for recipient in transaction.recipients:
        # By LMTP one can be refused at the end of the message, and others not.
        if not recipient.accepted or recipient.answer[:1] in {"4", "5"}:
            continue
        wishes = recipient_wishes(recipient.parameters)
        address = recipient.path.address
        bounce = recipient.bounce or transaction.bounce
        if bounce is not None and wishes.wants(DELAY if bounce.delayed else FAILURE):
            action = Action.DELAYED if bounce.delayed else Action.FAILED
            why = f"rule {bounce.rule}" if bounce.rule else "the policy"
            yield _bounced(address, wishes, bounce), action, why, bounce.delay
        arrives = bounce is None or bounce.delayed
        if successes and arrives and wishes.wants(SUCCESS):
            delay = bounce.delay if bounce is not None else 0.0
            told = Told(address, wishes.original, _DELIVERED)
            yield told, Action.DELIVERED, f"NOTIFY={SUCCESS}", delay


def _bounced(address: str, wishes: RecipientWishes, bounce: Bounce) -> Told:
    lines = tuple(bounce.reply.full.split("\r\n"))
    found = _ENHANCED.match(lines[-1][4:])
    status = found[0] if found else f"{4 if bounce.reply.code < 500 else 5}.0.0"
    return Told(address, wishes.original, status, lines)


def _header(head: bytes) -> bytes:
    """Return the header that a message begins with."""
    end = _BLANK_LINE.search(b"\n" + head)
    return head if end is None else head[: max(end.start() - 1, 0)]
