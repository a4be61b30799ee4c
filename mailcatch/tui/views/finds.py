"""The links and codes of a message: what a developer looks for in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailcatch.tui.model.document import Document, Line, Span, ToCopy, ToLink, line
from mailcatch.tui.model.links import WARNINGS, distinct_links
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.view import Wish

if TYPE_CHECKING:
    from mailcatch.mail.codes import Code
    from mailcatch.mail.links import Link
    from mailcatch.mail.understood import Understood


class FindsView:
    """Codes, links with their real targets, and how to unsubscribe."""

    name = "Links"
    details = ""

    def suits(self, opened: Opened) -> int:
        """Any message may hold some."""
        return 0 if opened.is_session else 14

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return what was found."""
        found = opened.understood
        lines: list[Line] = []
        lines += map(_code, found.codes)
        if found.codes and (found.links or found.unsubscribe):
            lines.append(line(Span("")))
        for number, (text, link) in enumerate(distinct_links(found), 1):
            lines += _link(number, text, link)
        lines += _unsubscribe(found)
        if not lines:
            return Document((), remark="There are no links and no codes in this message.")
        return Document(lines)


def _code(code: Code) -> Line:
    return line(
        Span("code  ", "dim"),
        Span(code.value, "code"),
        Span(f"  {code.line}", "dim"),
        target=ToCopy(code.value, "the code"),
        indent=6,
    )


def _link(number: int, text: str, link: Link) -> list[Line]:
    target = ToLink(link.target, WARNINGS.get(link.warning or "", ""))
    head = [Span(f"{number:>3}   ", "dim")]
    lines = []
    if text:
        lines.append(line(*head, Span(text, "strong"), target=target, indent=6))
        lines.append(line(Span("      "), Span(link.target, "link"), indent=6))
    else:
        lines.append(line(*head, Span(link.target, "link"), target=target, indent=6))
    if link.warning:
        lines.append(line(Span("      "), Span(f"! {WARNINGS[link.warning]}", "bad"), indent=6))
    return lines


def _unsubscribe(found: Understood) -> list[Line]:
    leaving = found.unsubscribe
    if leaving is None:
        return []
    lines = [line(Span("")), line(Span("      List-Unsubscribe", "dim"))]
    lines += [
        line(Span("      "), Span(address, "link"), target=ToLink(address), indent=6)
        for address in (*leaving.links, *leaving.mailto)
    ]
    lines.append(line(Span(f"      one click: {'yes' if leaving.one_click else 'no'}", "dim")))
    return lines
