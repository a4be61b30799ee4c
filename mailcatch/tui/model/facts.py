"""What the list says of a message, or of a session that brought none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.index.record import Trait
from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary
from mailcatch.tui.model.document import Role


@dataclass(frozen=True, slots=True)
class Facts:
    """A row of the list. Every text is safe to show.

    name: of the file. at: when it came. outcome: what became of it, in four characters: ✓ (stored),
    ✓x2 (stored twice), ✗451 (refused), ↩ (made by the server), live. role: the colour of that.
    unread: whether nobody looked at it. author, to: the envelope's where it is known. subject: or
    the reply, where no message came. files: attachments. notes: whether there is something to note.
    tries: at sending it. octets: 0 where no message came.
    """

    name: str
    at: datetime
    outcome: str
    role: Role
    unread: bool
    author: str
    to: str
    subject: str
    files: int = 0
    notes: bool = False
    tries: int = 1
    octets: int = 0
    tags: tuple[str, ...] = ()


def facts_of_message(one: MessageSummary, refused: Attempt | None = None) -> Facts:
    """Return the row of a message. refused: the try that it was kept of though it was refused."""
    twice = one.copies > 1 and not one.refused
    code = _code(refused)
    return Facts(
        name=one.name,
        at=one.arrived,
        outcome=_outcome(one, code),
        role="bad" if one.refused else "warn" if twice else "name" if one.status_of else "good",
        unread=not one.read,
        author=one.author or one.sender or "-",
        to=", ".join(one.recipients or one.receivers) or "-",
        subject=one.subject or "(no subject)",
        files=one.attachments,
        notes=bool(one.traits & Trait.NOTE),
        tries=one.tries,
        octets=one.size,
        tags=one.tags,
    )


def facts_of_session(one: SessionSummary, refused: Attempt | None, *, live: bool) -> Facts:
    """Return the row of a session. refused: its first try that was refused, where there was one."""
    if refused is not None:
        reply = refused.reply or refused.outcome
        code = _code(refused)
        where = f" (at {refused.stage})" if refused.stage else ""
        return Facts(
            name=one.name,
            at=refused.at,
            outcome=f"✗{code}" if code else "✗",
            role="bad",
            unread=False,
            author=refused.sender or "<>",
            to=", ".join(refused.recipients) or "-",
            subject=f"{reply}{where}{f', rule {refused.rule}' if refused.rule else ''}",
        )
    said = f"connected, at {one.stage}" if one.stage else "connected"
    ended = one.reason or (f"{one.how} at {one.stage}" if one.stage else one.how)
    return Facts(
        name=one.name,
        at=one.began,
        outcome="live" if live else f"✗{one.reply[:3]}" if one.turned_away else "…",
        role="name" if live else "bad" if one.turned_away else "dim",
        unread=False,
        author=safe_text(one.user) or safe_text(one.peer),
        to="-",
        subject=said if live else " ".join(filter(None, (one.reply, ended))) or "never ended",
    )


def _outcome(one: MessageSummary, code: str) -> str:
    if one.refused:
        return f"✗{code}"
    if one.status_of:
        return "↩"
    return f"✓×{min(one.copies, 99)}" if one.copies > 1 else "✓"


def _code(refused: Attempt | None) -> str:
    """Return the code of the reply that refused a try, "" where there was none."""
    reply = refused.reply[:3] if refused is not None else ""
    return reply if reply.isdigit() else ""
