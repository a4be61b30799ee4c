"""Two messages side by side: their headers, their structure, their text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import TYPE_CHECKING, Final

from mailcatch.tui.model.document import Document, Line, Span, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import full, short, size

if TYPE_CHECKING:
    from mailcatch.mail.understood import PartInfo

_MOST: Final = 4_000
"""Lines of a text that are compared: the work grows with their square."""


def compared(older: Opened, newer: Opened, *, everything: bool) -> Document:
    """Return what differs, and what is equal too where everything is wanted."""
    lines: list[Line] = []
    for sign, one in (("-", older), ("+", newer)):
        about = one.message
        if about is not None:
            said = f"{sign} {short(one.name)}  {full(about.arrived)}  {about.subject}"
            lines.append(line(Span(said, "bad" if sign == "-" else "good"), indent=2))
    same = (
        older.understood.fingerprint
        and older.understood.fingerprint == newer.understood.fingerprint
    )
    verdict = "The same mail, sent again." if same else "Two different mails."
    lines += [line(Span("")), line(Span(verdict, "strong"))]
    for title, before, after in (
        ("Headers", _headers(older), _headers(newer)),
        ("Structure", _parts(older), _parts(newer)),
        ("Text", older.understood.plain.split("\n"), newer.understood.plain.split("\n")),
    ):
        differing = [*_differences(before[:_MOST], after[:_MOST], everything=everything)]
        changed = any(one.spans[0].text[:1] in "-+" for one in differing if one.spans[0].text)
        lines += [
            line(Span("")),
            line(Span(title, "title"), Span("" if changed else "  the same", "dim")),
        ]
        lines += differing if changed or everything else []
        if max(len(before), len(after)) > _MOST:
            lines.append(line(Span(f"  only the first {_MOST} lines are compared", "warn")))
    return Document(lines)


def _headers(one: Opened) -> list[str]:
    return [f"{field.name}: {field.value}" for field in one.fields]


def _parts(one: Opened) -> list[str]:
    return [_part(part) for part in one.understood.parts]


def _part(part: PartInfo) -> str:
    name = f" {part.filename}" if part.filename else ""
    return f"{'  ' * (part.depth - 1)}{part.content_type}{name} {size(part.size)}"


def _differences(
    before: Sequence[str], after: Sequence[str], *, everything: bool
) -> Iterator[Line]:
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) > 500)
    for what, first, last, start, end in matcher.get_opcodes():
        if what == "equal":
            if everything:
                for text in before[first:last]:
                    yield line(Span(f"  {text}", "dim"), indent=2)
            continue
        # Lines that were changed one for one stand beside each other.
        paired = last - first == end - start
        gone = [line(Span(f"- {text}", "bad"), indent=2) for text in before[first:last]]
        come = [line(Span(f"+ {text}", "good"), indent=2) for text in after[start:end]]
        yield from chain.from_iterable(zip(gone, come, strict=True)) if paired else (*gone, *come)
