"""The operators of the language, and how the value of each is read."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from mailcatch.mailbox.search.query import When

ADDRESS: Final = ("from", "to", "cc", "bcc", "rcpt", "sender")
WORDS: Final = ("subject", "text", "filename")
NAMED: Final = ("fault", "note", "user", "peer", "tag")
ANY: Final = ("fault", "note", "user", "tag")
"""Operators of which `*` alone is a value: whatever there is."""

VERIFIED: Final = ("dkim", "spf", "dmarc", "arc")
"""Operators about who a message is from."""
_RESULTS: Final = (
    "pass", "fail", "none", "neutral", "softfail", "policy", "temperror", "permerror",
)  # fmt: skip

FIELDS: Final = (
    "date",
    "importance",
    "organization",
    "precedence",
    "priority",
    "received",
    "references",
)
"""Fields of a header whose names look like operators; others have a hyphen."""

CHOICES: Final = {
    "has": ("attachment", "html", "link", "code", "note"),
    "is": ("unread", "read", "stored", "refused", "dropped", "duplicate", "retried", "live", "dsn"),
    "stage": (
        "connect", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "data", "body", "eom", "rset",
        "noop", "vrfy", "quit", "idle",
    ),
    **{name: (*_RESULTS, "weak") if name == "dkim" else _RESULTS for name in VERIFIED},
}  # fmt: skip
TIMES: Final = ("before", "after")
SIZES: Final = ("larger", "smaller")
OPERATORS: Final = (
    *ADDRESS, *WORDS, "header", "message-id", *CHOICES, *TIMES, *SIZES, "smtp", *NAMED,
)  # fmt: skip
"""Every operator, without its colon."""

_SIZE: Final = re.compile(r"(\d{1,12})(?:\.(\d{1,3}))?\s*([kmg]?)i?b?", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_CODE: Final = re.compile(r"[2-5](?:\d\d|xx|)", re.IGNORECASE)
_AGO: Final = re.compile(r"(\d{1,6})([smhdw])", re.IGNORECASE)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DAY: Final = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)
_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)


def nearest(word: str, known: tuple[str, ...], alike: float = 0.6) -> str:
    """Return which of the known words is meant, or "". alike: how much it has to be, up to 1."""
    close = get_close_matches(word.lower()[:40], known, 1, alike)
    return close[0] if close else ""


def read_size(text: str) -> int | None:
    """Return a size such as 500, 10k or 1.5M in octets (k is 1024), None where it is none."""
    match = _SIZE.fullmatch(text)
    if match is None or not text.isascii():
        return None
    unit = _UNITS[match[3].lower()]
    fraction = match[2] or ""
    return int(match[1]) * unit + (int(fraction) * unit // 10 ** len(fraction) if fraction else 0)


def read_code(text: str) -> str | None:
    """Return a reply code as 451, or its class as 4; None where it is neither."""
    if not text.isascii() or _CODE.fullmatch(text) is None:
        return None
    return text[0] if text[1:].lower() in ("", "xx") else text


def read_when(text: str) -> When | None:
    """Return a time such as 2026-11-23, 2026-11-23T14:00, today, yesterday or 2h (ago)."""
    if text.lower() in ("today", "yesterday"):
        return When(days=0 if text.lower() == "today" else 1)
    if not text.isascii():
        return None
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return When(seconds=int(ago[1]) * _SECONDS[ago[2].lower()])
    try:
        day = _DAY.fullmatch(text)
        if day is not None:
            return When(datetime(int(day[1]), int(day[2] or 1), int(day[3] or 1)))  # noqa: DTZ001
        return When(datetime.fromisoformat(text.upper())) if _TIME.fullmatch(text) else None
    except ValueError:
        return None
