"""Names of messages and sessions: UTC time and a short id, so that they sort by arrival.

Not a character of a name is taken from a mail.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [first + second for first in _ALPHABET for second in _ALPHABET]
_NAME: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9A-HJKMNP-TV-Z]{4}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

MESSAGES: Final = "messages"
SESSIONS: Final = "sessions"
MESSAGE_SUFFIX: Final = ".eml"
SESSION_SUFFIX: Final = ".jsonl"
PART_SUFFIX: Final = ".part"


class Names:
    """Makes names that rise with every call, even when the clock is set back meanwhile."""

    def __init__(self) -> None:
        # Who only reads names makes none, and this is slow to load.
        import secrets

        self._last = 0
        self._second = -1
        self._prefix = ""
        # Begins anywhere, so that two servers one after the other do not make the same names.
        self._serial = secrets.randbits(20)

    def new(self) -> str:
        """Return a name, such as "20261123T145610.123456Z-7Q3K"."""
        self._last = now = max(time.time_ns() // 1000, self._last + 1)
        second, microsecond = divmod(now, 1_000_000)
        if second != self._second:
            self._second = second
            self._prefix = datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%S")
        self._serial = serial = self._serial + 1 & 0xFFFFF
        return f"{self._prefix}.{microsecond:06d}Z-{_PAIRS[serial >> 10]}{_PAIRS[serial & 1023]}"


def name_at(moment: datetime) -> str:
    """Return a name for what came at another time; its letters are random.

    moment: with a zone; what is before 1970 becomes its first moment.
    """
    import secrets

    there = max(moment.astimezone(UTC), _EPOCH)
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(4))
    return f"{there.year:04d}{there.strftime('%m%dT%H%M%S.%f')}Z-{letters}"


def is_name(text: str) -> bool:
    """Return whether text has the form of a name of ours, without a suffix."""
    return _NAME.fullmatch(text) is not None


def beginning_at(moment: str) -> str:
    """Return what names since a time (RFC 3339) do not sort before; "" where it is no time."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y%m%dT%H%M%S}"
    except ValueError:
        return ""


def written_out(name: str) -> str:
    """Return the time in a name of ours as RFC 3339 writes it."""
    year, month, day, hour, minute = name[:4], name[4:6], name[6:8], name[9:11], name[11:13]
    return f"{year}-{month}-{day}T{hour}:{minute}:{name[13:22]}Z"


def time_of(name: str) -> datetime | None:
    """Return the time in a name, or None for a file that was named by someone else."""
    if not is_name(name[:28]):
        return None
    try:
        return datetime.strptime(name[:22], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
