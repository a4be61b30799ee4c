"""The MIME tree of a message (RFC 2045, 2046), built top down without recursion.

Every part is a window on the message's own bytes: a header block and two offsets. A multipart is
split inside its own window only, so the outer boundary always wins, and each level of nesting costs
one scan of the message; the bound on depth is what keeps the whole linear.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from mailcatch.mail.limits import DEFAULT_BOUNDS, Bounds
from mailcatch.mail.part import Defect, Part, make_part

_ANY_DELIMITER = re.compile(rb"\n--([^\r\n]{1,200}?)[ \t]*(?=\r?\n|\Z)")
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})


class Tree(msgspec.Struct, frozen=True):
    """Every part of a message in document order; the first is the message itself.

    Attributes:
        parts: at least one.
        cut: the bounds that were met, "too-many-parts" and "too-deep" among them.
    """

    parts: tuple[Part, ...]
    cut: frozenset[str] = frozenset()

    @property
    def root(self) -> Part:
        """The message as a part: its header and its whole body."""
        return self.parts[0]

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)

    def children(self, part: Part) -> tuple[Part, ...]:
        """Give the parts directly inside a part, in order."""
        return tuple(self.parts[number - 1] for number in part.child_numbers)

    def find(self, path: str) -> Part | None:
        """Give the part at a path such as "1.2.1", or None."""
        return next((part for part in self.parts if part.path == path), None)

    def leaves(self) -> Iterator[Part]:
        """Give each part that holds content of its own, attached messages opened."""
        return (part for part in self.parts if not part.child_numbers)


class _Window(msgspec.Struct, frozen=True):
    """A stretch of bytes still to be read as a part."""

    source: bytes
    start: int
    end: int
    path: str
    depth: int
    parent: int
    default_type: str = "text/plain"


def build_tree(raw: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Tree:
    """Take a message apart.

    Args:
        raw: the message, as it was sent.
        bounds: `depth`, `parts` and those of the header splitter are used.
    """
    parts: list[Part] = []
    children: list[list[int]] = []
    defects: list[tuple[Defect, ...]] = []
    cut: set[str] = set()
    stack = [_Window(raw, 0, len(raw), "1", 1, 0)]
    while stack:
        window = stack.pop()
        part = make_part(
            window.source,
            window.start,
            window.end,
            number=len(parts) + 1,
            path=window.path,
            depth=window.depth,
            default_type=window.default_type,
            bounds=bounds,
        )
        parts.append(part)
        children.append([])
        if window.parent:
            children[window.parent - 1].append(part.number)
        room = bounds.parts - len(parts) - len(stack)
        inner, found = _open(part, window, room, bounds)
        defects.append(found)
        if len(inner) > room:
            cut.add("too-many-parts")
            del inner[max(room, 0) :]
        if inner and window.depth >= bounds.depth:
            cut.add("too-deep")
            inner = []
        stack.extend(reversed(inner))
    finished = [
        part.with_structure(tuple(numbers), found)
        for part, numbers, found in zip(parts, children, defects, strict=True)
    ]
    return Tree(tuple(finished), frozenset(cut))


def _open(
    part: Part, window: _Window, room: int, bounds: Bounds
) -> tuple[list[_Window], tuple[Defect, ...]]:
    """Find what is inside a part: one window for each, one more than there is room for at most."""
    if part.content_type in _MESSAGES:
        if part.encoding in ("base64", "quoted-printable"):
            data = part.content.data
            return [_Window(data, 0, len(data), f"{part.path}.1", part.depth + 1, part.number)], ()
        inside = _Window(
            part.source, part.body_start, part.end, f"{part.path}.1", part.depth + 1, part.number
        )
        return [inside], ()
    if not part.content_type.startswith("multipart/"):
        return [], ()
    spans, found = _split_multipart(part, room)
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    return [
        _Window(
            part.source, start, end, f"{part.path}.{index}", part.depth + 1, part.number, default
        )
        for index, (start, end) in enumerate(spans, 1)
    ], found


def _split_multipart(part: Part, room: int) -> tuple[list[tuple[int, int]], tuple[Defect, ...]]:
    """Find the windows of a multipart's parts, with its own boundary or one that fits."""
    declared = part.boundary
    if declared:
        spans, closed = _spans(part, declared, room)
        if spans:
            return spans, () if closed else ("boundary-unclosed",)
    defect: Defect = "boundary-wrong" if declared else "boundary-missing"
    seen = _likely_boundary(part)
    if seen is None:
        return [], (defect,)
    return _spans(part, seen, room)[0], (defect,)


def _spans(part: Part, boundary: bytes, room: int) -> tuple[list[tuple[int, int]], bool]:
    """Cut the body at each delimiter line (RFC 2046 section 5.1.1)."""
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    source = part.source
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for match in delimiter.finditer(source, _line_break_before(part), part.end):
        if start is not None:
            spans.append((start, max(start, _before_break(source, match.start()))))
            if len(spans) > room:
                return spans, True
        if match[1]:
            return spans, True
        start = _after_break(source, match.end(), part.end)
    if start is not None and start < part.end:
        spans.append((start, part.end))
    return spans, False


def _likely_boundary(part: Part) -> bytes | None:
    """Give the text of the first line that begins like a delimiter and is closed like one later."""
    first = _ANY_DELIMITER.search(part.source, _line_break_before(part), part.end)
    if first is None:
        return None
    closing = b"\n--" + first[1] + b"--"
    return first[1] if part.source.find(closing, first.end(), part.end) >= 0 else None


def _line_break_before(part: Part) -> int:
    """Give where to begin looking, so that a delimiter on the body's first line is found too."""
    return max(part.body_start - 1, part.start)


def _before_break(source: Sequence[int], newline: int) -> int:
    return newline - 1 if newline and source[newline - 1] == 13 else newline


def _after_break(source: bytes, position: int, end: int) -> int:
    if source.startswith(b"\r\n", position):
        position += 2
    elif source.startswith(b"\n", position):
        position += 1
    return min(position, end)
