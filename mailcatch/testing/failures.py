"""What a failure says: what arrived, what each message missed, what was refused and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.testing.attempts import Attempt
from mailcatch.testing.criteria import Criteria, describe, may_concern, misses
from mailcatch.testing.ledger import Ledger, Share
from mailcatch.testing.message import Message

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
    lines += _hints(share)
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


def _hints(share: Share) -> list[str]:
    """Say what often is the reason that nothing comes."""
    if share.messages or share.attempts:
        return []
    django = sys.modules.get("django.conf")
    if django is not None and django.settings.configured:
        backend = _django_backend(django.settings)
        if "locmem" in backend or "console" in backend or "dummy" in backend:
            sends = f"Django's backend is {safe_text(backend, 100)}: nothing goes by SMTP"
            return [f"  hint:     {sends}; ask for the fixture mailcatch_django"]
    if not share.sessions:
        return ["  hint:     nobody connected: is the application told host and port?"]
    return []


def _django_backend(settings: object) -> str:
    """Return what Django sends by; MAILERS (Django 6.1 and later) goes before EMAIL_BACKEND."""
    mailers = getattr(settings, "MAILERS", None)
    if isinstance(mailers, Mapping) and mailers:
        return str(next(iter(mailers.values())).get("BACKEND", ""))
    return str(getattr(settings, "EMAIL_BACKEND", ""))
