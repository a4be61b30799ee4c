"""Why a message is not the one that is meant: in words, with what nearly fitted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from mailcatch.mail.safe import safe_text
from mailcatch.testing.criteria import (
    Criteria,
    Mark,
    Text,
    contains,
    fits_address,
    has_field,
    listed,
    meets,
)

if TYPE_CHECKING:
    from mailcatch.testing.message import Message

_LONGEST: Final = 60


def misses(message: Message, criteria: Criteria) -> list[str]:
    """Return the criteria that a message does not meet, each with why where that is not plain."""
    missed = [name for name in criteria if not meets(message, name, criteria)]
    return [_REASONS[name](message, criteria) for name in missed]


def _to(message: Message, criteria: Criteria) -> str:
    named = [*message.to, *message.cc]
    sent = message.envelope.rcpt_to
    missing = [
        wanted
        for wanted in listed(criteria["to"])
        if not any(fits_address(one, wanted) for one in sent)
    ]
    if all(any(fits_address(one, wanted) for one in named) for wanted in missing):
        return "to (in the header, and not sent there)"
    return "to"


def _sender(message: Message, criteria: Criteria) -> str:
    if message.sender and message.sender != message.envelope.mail_from:
        return f"sender (From is {safe_text(message.sender, _LONGEST)})"
    return "sender"


def _subject(message: Message, criteria: Criteria) -> str:
    return "subject" + _nearly([message.subject], criteria["subject"])


def _text(message: Message, criteria: Criteria) -> str:
    texts = [text for text in (message.text, message.html_text) if text.strip()]
    return "text" + (_nearly(texts, criteria["text"]) if texts else " (has none)")


def _html(message: Message, criteria: Criteria) -> str:
    return "html" + (_nearly([message.html], criteria["html"]) if message.html else " (has none)")


def _header(message: Message, criteria: Criteria) -> str:
    said = []
    for name, wanted in criteria["header"].items():
        if not has_field(message, name, wanted):
            values = [repr(safe_text(field.text, _LONGEST)) for field in message.headers.all(name)]
            said.append(f"header {safe_text(name, _LONGEST)} ({_has(values)})")
    return ", ".join(said)


def _attachment(message: Message, criteria: Criteria) -> str:
    names = [repr(safe_text(one.filename, _LONGEST)) for one in message.attachments]
    return f"attachment ({_has(names)})"


def _where(message: Message, criteria: Criteria) -> str:
    return "where"


def _after(message: Message, criteria: Criteria) -> str:
    after = criteria.get("after")
    return f"came before {after.name}".rstrip() if isinstance(after, Mark) else "came before"


_REASONS: Final[dict[str, Callable[[Message, Criteria], str]]] = {
    "to": _to,
    "sender": _sender,
    "subject": _subject,
    "text": _text,
    "html": _html,
    "header": _header,
    "attachment": _attachment,
    "where": _where,
    "after": _after,
}


def _nearly(texts: Iterable[str], wanted: Text) -> str:
    """Return what keeps a string from being contained, where it is little."""
    if isinstance(wanted, re.Pattern):
        return ""
    for text in texts:
        if contains(text.casefold(), wanted.casefold()):
            return " (but for capitals)"
        if contains(" ".join(text.split()), " ".join(wanted.split())):
            return " (but for line breaks and spaces)"
    return ""


def _has(values: list[str]) -> str:
    return f"has {', '.join(values)}" if values else "has none"
