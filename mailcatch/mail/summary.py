"""The line of a list: a few header fields, read from the beginning of a message."""

from dataclasses import dataclass
from datetime import datetime

from mailcatch.mail.addresses import parse_addresses
from mailcatch.mail.dates import parse_date
from mailcatch.mail.headers import HeaderBlock, split_headers
from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.safe import safe_text

_LONGEST = 500
_MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list shows of a message; every string is safe.

    Attributes:
        subject: "" when there is none.
        sender: the first author, as `Name <address>`.
        to: the first addresses of To and Cc.
        date: the Date header, None when there is none that can be read.
        message_id: without angle brackets.
        content_type: of the whole message, in lower case; "" when none is declared.
    """

    subject: str
    sender: str
    to: tuple[str, ...]
    date: datetime | None
    message_id: str
    content_type: str


def summarise(head: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Summary:
    """Read a summary.

    Args:
        head: the message or its beginning, `bounds.header_bytes` of it at most are looked at.
        bounds: those of the header splitter are used.
    """
    return summary_of(split_headers(head[: bounds.header_bytes], bounds=bounds))


def summary_of(headers: HeaderBlock) -> Summary:
    """Read a summary from a header that was split already."""
    sender = _people(headers, "from") or _people(headers, "sender")
    kind = headers.text("content-type").partition(";")[0].strip().lower()
    return Summary(
        subject=safe_text(headers.text("subject"), _LONGEST),
        sender=sender[0] if sender else "",
        to=_people(headers, "to") + _people(headers, "cc"),
        date=parse_date(headers.text("date")),
        message_id=safe_text(headers.text("message-id").strip("<> \t"), _LONGEST),
        content_type=safe_text(kind, 100),
    )


def _people(headers: HeaderBlock, name: str) -> tuple[str, ...]:
    field = headers.first(name)
    if field is None:
        return ()
    found = parse_addresses(field.value).addresses[:_MOST_ADDRESSES]
    return tuple([safe_text(str(address), _LONGEST) for address in found])
