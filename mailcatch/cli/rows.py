"""A message, or a session, as one line of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailcatch.cli.choosing import short
from mailcatch.cli.quantities import show_size
from mailcatch.cli.terminal import Paint, show_time
from mailcatch.mail.safe import safe_text
from mailcatch.mail.wrap import cell_width, clip_cells, pad_cells
from mailcatch.mailbox.layout import is_named_by_us

if TYPE_CHECKING:
    from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary

# Cells that a subject gets at least, and what is told of a message.
_SUBJECT: Final = 14
_NEWS: Final = 12


def message_row(one: MessageSummary, paint: Paint, width: int, *, utc: bool) -> str:
    """Return a line: id, time, author, to whom, subject, size, and what is worth a look.

    width: cells of the line. Where they are few, the size is left out before anything else.
    """
    across = 4 if is_named_by_us(one.name) else min(width // 5, 24)
    identity = pad_cells(clip_cells(short(one.name), across), across)
    when = show_time(one.arrived, utc=utc)
    rest = width - cell_width(identity) - len(when) - 10
    people = max(min((width - 24) // 4, (rest - _SUBJECT - _NEWS) // 2, 30), 6)
    author = clip_cells(safe_text(one.author or one.sender or "-"), people)
    to = clip_cells(safe_text(", ".join(one.recipients or one.receivers) or "-"), people)
    room = rest - 2 * people
    about, news = _told_of(one, room - _SUBJECT)
    refused = "refused" if one.refused else ""
    told = [(paint.red, refused), (paint.dim, about), (paint.yellow, news)]
    taken = cell_width(", ".join(text for _, text in told if text))
    subject = clip_cells(safe_text(one.subject) or "(no subject)", max(room - taken, _SUBJECT))
    return "  ".join(
        (
            paint.cyan(identity),
            paint.dim(when),
            pad_cells(author, people),
            pad_cells(to, people),
            subject if one.read else paint.bold(subject),
            ", ".join(colour(text) for colour, text in told if text),
        )
    ).rstrip()


def _told_of(one: MessageSummary, room: int) -> tuple[str, str]:
    """Return what stands behind a subject, as far as there is room: what there is, and the news."""
    files = f"{one.attachments} file{'s' * (one.attachments != 1)}" if one.attachments else ""
    news = [f"stored {one.copies} times"] if one.duplicate else []
    if one.tries > max(one.copies, 1):
        news.append(f"{one.tries} tries")
    news += [f"#{tag}" for tag in one.tags]
    for about in ([show_size(one.size), files], [files], [""]):
        told = [text for text in about if text]
        if cell_width(", ".join(["refused"] * one.refused + told + news)) <= room:
            return ", ".join(told), ", ".join(news)
    return "", clip_cells(", ".join(news), max(room, _NEWS))


def session_row(one: SessionSummary, paint: Paint, *, utc: bool, live: bool) -> str:
    """Return a line: id, time, peer, what became of its transactions, and how it ended.

    live: whether it goes on; what neither goes on nor ended is that of a server that was killed.
    """
    parts = [paint.cyan(short(one.name)), paint.dim(show_time(one.began, utc=utc)), one.peer]
    if one.user:
        parts.append(f"as {safe_text(one.user)}")
    parts.append(paint.green(f"{one.stored} stored") if one.stored else "0 stored")
    if one.refused:
        parts.append(paint.red(f"{one.refused} refused"))
    if one.reply:
        parts.append(paint.red(one.reply))
    if one.ended is None:
        parts.append(paint.yellow("live") if live else paint.dim("never ended"))
    else:
        reason = safe_text(one.reason)
        parts.append(paint.dim(f"{one.how} at {one.stage}" if one.stage else one.how))
        if reason:
            parts.append(paint.dim(reason))
    if one.notes:
        parts.append(paint.yellow(safe_text(", ".join(one.notes))))
    return "  ".join(parts)
