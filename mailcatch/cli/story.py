"""The story of a mail: its tries in one line, or a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.cli.choosing import short
from mailcatch.cli.terminal import Paint, full_time, show_time
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from datetime import timedelta

    from mailcatch.mailbox.index.attempts import Attempt, Story


def story_line(story: Story, paint: Paint, *, utc: bool) -> str:
    """Return all tries: attempt 1 14:56:10 451 (rule flaky) · +2.0 s attempt 2 250 stored."""
    told = []
    for number, one in enumerate(story.attempts, 1):
        when = show_time(one.at, utc=utc) if one.gap is None else ""
        words = [_gap(one.gap), f"attempt {number}", when, _outcome(one, paint)]
        words.append(f"(rule {safe_text(one.rule)})" if one.rule else "")
        told.append(" ".join(word for word in words if word))
    return " · ".join(told)


def duplicate_line(story: Story, paint: Paint) -> str:
    """Return what is said of a mail that was stored more than once, "" of others."""
    return paint.red(f"DUPLICATE: stored {story.stored} times") if story.duplicate else ""


def attempt_row(one: Attempt, paint: Paint, *, utc: bool) -> str:
    """Return all that is known of a try."""
    stored = one.outcome == "stored"
    words = [full_time(one.at, utc=utc), _gap(one.gap)]
    words += [(paint.green if stored else paint.red)(one.outcome), f"at {one.stage}"]
    words += [safe_text(one.reply), f"rule {safe_text(one.rule)}" if one.rule else ""]
    words.append(short(one.message or one.session))
    return "  ".join(word for word in words if word)


def _gap(gap: timedelta | None) -> str:
    return "" if gap is None else f"+{gap.total_seconds():.1f} s"


def _outcome(one: Attempt, paint: Paint) -> str:
    """Return the code and what became of it: 451, 250 stored, no reply stored, aborted at rcpt."""
    if one.made:
        return "made by mailcatch"
    code = one.reply[:3] if one.reply[:3].isdigit() else ""
    if one.outcome == "stored":
        return paint.green(f"{code or 'no reply,'} stored")
    return paint.red(code or f"{one.outcome} at {one.stage}")
