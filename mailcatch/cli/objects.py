"""Messages and sessions as JSON objects: docs/cli.md says what each key means, and it stays so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailcatch.mailbox.index.attempts import Attempt
    from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary
    from mailcatch.verifying.results import Finding, Verdict


def rfc3339(moment: datetime | None) -> str | None:
    """Return a time in UTC."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def message_object(one: MessageSummary) -> dict[str, object]:
    """Return a message."""
    return {
        "id": one.name,
        "arrived": rfc3339(one.arrived),
        "size": one.size,
        "subject": one.subject,
        "from": one.author,
        "to": one.receivers,
        "date": rfc3339(one.dated),
        "message_id": one.message_id,
        "content_type": one.content_type,
        "session": one.session or None,
        "sender": one.sender,
        "recipients": one.recipients,
        "attachments": one.attachments,
        "has": [trait.name.lower() for trait in one.traits if trait.name],
        "tags": one.tags,
        "read": one.read,
        "refused": one.refused,
        "tries": one.tries,
        "copies": one.copies,
        "status_of": one.status_of or None,
    }


def session_object(one: SessionSummary) -> dict[str, object]:
    """Return a session."""
    return {
        "id": one.name,
        "began": rfc3339(one.began),
        "ended": rfc3339(one.ended),
        "peer": one.peer,
        "user": one.user,
        "stage": one.stage,
        "how": one.how,
        "reason": one.reason,
        "tries": one.tries,
        "stored": one.stored,
        "refused": one.refused,
        "notes": one.notes,
        "reply": one.reply,
        "rule": one.rule,
    }


def attempt_object(one: Attempt) -> dict[str, object]:
    """Return a try at sending a mail."""
    return {
        "at": rfc3339(one.at),
        "gap": None if one.gap is None else one.gap.total_seconds(),
        "outcome": one.outcome,
        "stage": one.stage,
        "reply": one.reply,
        "rule": one.rule,
        "session": one.session,
        "sender": one.sender,
        "recipients": one.recipients,
        "message": one.message,
    }


def finding_object(one: Finding) -> dict[str, object]:
    """Return what was found of one signature, or by one method."""
    return {
        "method": one.method.value,
        "result": one.result.value,
        "domain": one.domain,
        "selector": one.selector,
        "reason": one.reason,
        "rfc": one.rfc,
        "place": one.place,
        "weak": one.weak,
    }


def verdict_object(verdict: Verdict | None) -> dict[str, str] | None:
    """Return the result of each method; None where nothing was verified."""
    if verdict is None:
        return None
    return {
        "dkim": verdict.dkim,
        "arc": verdict.arc,
        "spf": verdict.spf,
        "dmarc": verdict.dmarc,
    }
