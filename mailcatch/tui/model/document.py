"""Text to be shown: lines of spans, each span with a role that the screen gives a colour.

Everything in a document is safe to show already: views make it so (`safe_text`, `safe_lines`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Role = Literal[
    "", "strong", "dim", "name", "title", "good", "bad", "warn", "link", "code", "client", "quote",
    "mark", "tab", "off", "bar", "key", "alarm",
]  # fmt: skip
"""What a span is: the colours of a theme have these names."""


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    role: Role = ""


@dataclass(frozen=True, slots=True)
class ToSource:
    """Leads to a line of the source, counted from 1; or to a header field, by its name."""

    line: int = 0
    field: str = ""


@dataclass(frozen=True, slots=True)
class ToPart:
    """Leads to a part of the message, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class ToLink:
    """Leads to the target of a link. warning: why the reader may be misled, or ""."""

    address: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class ToCopy:
    """Is a text to copy. what: it is, in a word."""

    text: str
    what: str


@dataclass(frozen=True, slots=True)
class ToEntry:
    """Leads to another message, or the session of a try, by the name of its file."""

    name: str


@dataclass(frozen=True, slots=True)
class ToChoice:
    """Is an answer of a menu, by its place."""

    index: int


@dataclass(frozen=True, slots=True)
class ToAction:
    """Does something, by its name in the registry."""

    name: str


Target = ToSource | ToPart | ToLink | ToCopy | ToEntry | ToChoice | ToAction


class Line(NamedTuple):
    """A line. target: what Enter does on it, or None. indent: cells that its further rows get."""

    spans: tuple[Span, ...]
    target: Target | None = None
    indent: int = 0

    @property
    def text(self) -> str:
        """Its text alone."""
        return "".join(span.text for span in self.spans)


Painter = Callable[[str], Iterable[Span]]


@dataclass(frozen=True, slots=True)
class Document:
    """A text of many lines.

    lines: plain ones are given their spans by `paint` when they come into sight, so that a long
    text costs nothing that is not looked at. start: the line to begin with. remark: a sentence
    about the text, shown above it. wraps: whether lines may be broken at all.
    """

    lines: Sequence[Line | str]
    paint: Painter | None = None
    start: int = 0
    remark: str = ""
    wraps: bool = True
    choosable: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        """Find the lines that lead somewhere."""
        if not self.choosable and self.paint is None:
            found = [
                at
                for at, line in enumerate(self.lines)
                if isinstance(line, Line) and line.target is not None
            ]
            object.__setattr__(self, "choosable", tuple(found))

    def spans(self, at: int) -> tuple[Span, ...]:
        """Return a line, painted."""
        line = self.lines[at]
        if isinstance(line, Line):
            return line.spans
        return tuple(self.paint(line)) if self.paint is not None else (Span(line),)

    def text(self, at: int) -> str:
        """Return the text of a line."""
        line = self.lines[at]
        return line.text if isinstance(line, Line) else line

    def target(self, at: int) -> Target | None:
        """Return where a line leads, or None."""
        line = self.lines[at]
        return line.target if isinstance(line, Line) else None

    def whole(self) -> str:
        """Return all of it as text, to copy."""
        return "\n".join(map(self.text, range(len(self.lines))))


EMPTY = Document(())


def line(*spans: Span | str, target: Target | None = None, indent: int = 0) -> Line:
    """Make a line of spans and plain texts."""
    made = tuple(Span(one) if isinstance(one, str) else one for one in spans)
    return Line(made, target, indent)


def table(rows: Iterable[tuple[str, Span | str]]) -> list[Line]:
    """Make lines of a name and a value, one under the other."""
    pairs = list(rows)
    width = max((len(name) for name, _ in pairs), default=0)
    return [
        line(Span(f"{name:>{width}}  ", "dim"), value, indent=width + 2) for name, value in pairs
    ]
