"""What stands above a message: who, what, when, and what is worth knowing before reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mailcatch.mail import cell_width, clip_cells, safe_text, wrap_cells
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.index.rows import MessageSummary
from mailcatch.mailbox.requests import requests_of
from mailcatch.noting import notes_on
from mailcatch.tui.model.document import Role, Span
from mailcatch.tui.model.links import distinct_links
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import count, full, full_size, short
from mailcatch.tui.model.story import told

if TYPE_CHECKING:
    from mailcatch.mail.understood import Understood

_NAME: Final = 6
_ROWS: Final = 3
"""Rows that a title gets where one is too few."""
_LEAST: Final = (
    "Tags",
    "Asked",
    "Began",
    "Peer",
    "Came",
    "Notes",
    "Files",
    "For",
    "From",
    "To",
    "",
)
"""What gives way where there is little room, first what says least."""


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line of the head, a title where it has no name.

    action: what its key and a click on it do, "" for nothing. does: that in a word.
    """

    name: str
    value: str
    role: Role = ""
    action: str = ""
    does: str = "shows"


@dataclass(frozen=True, slots=True)
class HeadRow:
    """A row of the head as it is painted. action: what a click on it does, "" for nothing."""

    spans: tuple[Span, ...]
    action: str = ""


def head(opened: Opened, understood: Understood | None) -> list[HeadLine]:
    """Return the head of a message or session. understood: None while it is not known yet."""
    message = opened.message
    if message is None:
        return _session_head(opened)
    lines = [
        HeadLine("", message.subject or "(no subject)", "title"),
        HeadLine("From", message.author or "-"),
        HeadLine("To", ", ".join(message.receivers) or "-"),
    ]
    if message.refused:
        lines.insert(0, HeadLine("", _refused(opened.refusal), "bad"))
    if message.status_of:
        made = f"by mailcatch: delivery status of {short(message.status_of)}"
        lines.append(HeadLine("Made", made, "name"))
    if _differs(message):
        lines.append(HeadLine("For", f"{', '.join(message.recipients)}  (envelope)", "warn"))
    facts = (full(message.arrived), full_size(message.size), short(message.name))
    lines.append(HeadLine("Came", " · ".join(facts), "dim"))
    if message.tags:
        lines.append(HeadLine("Tags", " ".join(f"#{tag}" for tag in message.tags)))
    if understood is not None:
        # The session was read for the envelope that the message was understood with.
        if opened.transaction is not None:
            asked = ", ".join(requests_of(opened.transaction))
            lines += [HeadLine("Asked", safe_text(asked, 300))] if asked else []
        lines += _finds(understood)
    if message.tries > 1:
        role: Role = "bad" if message.duplicate else "warn"
        lines.append(HeadLine("Tries", told(opened.story.attempts), role, "attempts"))
    notes = notes_on(understood.notes, opened.transaction) if understood is not None else ()
    if notes:
        names = list(dict.fromkeys(note.name for note in notes))
        lines.append(HeadLine("Notes", _some(names), "warn", "view_notes"))
    return lines


def laid_out(
    lines: Sequence[HeadLine], width: int, most: int, keys: dict[str, str]
) -> list[HeadRow]:
    """Return the rows of a head for a width in cells: what keys do stands on the right.

    most: rows there is room for; where they are too few, what says least is left out. keys: what to
    press, by the names of actions.
    """
    kept = [*lines]
    for name in _LEAST:
        rows = [row for one in kept for row in _rows(one, width, keys)]
        if len(rows) <= most:
            break
        kept = [one for one in kept if one.name != name]
    return [row for one in kept for row in _rows(one, width, keys)]


def _rows(one: HeadLine, width: int, keys: dict[str, str]) -> Iterator[HeadRow]:
    room = max(width - 2, 8)
    if not one.name:
        rows = wrap_cells(one.value, room)
        if len(rows) > _ROWS:
            rows = [*rows[: _ROWS - 1], clip_cells(" ".join(rows[_ROWS - 1 :]), room)]
        yield from (HeadRow((Span(" "), Span(row, one.role)), one.action) for row in rows)
        return
    name = Span(f" {one.name:>{_NAME}}  ", "dim")
    key = keys.get(one.action, "")
    if not key:
        value = clip_cells(one.value, max(room - _NAME - 2, 8))
        yield HeadRow((name, Span(value, one.role)), one.action)
        return
    hint = (Span(f"  {key}", "key"), Span(f" {one.does}", "dim"))
    room -= _NAME + 2 + sum(cell_width(span.text) for span in hint)
    value = clip_cells(one.value, max(room, 8))
    gap = Span(" " * (room - cell_width(value)))
    yield HeadRow((name, Span(value, one.role), gap, *hint), one.action)


def _finds(found: Understood) -> Iterator[HeadLine]:
    if found.codes:
        yield HeadLine("Code", found.codes[0].value, "code", "code", "copies")
    links = [(text, link) for text, link in distinct_links(found) if "://" in link.target]
    if links:
        text, link = links[0]
        # The target comes first: where there is no room for both, it is what must be seen.
        said = f"{link.target} ← {text}" if text else link.target
        does = "opens" if len(links) == 1 else f"lists {len(links)}"
        yield HeadLine("Link", said, "link", "links", does)
    files = [
        f"{part.filename or part.content_type} {full_size(part.size)}"
        for part in found.parts
        if part.is_attachment
    ]
    if files:
        yield HeadLine("Files", _some(files), "strong", "view_parts")


def _session_head(opened: Opened) -> list[HeadLine]:
    session, refused = opened.session, opened.refusal
    if session is None:
        return [HeadLine("", "This session is gone.", "dim")]
    lines: list[HeadLine] = []
    if refused is not None:
        lines.append(HeadLine("", _refused(refused), "bad"))
        lines.append(HeadLine("From", refused.sender or "<>"))
        lines.append(HeadLine("To", ", ".join(refused.recipients) or "-"))
        if refused.rule:
            about = f"⚑ {refused.rule}: refused on purpose"
            lines.append(HeadLine("Rule", about, "mark", "faults"))
        if len(opened.story.attempts) > 1:
            lines.append(HeadLine("Tries", told(opened.story.attempts), "warn", "attempts"))
    else:
        title = "A session that goes on" if session.ended is None else "A session without a message"
        lines.append(HeadLine("", title, "title"))
    about = " · ".join((session.peer, count(session.tries, "transaction"), short(session.name)))
    lines.append(HeadLine("Peer", about, "dim"))
    lines.append(HeadLine("Began", full(session.began), "dim"))
    return lines


def _refused(refused: Attempt | None) -> str:
    if refused is None:
        return "Not accepted, and kept all the same"
    where = f" at {refused.stage.upper()}" if refused.stage else ""
    rule = f", by rule {refused.rule}" if refused.rule and refused.message else ""
    return f"Not accepted{where}: {refused.reply or refused.outcome}{rule}"


def _some(names: Sequence[str]) -> str:
    """Return the first few of some names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _differs(message: MessageSummary) -> bool:
    """Whether the envelope names others than the header."""
    if not message.recipients:
        return False
    named = " ".join(message.receivers).lower()
    return any(one.lower() not in named for one in message.recipients)
