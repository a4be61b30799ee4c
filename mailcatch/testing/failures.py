"""What a failure says: what arrived, what each message missed, what was refused and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.testing.attempts import Attempt
from mailcatch.testing.criteria import Criteria, describe, may_concern
from mailcatch.testing.hints import hints
from mailcatch.testing.ledger import Ledger, Share
from mailcatch.testing.message import Message
from mailcatch.testing.misses import misses

_MOST: Final = 20


def say(share: Share, ledger: Ledger, what: str, criteria: Criteria) -> str:
    """Return the message of a failure.

    what: what was expected and what came instead, as one sentence.
    """
    lines = [f"mailcatch: {what}"]
    lines += _candidates(share, criteria)
    lines += _refusals(share, criteria)
    lines += [
        f"  open:     {session!r} has a transaction that is not over"
        for session in ledger.busy(share)
    ]
    lines += [f"  stray:    {stray.describe()}" for stray in ledger.strays[-_MOST:]]
    lines += hints(share)
    return "\n".join(lines)


def expected(count: str, criteria: Criteria) -> str:
    """Return what was expected, such as "1 message to='bob@example.com'"."""
    return f"{count} {describe(criteria)}".rstrip()


def messages(count: int) -> str:
    """Return a number of messages in words."""
    return f"{count} message" if count == 1 else f"{count} messages"


def listed(share: Share, found: Iterable[Message]) -> str:
    """Return messages, one a line."""
    return "\n".join(_line(share, one) for one in found)


def _candidates(share: Share, criteria: Criteria) -> list[str]:
    shown = share.messages[-_MOST:]
    left = len(share.messages) - len(shown)
    lines = [f"  ({left} earlier messages)"] if left > 0 else []
    for message in shown:
        missed = misses(message, criteria)
        why = f"  \u00d7 {', '.join(missed)}" if missed else ""
        lines.append(_line(share, message) + why)
    if not share.messages:
        lines.append("  nothing was delivered")
    return lines


def _line(share: Share, message: Message) -> str:
    after = (message.received_at - share.began).total_seconds() * 1000
    sender = safe_text(message.envelope.mail_from, 60) or "<>"
    return f"  #{message.number} {after:+.0f}ms  from {sender}  {_rest(message)}"


def _rest(message: Message) -> str:
    return message.describe().partition(" ")[2]


def _refusals(share: Share, criteria: Criteria) -> list[str]:
    lines = []
    for attempt in share.attempts:
        partly = any(not one.accepted for one in attempt.recipients)
        if attempt.delivered and not partly:
            continue
        word = "refused:" if attempt.reply.refused or partly else f"{attempt.outcome}:"
        for line in _told(attempt):
            concerned = "" if may_concern(attempt, criteria) else "  \u00d7"
            lines.append(f"  {word:<9} {line}{concerned}")
    return lines[-_MOST:]


def _told(attempt: Attempt) -> list[str]:
    refused = [one for one in attempt.recipients if not one.accepted]
    if not attempt.delivered or not refused:
        return [attempt.describe()]
    rule = f" (fault rule {safe_text(attempt.rule, 60)})" if attempt.rule else ""
    return [
        f"{safe_text(one.address, 60)} -> {safe_text(str(one.reply), 200)}{rule}" for one in refused
    ]
