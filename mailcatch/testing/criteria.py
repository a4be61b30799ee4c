"""Criteria: which messages are meant. The same words everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, TypedDict

from mailcatch.mail.safe import safe_text
from mailcatch.testing.errors import MailcatchMisuse, check_words

if TYPE_CHECKING:
    from mailcatch.testing.attempts import Attempt
    from mailcatch.testing.message import Message

Text = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: `after=mark` means mail whose MAIL FROM came later.

    name: what failures call it, or "" where it goes without saying.
    """

    begun: int
    name: str = "the mark"


class Criteria(TypedDict, total=False):
    """What a message has to be; all of it.

    to: a recipient of the envelope, so that Bcc counts. sender: MAIL FROM or From. Both are exact,
    in any case; a compiled pattern is searched for.
    subject, text, html: contained in; text looks at the plain text and at what HTML says.
    header: name to value, contained in. attachment: the name of a file, as a glob.
    where: any function of the message. after: a `mark()`, or a message that came before.
    """

    to: Text | Collection[str]
    sender: Text
    subject: Text
    text: Text
    html: Text
    header: Mapping[str, Text]
    attachment: str
    where: Callable[[Message], object]
    after: Mark | Message | None


_RIGHT: Final = {
    "to": "an address, a compiled pattern, or a list of addresses",
    "sender": "an address or a compiled pattern",
    "subject": "a string or a compiled pattern",
    "text": "a string or a compiled pattern",
    "html": "a string or a compiled pattern",
    "header": 'a dict, such as {"X-Tag": "reset"}',
    "attachment": 'the name of a file, such as "*.pdf"',
    "where": "a function of the message",
    "after": "a mark() or a message",
}


def check(criteria: Criteria) -> None:
    """Raise MailcatchMisuse for a word that is none of the criteria, or a value that cannot be."""
    __tracebackhide__ = True
    check_words(criteria, Criteria.__annotations__, "there is no criterion")
    for name, value in criteria.items():
        if not _can_be(name, value):
            shown = safe_text(repr(value), 100)
            raise MailcatchMisuse(f"mailcatch: {name} is {shown}: write {_RIGHT[name]}")


def fits(message: Message, criteria: Criteria) -> bool:
    """Return whether a message meets all of the criteria."""
    return all(meets(message, name, criteria) for name in criteria)


def describe(criteria: Criteria) -> str:
    """Return the criteria as words, such as "to='bob@example.com' subject~'Reset'"."""
    said = (_said(name, value) for name, value in criteria.items())
    return " ".join(words for words in said if words)


def may_concern(attempt: Attempt, criteria: Criteria) -> bool:
    """Return whether an attempt may have been the message that is meant."""
    after = criteria.get("after")
    if after is not None and attempt.begun <= after.begun:
        return False
    sender = criteria.get("sender")
    if isinstance(sender, str) and attempt.mail_from and attempt.mail_from != sender:
        return False
    to = criteria.get("to")
    if to is None or not attempt.recipients:
        return True
    return any(fits_address(one, to) for one in attempt.addresses)


def fits_address(address: str, wanted: Text | Collection[str]) -> bool:
    """Return whether an address is the one, or one of those, that are meant."""
    if isinstance(wanted, str):
        return address.casefold() == wanted.casefold()
    if isinstance(wanted, re.Pattern):
        return wanted.search(address) is not None
    return any(fits_address(address, one) for one in wanted)


def meets(message: Message, name: str, criteria: Criteria) -> bool:
    """Return whether a message meets one of the criteria."""
    match name:
        case "to":
            recipients = message.envelope.rcpt_to
            return all(
                any(fits_address(one, wanted) for one in recipients)
                for wanted in listed(criteria["to"])
            )
        case "sender":
            who = (message.envelope.mail_from, message.sender)
            return any(fits_address(one, criteria["sender"]) for one in who)
        case "subject":
            return contains(message.subject, criteria["subject"])
        case "text":
            texts = (message.text, message.html_text)
            return any(contains(one, criteria["text"]) for one in texts)
        case "html":
            return contains(message.html, criteria["html"])
        case "header":
            return all(has_field(message, *one) for one in criteria["header"].items())
        case "attachment":
            glob = criteria["attachment"]
            return any(fnmatchcase(one.filename, glob) for one in message.attachments)
        case "where":
            return bool(criteria["where"](message))
        case _:
            after = criteria.get("after")
            return after is None or message.begun > after.begun


def listed(wanted: Text | Collection[str]) -> Collection[Text]:
    """Return what has to be among the recipients, each by itself."""
    return [wanted] if isinstance(wanted, str | re.Pattern) else wanted


def has_field(message: Message, name: str, wanted: Text) -> bool:
    """Return whether a field of the header has it."""
    return any(contains(field.text, wanted) for field in message.headers.all(name))


def contains(text: str, wanted: Text) -> bool:
    """Return whether a string is contained, or a pattern found."""
    return wanted in text if isinstance(wanted, str) else wanted.search(text) is not None


def _can_be(name: str, value: object) -> bool:
    match name:
        case "to" if not isinstance(value, str | re.Pattern):
            return (
                isinstance(value, Collection)
                and not isinstance(value, bytes)
                and bool(value)
                and all(isinstance(one, str | re.Pattern) for one in value)
            )
        case "header":
            return isinstance(value, Mapping) and all(
                isinstance(one, str | re.Pattern) for one in value.values()
            )
        case "attachment":
            return isinstance(value, str)
        case "where":
            return callable(value)
        case "after":
            return value is None or hasattr(value, "begun")
        case _:
            return isinstance(value, str | re.Pattern)


def _said(name: str, value: object) -> str:
    if isinstance(value, re.Pattern):
        return f"{name}~/{safe_text(str(value.pattern), 100)}/"
    if name in {"to", "sender", "attachment"}:
        return f"{name}={safe_text(repr(value), 100)}"
    if name in {"subject", "text", "html"}:
        return f"{name}~{safe_text(repr(value), 100)}"
    if name == "where":
        return f"where {getattr(value, '__name__', 'function')}"
    if name == "after":
        where = value.name if isinstance(value, Mark) else f"#{getattr(value, 'number', '')}"
        return f"after {where}" if value is not None and where else ""
    return f"{name} {safe_text(repr(value), 150)}"
