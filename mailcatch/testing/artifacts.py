"""The mailbox directory of one failed test, as `mailcatch view` opens it."""

from __future__ import annotations

import re
import shutil
from hashlib import sha256
from pathlib import Path

from mailcatch.mailbox import events
from mailcatch.mailbox.layout import is_file_name
from mailcatch.mailbox.names import MESSAGES, SESSION_SUFFIX, SESSIONS
from mailcatch.testing.ledger import Share

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_LONGEST = 90


def keep(root: Path, name: str, number: int, share: Share) -> Path:
    """Write what belongs to a mailbox into a directory of its own, and return that.

    name: the test's. number: 0 for its own server, 1 and up for further ones.
    """
    place = root / directory_name(name, number)
    shutil.rmtree(place, ignore_errors=True)
    for room in (MESSAGES, SESSIONS):
        (place / room).mkdir(parents=True)
    for attempt in list(share.attempts):
        if attempt.message is not None and is_file_name(attempt.message.file):
            attempt.message.save(place / MESSAGES / attempt.message.file)
    for session, since in list(share.sessions.items()):
        lines = events.encode([session.opening, *session.since(since)])
        (place / SESSIONS / f"{session.name}{SESSION_SUFFIX}").write_bytes(lines)
    return place


def directory_name(name: str, number: int) -> str:
    """Return a name that is harmless, can be recognised, and is the test's alone."""
    path, bracket, parameters = name.partition("[")
    readable = _UNSAFE.sub("-", path.rpartition("/")[2] + bracket + parameters).strip("-.")
    if len(readable) > _LONGEST:
        # The file stands in front, the test and its parameters at the end.
        half = _LONGEST // 2
        readable = f"{readable[:half]}..{readable[-half:]}"
    mark = sha256(name.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{readable}-{mark}" + (f"-{number}" if number else "")
