"""What a real receiver would stumble over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mailcatch.mail import safe_text
from mailcatch.tui.model.document import Document, Line, Span, Target, ToSource, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.view import Wish

if TYPE_CHECKING:
    from mailcatch.mail.notes import Note

_PLACE: Final = re.compile(r"(line|header|part) (\S+)")


class NotesView:
    """Each note with its reason; Enter leads to its place."""

    name = "Notes"
    details = ""

    def suits(self, opened: Opened) -> int:
        """Every message can be noted on."""
        return 0 if opened.is_session else 12

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the notes of the message, and those of the wire."""
        lines: list[Line] = []
        for note in opened.understood.notes:
            lines += _note(note)
        if opened.transaction is not None:
            known = {note.name for note in opened.understood.notes}
            for seen in opened.transaction.notes:
                if seen.name not in known:
                    lines.append(line(Span(f"! {safe_text(seen.name, 100)}", "warn")))
                    detail = safe_text(seen.detail, 500) or "seen on the wire"
                    lines.append(line(Span(f"  {detail}"), indent=2))
        if not lines:
            return Document((), remark="Nothing to note: a real receiver would take this as it is.")
        return Document(lines)


def _note(note: Note) -> list[Line]:
    target = _target(note.place)
    where = ", ".join(word for word in (note.place, note.rfc) if word)
    return [
        line(Span(f"! {note.name}", "warn"), Span(f"  {where}", "dim"), target=target, indent=2),
        line(Span(f"  {note.reason}"), indent=2),
    ]


def _target(place: str) -> Target:
    found = _PLACE.match(place)
    if found is None:
        return ToSource(1)
    kind, where = found.groups()
    if kind == "line" and where.isdecimal():
        return ToSource(int(where))
    if kind == "header":
        return ToSource(field=where)
    return ToSource(1)
