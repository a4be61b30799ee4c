"""Attempts: each transaction is one try at sending a message, whatever became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from mailcatch.mail.safe import safe_text
from mailcatch.testing.addresses import Address
from mailcatch.testing.replies import Reply

if TYPE_CHECKING:
    from mailcatch.mailbox import events
    from mailcatch.testing.message import Message
    from mailcatch.testing.session import Session

_ERRNO: Final = re.compile(r"^\[Errno \d+\] ")
OUTCOMES: Final = ("stored", "refused", "dropped", "reset", "aborted")
"""What can become of a transaction (docs/mailbox-format.md)."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient that was asked for, and what it was answered."""

    address: Address
    reply: Reply
    accepted: bool


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One try at sending a message.

    mail_from: the envelope's sender. recipients: all that were asked for.
    reply: the one that decided: the first refusal, else what the end of the data was answered.
    outcome: "stored", "refused", "dropped", "reset" or "aborted" (docs/mailbox-format.md).
    at: when it began. gap: seconds since the attempt before it in the same list, or 0.
    rule: the name of the fault rule that decided it, or "".
    message: what was sent, where it was kept. made: whether it is a delivery status notification
    that the server made, which nobody sent.
    """

    mail_from: Address
    recipients: tuple[Recipient, ...]
    reply: Reply
    outcome: str
    at: datetime
    session: Session
    begun: int
    rule: str = ""
    gap: float = 0.0
    message: Message | None = field(default=None, repr=False)
    made: bool = False

    @property
    def delivered(self) -> bool:
        """Whether the message was taken."""
        return self.outcome == "stored"

    @property
    def addresses(self) -> list[Address]:
        """The recipients that were asked for."""
        return [one.address for one in self.recipients]

    def seen_by(self, address: str) -> Attempt:
        """Return the attempt as one recipient met it: with the reply that this one got."""
        for one in self.recipients:
            if one.address == address and not one.accepted:
                return replace(self, reply=one.reply)
        return self

    def after(self, other: Attempt | None) -> Attempt:
        """Return the attempt with its distance from the one before."""
        if other is None:
            return self
        return replace(self, gap=(self.at - other.at).total_seconds())

    def describe(self) -> str:
        """Return one safe line: who, and what became of it."""
        named = ", ".join(safe_text(one, 60) for one in self.addresses[:3]) or "no recipient"
        more = f" and {len(self.recipients) - 3} more" if len(self.recipients) > 3 else ""
        why = ""
        over = self.session.ended
        if self.outcome == "aborted" and over is not None:
            reason = _ERRNO.sub("", over.reason)
            why = f" (closed by the {over.by}, {over.how}{': ' if reason else ''}{reason})"
        if self.rule:
            why += f" (fault rule {safe_text(self.rule, 60)})"
        return f"{named}{more} -> {safe_text(str(self.reply), 200)}, {self.outcome}{why}"

    def __repr__(self) -> str:
        return f"<Attempt {self.describe()}>"


def attempt_of(event: events.Transaction, session: Session, message: Message | None) -> Attempt:
    """Return what a transaction of a session file was; to be asked while it is the last one."""
    recipients = tuple(map(recipient_of, event.recipients))
    return Attempt(
        Address(event.sender),
        recipients,
        _decisive(event, recipients),
        event.outcome,
        session.begun_at,
        session,
        session.begun,
        session.rule,
        message=message,
        made=bool(event.status_of),
    )


def recipient_of(asked: events.Recipient) -> Recipient:
    """Return a recipient with the reply that refused it, where one did."""
    reply = Reply.parse(asked.refusal or asked.reply)
    return Recipient(Address(asked.address), reply, asked.taken)


def _decisive(event: events.Transaction, recipients: tuple[Recipient, ...]) -> Reply:
    mail = Reply.parse(event.reply)
    if mail.refused:
        return mail
    if recipients and not any(one.accepted for one in recipients):
        return recipients[0].reply
    return Reply.parse(event.answer)
