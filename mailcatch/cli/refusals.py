"""What was refused in a session, and why: for those who wait for a mail that never came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailcatch.cli.terminal import Paint
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.mailbox.index.attempts import Attempt
    from mailcatch.mailbox.index.rows import SessionSummary
    from mailcatch.mailbox.reader import Reader

# A client may try a thousand times in one session; the first ones say what there is to say.
_MOST: Final = 10


def refusals(reader: Reader, session: SessionSummary) -> list[Attempt]:
    """Return the first tries of a session that were not stored."""
    found: list[Attempt] = []
    for ordinal in range(1, min(session.tries, session.stored + _MOST) + 1):
        story = reader.story_of_try(session.name, ordinal).attempts
        found += [
            one
            for one in story
            if (one.session, one.ordinal) == (session.name, ordinal) and one.outcome != "stored"
        ]
    return found[:_MOST]


def refusal_row(one: Attempt, paint: Paint) -> str:
    """Return a line: from whom to whom, the reply, and the rule behind it."""
    people = safe_text(", ".join(f"<{to}>" for to in one.recipients)) or "nobody"
    said = safe_text(one.reply or one.outcome)
    row = f"<{safe_text(one.sender)}> to {people}: {paint.red(said)}"
    return f"{row}, by rule {paint.yellow(safe_text(one.rule))}" if one.rule else row
