"""The SMTP section of a failed test: what was said in its sessions, and what came of it."""

from __future__ import annotations

from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.testing.ledger import Share
from mailcatch.testing.session import Session

LINES: Final = 60
_SESSIONS: Final = 20


def transcript(share: Share, most: int | None = None) -> str:
    """Return what was said in the sessions of a mailbox, and what came of it.

    most: lines that are kept of each session, of the messages, and of what was not delivered; then
    no more than twenty sessions are kept, too. None for everything.
    """
    parts = _shortened(
        [_session(session, since, most) for session, since in list(share.sessions.items())],
        None if most is None else _SESSIONS,
        "sessions",
    )
    missed = [one for one in share.attempts if not one.delivered]
    for title, came in (("messages:", share.messages), ("not delivered:", missed)):
        if came:
            lines = [f"  {one.describe()}" for one in came]
            parts.append("\n".join([title, *_shortened(lines, most, "lines")]))
    return "\n\n".join(parts)


def _session(session: Session, since: int, most: int | None) -> str:
    helo = f"  {safe_text(session.helo, 60)}" if session.helo else ""
    user = f"  as {safe_text(session.auth_user, 60)}" if session.auth_user else ""
    secure = "TLS" if session.tls else "no TLS"
    head = f"session {session.number}  {session.peer}{helo}{user}  {secure}"
    return "\n".join([head, *_shortened(session.shown(since), most, "lines")])


def _shortened(shown: list[str], most: int | None, what: str) -> list[str]:
    """Leave out the middle of what is longer than `most`: how it began and how it ended matter."""
    left = 0 if most is None else len(shown) - most
    if most is None or left <= 0:
        return shown
    head = most // 3
    return [*shown[:head], f"  ... {left} {what} ...", *shown[head + left :]]
