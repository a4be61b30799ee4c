"""A message, or a session, as one line of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.cli.choosing import short
from mailcatch.cli.quantities import show_size
from mailcatch.cli.terminal import Paint, show_time
from mailcatch.mail.safe import safe_text
from mailcatch.mail.wrap import clip_cells, pad_cells

if TYPE_CHECKING:
    from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary


def message_row(one: MessageSummary, paint: Paint, width: int, *, utc: bool) -> str:
    """Return a line: id, time, author, to whom, subject, size, and what is worth a look."""
    about = [show_size(one.size)]
    refused = paint.red("refused, ") if one.refused else ""
    if one.attachments:
        about.append(f"{one.attachments} file{'s' * (one.attachments != 1)}")
    signs = []
    if one.duplicate:
        signs.append(f"stored {one.copies} times")
    if one.tries > one.copies:
        signs.append(f"{one.tries} tries")
    signs += [f"#{tag}" for tag in one.tags]
    identity = pad_cells(clip_cells(short(one.name), 24), 4)
    when = show_time(one.arrived, utc=utc)
    people = max(min(width // 4, 30), 12)
    author = clip_cells(safe_text(one.author or one.sender or "-"), people)
    to = clip_cells(safe_text(", ".join(one.recipients or one.receivers) or "-"), people)
    tail = ", ".join([*about, *signs])
    news = paint.yellow("".join(f", {sign}" for sign in signs))
    tail = f"refused, {tail}" if one.refused else tail
    fixed = len(identity) + len(when) + 2 * people + len(tail) + 10
    subject = clip_cells(safe_text(one.subject) or "(no subject)", max(width - fixed, 24))
    return "  ".join(
        (
            paint.cyan(identity),
            paint.dim(when),
            pad_cells(author, people),
            pad_cells(to, people),
            subject if one.read else paint.bold(subject),
            f"{refused}{paint.dim(', '.join(about))}{news}",
        )
    )


def session_row(one: SessionSummary, paint: Paint, *, utc: bool) -> str:
    """Return a line: id, time, peer, what became of its transactions, and how it ended."""
    parts = [paint.cyan(short(one.name)), paint.dim(show_time(one.began, utc=utc)), one.peer]
    if one.user:
        parts.append(f"as {safe_text(one.user)}")
    parts.append(paint.green(f"{one.stored} stored") if one.stored else "0 stored")
    if one.refused:
        parts.append(paint.red(f"{one.refused} refused"))
    if one.ended is None:
        parts.append(paint.yellow("live"))
    else:
        reason = safe_text(one.reason)
        parts.append(paint.dim(f"{one.how} at {one.stage}" if one.stage else one.how))
        if reason:
            parts.append(paint.dim(reason))
    if one.notes:
        parts.append(paint.yellow(safe_text(", ".join(one.notes))))
    return "  ".join(parts)
