"""What was refused in a session, and why: for those who wait for a mail that never came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from mailcatch.cli.terminal import Paint
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.mailbox.index.attempts import Attempt
    from mailcatch.mailbox.index.rows import SessionSummary
    from mailcatch.mailbox.reader import Reader

# A client may try a thousand times in one session; the last ones say what there is to say.
_MOST: Final = 10


def failed(session: SessionSummary) -> bool:
    """Return whether something was refused in a session, or it was broken off on purpose.

    One that goes on may come to a transaction yet.
    """
    if session.refused or session.ended is None:
        return bool(session.refused)
    return session.turned_away or (session.how == "fault" and session.stored < session.tries)


def refusals(reader: Reader, session: SessionSummary) -> list[Attempt]:
    """Return the last tries of a session that were not stored."""
    return [
        one
        for ordinal in reader.failed_tries(session.name, _MOST)
        for one in reader.story_of_try(session.name, ordinal).attempts
        if (one.session, one.ordinal) == (session.name, ordinal) and one.outcome != "stored"
    ]


def refusal_rows(session: SessionSummary, refused: Sequence[Attempt], paint: Paint) -> list[str]:
    """Return a line for each try that was refused; one for a session that came to none."""
    if refused or session.tries:
        return [refusal_row(one, paint) for one in refused]
    before = f"{session.peer} at {session.stage}: "
    if session.reply:
        return [_by_rule(before + paint.red(session.reply), session.rule, paint)]
    return [before + paint.red(session.reason or session.how)]


def refusal_row(one: Attempt, paint: Paint) -> str:
    """Return a line: from whom to whom, the reply, and the rule behind it."""
    people = safe_text(", ".join(f"<{to}>" for to in one.recipients)) or "nobody"
    said = safe_text(one.reply) or f"{one.outcome} at {one.stage}"
    row = f"<{safe_text(one.sender)}> to {people}: {paint.red(said)}"
    return _by_rule(row, one.rule, paint)


def _by_rule(row: str, rule: str, paint: Paint) -> str:
    return f"{row}, by rule {paint.yellow(safe_text(rule))}" if rule else row
