"""The mail that says what became of a message: multipart/report (RFC 3464, RFC 6522). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from itertools import count
from typing import Final

from mailcatch.notifying.notices import Action, Notice, Told
from mailcatch.notifying.parameters import encode_utf8_address

MARK: Final = "X-Mailcatch-Notification"
"""The field of the header by which a notice is known as one of ours, wherever its file is."""

_SUBJECTS: Final = {
    Action.DELIVERED: "Delivery Status Notification (Success)",
    Action.FAILED: "Delivery Status Notification (Failure)",
    Action.DELAYED: "Delivery Status Notification (Delay)",
}
_SENTENCES: Final = {
    Action.DELIVERED: "Your message was delivered to:",
    Action.FAILED: "Your message could not be delivered to:",
    Action.DELAYED: "Your message could not be delivered yet, and is still tried, to:",
}
_WIDTH: Final = 76
_LONGEST_LINE: Final = 998
_MESSAGE_ID: Final = re.compile(
    rb"^message-id:\s*(<[!-;=?-~]{1,250}>)\s*$", re.IGNORECASE | re.MULTILINE
)
_NO_TEXT: Final = re.compile(rb"\r(?!\n)|(?<!\r)\n|\0")


def compose(
    notice: Notice, *, hostname: str, made: datetime, name: str, content: bytes | None
) -> bytes:
    """Return the mail of a notice.

    Args:
        notice: what it tells.
        hostname: of the server that tells it.
        made: when, with a zone.
        name: what no other notice of this server is called, for its Message-ID.
        content: the message, where it is to come back whole; the header of the notice else.
    """
    returned = notice.head + b"\r\n" if content is None else content
    said = (line for one in notice.recipients for line in one.diagnostic)
    utf8 = notice.utf8 or not "".join((notice.to, notice.envelope_id, *said)).isascii()
    parts = [
        _part("text/plain; charset=utf-8", "Notification", _text(notice, hostname)),
        _part(
            "message/global-delivery-status" if utf8 else "message/delivery-status",
            "Delivery report",
            _status(notice, hostname, made, utf8=utf8),
        ),
        _part(_returned_type(returned, whole=content is not None, utf8=utf8), "", returned),
    ]
    boundary = _boundary(name, returned)
    lines = [
        f"Date: {format_datetime(made)}",
        f"From: Mail Delivery Subsystem <MAILER-DAEMON@{hostname}>",
        f"To: <{_plain(notice.to)}>",
        f"Subject: {_SUBJECTS[notice.action]}",
        f"Message-ID: <{name}@{hostname}>",
        *_references(notice.head),
        "Auto-Submitted: auto-replied",
        *_folded(f"{MARK}: {notice.about}; {_plain(notice.why)}"),
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        f'\tboundary="{boundary}"',
        f"Content-Transfer-Encoding: {_encoding(b''.join(parts))}",
        "",
        "This is a delivery status notification in MIME format.",
    ]
    mark = f"\r\n--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part for part in parts)
    return "\r\n".join(lines).encode() + b"\r\n" + body + mark + b"--\r\n"


def _text(notice: Notice, hostname: str) -> bytes:
    lines = [
        f"This is mailcatch, a mail catcher, at {hostname}. It made this notice itself, and sent",
        "nothing anywhere.",
        "",
        _SENTENCES[notice.action],
        "",
    ]
    for one in notice.recipients:
        lines.append(f"    {_plain(one.address)}")
        lines += [f"        {_plain(line)}" for line in one.diagnostic]
    lines += ["", f"Asked for by: {_plain(notice.why)}", f"The message: {notice.about}"]
    return ("\r\n".join(lines) + "\r\n").encode()


def _status(notice: Notice, hostname: str, made: datetime, *, utf8: bool) -> bytes:
    """Return the part that programs read (RFC 3464 section 2), of ASCII alone but with utf8."""
    lines = [f"Reporting-MTA: dns; {hostname}"]
    if notice.envelope_id:
        lines.append(f"Original-Envelope-Id: {notice.envelope_id}")
    lines += [
        f"Arrival-Date: {format_datetime(notice.accepted)}",
        f"X-Mailcatch-Message: {notice.about}",
    ]
    for one in notice.recipients:
        lines += ["", *_recipient(one, notice.action, made, utf8=utf8)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _recipient(one: Told, action: Action, made: datetime, *, utf8: bool) -> Iterator[str]:
    """Give the fields of one recipient (RFC 3464 section 2.3)."""
    if one.original:
        kind, _, address = one.original.partition(";")
        yield f"Original-Recipient: {_typed(kind, address, utf8=utf8)}"
    address = _plain(one.address)
    yield f"Final-Recipient: {_typed('rfc822', address, utf8=utf8)}"
    yield f"Action: {action}"
    yield f"Status: {one.status}"
    if one.diagnostic:
        domain = _in_the_dns(address.rpartition("@")[2])
        if domain:
            yield f"Remote-MTA: dns; {domain}"
        yield from _folded(f"Diagnostic-Code: smtp; {' '.join(map(_plain, one.diagnostic))}")
        yield f"Last-Attempt-Date: {format_datetime(made)}"


def _typed(kind: str, address: str, *, utf8: bool) -> str:
    """Return an address with its type, which is utf-8 where it is needed (RFC 6533 section 3)."""
    if not address.isascii():
        return f"utf-8; {address if utf8 else encode_utf8_address(address)}"
    return f"{kind}; {address}"


def _in_the_dns(domain: str) -> str:
    """Return a domain as the DNS has it, or "" for what cannot be one."""
    if " " in domain:
        return ""
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _part(content_type: str, description: str, content: bytes) -> bytes:
    head = [f"Content-Type: {content_type}"]
    head += [f"Content-Description: {description}"] if description else []
    head += [f"Content-Transfer-Encoding: {_encoding(content)}", "", ""]
    return "\r\n".join(head).encode() + content


def _returned_type(returned: bytes, *, whole: bool, utf8: bool) -> str:
    """Return the type of what comes back (RFC 6522 section 4, RFC 6533)."""
    wide = utf8 and not returned.isascii()
    if whole:
        return "message/global" if wide else "message/rfc822"
    return "message/global-headers" if wide else "text/rfc822-headers"


def _encoding(content: bytes) -> str:
    if _NO_TEXT.search(content) or max(map(len, content.split(b"\r\n"))) > _LONGEST_LINE:
        return "binary"
    return "7bit" if content.isascii() else "8bit"


def _boundary(name: str, returned: bytes) -> str:
    """Return a boundary that is not in what comes back."""
    for number in count():
        boundary = f"=_{name}_{number}"
        if boundary.encode() not in returned:
            return boundary
    raise AssertionError("numbers do not end")


def _references(head: bytes) -> list[str]:
    found = _MESSAGE_ID.search(head)
    if found is None:
        return []
    name = found[1].decode("ascii")
    return [f"In-Reply-To: {name}", f"References: {name}"]


def _folded(field: str) -> Iterator[str]:
    """Give the lines of a field that may be long, broken at spaces (RFC 5322 section 2.2.3)."""
    line = ""
    for word in field.split(" "):
        # Two spaces stay together: a line of blanks alone would end the header for some.
        if line and word and len(line) + 1 + len(word) > _WIDTH:
            yield line
            line = f" {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line


def _plain(text: str) -> str:
    """Return text that stays on its line."""
    return "".join(char if char.isprintable() else "?" for char in text)
