"""What stands above a message: who, what, when, and what is worth knowing before reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailcatch.mail import safe_text
from mailcatch.mailbox.index.attempts import Attempt
from mailcatch.mailbox.index.rows import MessageSummary
from mailcatch.mailbox.requests import requests_of
from mailcatch.tui.model.document import Role, Span
from mailcatch.tui.model.links import distinct_links
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import count, full, short, size
from mailcatch.tui.model.story import told

if TYPE_CHECKING:
    from mailcatch.mail.understood import Understood

_NAME = 7


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line of the head. action: what a click on it does, "" for nothing."""

    spans: tuple[Span, ...]
    action: str = ""


def head(opened: Opened, understood: Understood | None, keys: dict[str, str]) -> list[HeadLine]:
    """Return the head of a message or session.

    understood: None while it is not known yet. keys: what to press, by the names of actions.
    """
    message = opened.message
    if message is None:
        return _session_head(opened)
    lines = [
        HeadLine((Span(message.subject or "(no subject)", "title"),)),
        _line("From", message.author or "-"),
        _line("To", ", ".join(message.receivers) or "-"),
    ]
    if message.refused:
        refused = opened.refusal
        lines.insert(0, HeadLine((Span(_refused(refused), "bad"),)))
    if message.status_of:
        made = f"by mailcatch: delivery status of {short(message.status_of)}"
        lines.append(_line("Made", made, "name"))
    if _differs(message):
        lines.append(_line("For", f"{', '.join(message.recipients)}  (envelope)", "warn"))
    facts = [full(message.arrived), size(message.size), short(message.name)]
    lines.append(_line("Came", "  ·  ".join(facts), "dim"))
    if message.tags:
        lines.append(_line("Tags", " ".join(f"#{tag}" for tag in message.tags)))
    if understood is not None:
        # The session was read for the envelope that the message was understood with.
        if opened.transaction is not None:
            asked = ", ".join(requests_of(opened.transaction))
            lines += [_line("Asked", safe_text(asked, 300))] if asked else []
        lines += _finds(understood, keys)
    if message.tries > 1:
        said = told(opened.story.attempts)
        role: Role = "bad" if message.duplicate else "warn"
        lines.append(_line("Tries", said, role, "attempts", keys))
    if understood is not None and understood.notes:
        names = list(dict.fromkeys(note.name for note in understood.notes))
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        lines.append(_line("Notes", shown, "warn", "view_notes", keys))
    return lines


def _finds(found: Understood, keys: dict[str, str]) -> list[HeadLine]:
    lines: list[HeadLine] = []
    if found.codes:
        lines.append(_line("Code", found.codes[0].value, "code", "code", keys, "copies it"))
    links = [(text, link) for text, link in distinct_links(found) if "://" in link.target]
    if links:
        text, link = links[0]
        said = f"{text} → {link.target}" if text else link.target
        more = "opens" if len(links) == 1 else f"lists {len(links)}"
        lines.append(_line("Link", said, "link", "links", keys, more))
    files = [part for part in found.parts if part.is_attachment]
    if files:
        names = ", ".join(
            f"{part.filename or part.content_type} {size(part.size)}" for part in files[:3]
        )
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        lines.append(_line("Files", names + more, "strong", "view_parts", keys))
    return lines


def _session_head(opened: Opened) -> list[HeadLine]:
    session, refused = opened.session, opened.refusal
    if session is None:
        return [HeadLine((Span("This session is gone.", "dim"),))]
    lines: list[HeadLine] = []
    if refused is not None:
        lines.append(HeadLine((Span(_refused(refused), "bad"),)))
        lines.append(_line("From", refused.sender or "<>"))
        lines.append(_line("To", ", ".join(refused.recipients) or "-"))
        if refused.rule:
            lines.append(_line("Rule", f"⚑ {refused.rule}: refused on purpose", "mark"))
        if len(opened.story.attempts) > 1:
            lines.append(_line("Tries", told(opened.story.attempts), "warn"))
    else:
        title = "A session that goes on" if session.ended is None else "A session without a message"
        lines.append(HeadLine((Span(title, "title"),)))
    about = [session.peer, count(session.tries, "transaction"), short(session.name)]
    lines.append(_line("Peer", "  ·  ".join(about), "dim"))
    lines.append(_line("Began", full(session.began), "dim"))
    return lines


def _refused(refused: Attempt | None) -> str:
    if refused is None:
        return "Not accepted, and kept all the same"
    where = f" at {refused.stage.upper()}" if refused.stage else ""
    rule = f", by rule {refused.rule}" if refused.rule and refused.message else ""
    return f"Not accepted{where}: {refused.reply or refused.outcome}{rule}"


def _line(
    name: str, value: str, role: Role = "", action: str = "", keys: dict[str, str] | None = None,
    does: str = "shows",
) -> HeadLine:  # fmt: skip
    spans = [Span(f"{name:>{_NAME - 1}} ", "dim")]
    key = (keys or {}).get(action, "")
    if key:
        # The key comes before what may be cut at the end of the line.
        spans += [Span(f"{key} ", "name"), Span(f"{does}  ", "dim")]
    return HeadLine((*spans, Span(value, role)), action)


def _differs(message: MessageSummary) -> bool:
    """Whether the envelope names others than the header."""
    if not message.recipients:
        return False
    named = " ".join(message.receivers).lower()
    return any(one.lower() not in named for one in message.recipients)
