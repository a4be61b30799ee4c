"""The message as it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from mailcatch.mail import safe_lines
from mailcatch.tui.model.document import Document, Line, Span, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.views.view import Wish

_SHOWN: Final = 8_000_000
_FIELD: Final = re.compile(r"[!-9;-~]+:(?= |$)")
_BOUNDARY: Final = re.compile(r"--[!-~ ]{1,70}")
_WORD: Final = re.compile(r"=\?[!-~]+\?[bBqQ]\?[!->@-~]*\?=")
_ESCAPE: Final = re.compile(r"=[0-9A-F]{2}|=$")
_LONG: Final = 998


def paint_source(text: str) -> Iterator[Span]:
    """Give a line of a message's source: fields, boundaries and encodings stand out."""
    field = _FIELD.match(text)
    if field is not None:
        yield Span(field[0], "name")
        yield from _encoded(text[field.end() :], _WORD)
    elif _BOUNDARY.fullmatch(text):
        yield Span(text, "warn")
    elif text.startswith((" ", "\t")):
        yield from _encoded(text, _WORD)
    else:
        yield from _encoded(text, _ESCAPE)


class SourceView:
    """Every line; with details its number, length and how it ends."""

    name = "Source"
    details = "numbers, lengths and line ends"

    def suits(self, opened: Opened) -> int:
        """Every message has a source."""
        return 0 if opened.is_session else 10

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the lines."""
        octets = opened.octets
        remark = ""
        if len(octets) > _SHOWN:
            shown, there = _SHOWN // 1_000_000, len(octets) / 1e6
            remark = f"The first {shown} of {there:.0f} MB: the editor opens it all."
            octets = octets[:_SHOWN]
        if not octets:
            return Document((), remark="This message is empty: not one octet was sent.")
        if wish.details:
            return Document(_measured(octets), remark=remark)
        return Document(source_lines(octets), paint_source, remark=remark)


def source_lines(octets: bytes) -> list[str]:
    """Return the lines of a message, safe to show, one for each line feed."""
    text = octets.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    # A bare CR is no line of its own: numbers of lines are those that notes speak of.
    text = safe_lines(text.replace("\r", "\u240d").replace("\u2028", "\u2424"), _SHOWN + 1_000_000)
    return text.removesuffix("\n").split("\n")


def _measured(octets: bytes) -> list[Line]:
    lines = source_lines(octets)
    raw = octets.split(b"\n")
    digits = len(str(len(lines)))
    shown: list[Line] = []
    for number, text in enumerate(lines, 1):
        sent = raw[number - 1] if number <= len(raw) else b""
        last = number == len(raw)
        end, role = ("\u240d\u2424", "dim") if sent.endswith(b"\r") else ("\u2424", "warn")
        if last:
            end, role = "(no line end)", "warn"
        length = len(sent.removesuffix(b"\r"))
        measure = Span(f"{length:>4} ", "bad" if length > _LONG else "dim")
        spans = (Span(f"{number:>{digits}} ", "dim"), measure, *paint_source(text))
        shown.append(line(*spans, Span(f" {end}", "warn" if role == "warn" else "dim"),
                          indent=digits + 6))  # fmt: skip
    return shown


def _encoded(text: str, pattern: re.Pattern[str]) -> Iterator[Span]:
    end = 0
    if "=" in text:
        for found in pattern.finditer(text):
            if found.start() > end:
                yield Span(text[end : found.start()])
            yield Span(found[0], "quote")
            end = found.end()
    if end < len(text) or not text:
        yield Span(text[end:])
