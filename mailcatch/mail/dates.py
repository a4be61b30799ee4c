"""The Date header (RFC 5322 section 3.3), with the obsolete forms and the usual mistakes."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_MONTHS = {
    month: number
    for number, month in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# RFC 5322 section 4.3; the military letters all mean "unknown" and count as UTC.
_ZONES = {
    "ut": 0, "gmt": 0, "utc": 0, "z": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_DATE = re.compile(
    r"""(?:[a-z]{3,9}[,.]?\s*)?                     # day of the week
        (\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\s+
        (\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d{1,9})?)?
        \s*(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?(?:\s.*)?""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_COMMENT = re.compile(r"\([^()]*\)")
_STRICT = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d{2}:\d{2}(?::\d{2})? (?:[+-]\d{4}|GMT|UT|[ECMP][SD]T)",
    re.IGNORECASE,
)


def parse_date(text: str) -> datetime | None:
    """Read a date as mail writes it.

    Returns:
        A time with its zone, UTC when it names none or an unknown one; None when it is no date.
    """
    return _read(_without_comments(text).strip())


def is_strict_date(text: str) -> bool:
    """Whether the date has the form that RFC 5322 asks of programs that write it, and is a date."""
    cleaned = " ".join(_without_comments(text).split())
    return _STRICT.fullmatch(cleaned) is not None and _read(cleaned) is not None


@lru_cache(maxsize=32)
def _read(cleaned: str) -> datetime | None:
    """Read a date without comments; that of one message is asked for more than once."""
    match = _DATE.fullmatch(cleaned)
    if match is None:
        return _iso(cleaned)
    month = _MONTHS.get(match[2].lower())
    if month is None:
        return None
    try:
        return datetime(
            _year(match[3]),
            month,
            int(match[1]),
            int(match[4]),
            int(match[5]),
            min(int(match[6] or 0), 59),  # a leap second cannot be told in a datetime
            tzinfo=_zone(match),
        )
    except ValueError:
        return None


def _without_comments(text: str) -> str:
    return _COMMENT.sub(" ", text[:200]) if "(" in text else text[:200]


def _year(digits: str) -> int:
    """Read two and three digits as RFC 5322 section 4.3 has it."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _zone(match: re.Match[str]) -> timezone:
    if match[7]:
        minutes = int(match[8]) * 60 + int(match[9])
        return timezone(timedelta(minutes=minutes if match[7] == "+" else -minutes))
    return timezone(timedelta(hours=_ZONES.get((match[10] or "").lower(), 0)))


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
