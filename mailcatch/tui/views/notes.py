"""What a real receiver would stumble over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mailcatch.mailbox.verdicts import UnverifiedError
from mailcatch.noting import notes_on
from mailcatch.tui.model.document import Document, Line, Role, Span, Target, ToSource, line
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
        """Return the notes of the message and of the wire, then who it is from."""
        notes = notes_on(opened.understood.notes, opened.transaction)
        lines = [shown for note in notes for shown in _note(note)] + _who(opened)
        if not lines:
            return Document((), remark="Nothing to note: a real receiver would take this as it is.")
        return Document(lines)


def _who(opened: Opened) -> list[Line]:
    """Return what was found of who a message is from, where records were given."""
    try:
        verdict = opened.verdict
    except UnverifiedError as error:
        return [line(Span(f"! {error}", "warn"), indent=2)]
    lines: list[Line] = []
    for one in verdict.findings if verdict is not None else ():
        passed = one.result == "pass"
        role: Role
        sign, role = ("✓", "good") if passed else ("!", "warn") if one.failed else ("·", "dim")
        name = f"{one.method.value}-fail" if one.failed else one.method.value
        where = f"  {one.result.value}, {one.place}, {one.rfc}"
        shown = (Span(f"{sign} {name}", role), Span(where, "dim"))
        lines.append(line(*shown, target=_target(one.place), indent=2))
        lines.append(line(Span(f"  {one.reason}"), indent=2))
        lines += [line(Span(f"  weak: {weak}", "warn"), indent=2) for weak in one.weak]
    return lines


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
