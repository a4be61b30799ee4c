"""The SMTP section of a failed test: what was said in its sessions, and what came of it."""

from __future__ import annotations

from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.testing.ledger import Share

LINES: Final = 60


def transcript(share: Share, most: int | None = None) -> str:
    """Return what was said in the sessions of a mailbox; most: lines of each that are kept."""
    parts = []
    for session, since in list(share.sessions.items()):
        lines = session.shown(since)
        left = 0 if most is None else len(lines) - most
        if left > 0 and most is not None:
            head = most // 3
            lines = [*lines[:head], f"  ... {left} lines ...", *lines[len(lines) - most + head :]]
        helo = f"  {safe_text(session.helo, 60)}" if session.helo else ""
        user = f"  as {safe_text(session.auth_user, 60)}" if session.auth_user else ""
        secure = "TLS" if session.tls else "no TLS"
        head_line = f"session {session.number}  {session.peer}{helo}{user}  {secure}"
        parts.append("\n".join([head_line, *lines]))
    if share.messages:
        parts.append("\n".join(["messages:", *(f"  {one.describe()}" for one in share.messages)]))
    missed = [one for one in share.attempts if not one.delivered]
    if missed:
        parts.append("\n".join(["not delivered:", *(f"  {one.describe()}" for one in missed)]))
    return "\n\n".join(parts)
