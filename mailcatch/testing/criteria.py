"""Criteria: which messages are meant. The same words everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypedDict

from mailcatch.mail.safe import safe_text
from mailcatch.testing.errors import MailcatchMisuse

if TYPE_CHECKING:
    from mailcatch.testing.attempts import Attempt
    from mailcatch.testing.message import Message

Text = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: `after=mark` means mail whose MAIL FROM came later."""

    begun: int


class Criteria(TypedDict, total=False):
    """What a message has to be; all of it.

    to: a recipient of the envelope, so that Bcc counts. sender: MAIL FROM or From. Both are exact,
    in any case; a compiled pattern is searched for.
    subject, text, html: contained in; text looks at the plain text and at what HTML says.
    header: name to value, contained in. attachment: the name of a file, as a glob.
    where: any function of the message. after: a `mark()`, or a message that came before.
    """

    to: Text | Iterable[str]
    sender: Text
    subject: Text
    text: Text
    html: Text
    header: Mapping[str, Text]
    attachment: str
    where: Callable[[Message], object]
    after: Mark | Message | None


def check(criteria: Criteria) -> None:
    """Raise MailcatchMisuse for a word that is none of the criteria."""
    __tracebackhide__ = True
    for name in criteria:
        if name not in Criteria.__annotations__:
            near = get_close_matches(name, Criteria.__annotations__, 1)
            hint = f"did you mean '{near[0]}'?" if near else "there are " + _listed()
            raise MailcatchMisuse(f"mailcatch: there is no criterion '{name}': {hint}")


def misses(message: Message, criteria: Criteria) -> list[str]:
    """Return the criteria that a message does not meet."""
    return [name for name in criteria if not _meets(message, name, criteria)]


def describe(criteria: Criteria) -> str:
    """Return the criteria as words, such as "to='bob@example.com' subject~'Reset'"."""
    return " ".join(_said(name, value) for name, value in criteria.items() if value is not None)


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


def fits_address(address: str, wanted: Text | Iterable[str]) -> bool:
    """Return whether an address is the one, or one of those, that are meant."""
    if isinstance(wanted, str):
        return address.casefold() == wanted.casefold()
    if isinstance(wanted, re.Pattern):
        return wanted.search(address) is not None
    return any(fits_address(address, one) for one in wanted)


def _meets(message: Message, name: str, criteria: Criteria) -> bool:
    match name:
        case "to":
            wanted = criteria["to"]
            if not isinstance(wanted, str | re.Pattern):
                return all(_is_recipient(message, one) for one in wanted)
            return _is_recipient(message, wanted)
        case "sender":
            who = (message.envelope.mail_from, message.sender)
            return any(fits_address(one, criteria["sender"]) for one in who)
        case "subject":
            return _contains(message.subject, criteria["subject"])
        case "text":
            texts = (message.text, message.html_text)
            return any(_contains(one, criteria["text"]) for one in texts)
        case "html":
            return _contains(message.html, criteria["html"])
        case "header":
            return all(_has_field(message, *one) for one in criteria["header"].items())
        case "attachment":
            glob = criteria["attachment"]
            return any(fnmatchcase(one.filename, glob) for one in message.attachments)
        case "where":
            return bool(criteria["where"](message))
        case _:
            after = criteria.get("after")
            return after is None or message.begun > after.begun


def _is_recipient(message: Message, wanted: Text) -> bool:
    return any(fits_address(one, wanted) for one in message.envelope.rcpt_to)


def _has_field(message: Message, name: str, wanted: Text) -> bool:
    return any(_contains(field.text, wanted) for field in message.headers.all(name))


def _contains(text: str, wanted: Text) -> bool:
    return wanted in text if isinstance(wanted, str) else wanted.search(text) is not None


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
        return "after the mark"
    return f"{name} {safe_text(repr(value), 150)}"


def _listed() -> str:
    return ", ".join(Criteria.__annotations__)
