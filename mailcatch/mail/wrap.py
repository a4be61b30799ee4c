"""Lines fitted to a width in terminal cells, where 漢 takes two and a combining mark none."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

# What is one cell wide for certain (controls aside): Latin, Greek and Cyrillic without their
# combining marks, punctuation, currencies, letterlike signs, and boxes.
_NARROW = re.compile(
    r"[\x00-\u02ff\u0370-\u0482\u048a-\u0556\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0"
    r"\u2100-\u2319\u2500-\u259f]*"
)
# The number of a link stays with the word before it.
_WORD = re.compile(r" +|[^ ]+(?: \[\d{1,4}\][^ \w[]*)*")
# A line may break on either side of these: East Asian scripts put no blanks between words.
_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f"
    "\uff00-\uff60\uffe0-\uffe6\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
# Closing punctuation must not begin a line (JIS X 4051), and a mark never leaves its letter.
_NEVER_FIRST = "、。，．・：；？！）］｝」』】〉》〕ー々ゝ…‥\u0300-\u036f\u3099\u309a"  # noqa: RUF001
_LINK = re.compile(r"[(<\[\"]?https?://", re.IGNORECASE)


def cell_width(text: str) -> int:
    """Give the number of terminal cells a line of safe text takes."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    return sum(map(_cells, text))


def clip_cells(text: str, width: int) -> str:
    """Cut a line of safe text to a number of cells; what was cut ends in an ellipsis."""
    if cell_width(text) <= width:
        return text
    if width <= 0:
        return ""
    used = 1  # the ellipsis
    for at, char in enumerate(text):
        used += _cells(char)
        if used > width:
            return text[:at] + "…"
    return text


def pad_cells(text: str, width: int, *, right: bool = False) -> str:
    """Fill a line of safe text with blanks up to a number of cells, on the left when `right`."""
    gap = " " * max(width - cell_width(text), 0)
    return gap + text if right else text + gap


def wrap_cells(text: str, width: int, *, whole_links: bool = False) -> list[str]:
    """Break one paragraph into lines.

    Runs of blanks inside a line are kept, those at a break are dropped. A word longer than the
    width is broken where the width ends.

    Args:
        text: safe text without line breaks.
        width: the most cells of a line; at least 1 is used.
        whole_links: leave an address of the web in one piece, so that it can be copied.

    Returns:
        At least one line; [""] for empty text.
    """
    width = max(width, 1)
    if len(text) <= width and cell_width(text) <= width:
        return [text]
    lines: list[str] = []
    line: list[str] = []
    used = 0
    gap = ""
    for piece in _pieces(text):
        if piece[0] == " ":
            gap = piece
            continue
        cells = cell_width(piece)
        if line and used + len(gap) + cells > width:
            lines.append("".join(line))
            line, used, gap = [], 0, ""
        if not line and (lines or len(gap) + cells > width):
            gap = ""
        if cells > width and not (whole_links and _LINK.match(piece)):
            head, piece = _split_long(piece, width)
            lines += head
            cells = cell_width(piece)
        line += (gap, piece)
        used += len(gap) + cells
        gap = ""
    lines.append("".join(line))
    return lines


def _pieces(text: str) -> Iterator[str]:
    """Give blanks and unbreakable pieces in turn."""
    if _NARROW.fullmatch(text):
        yield from _WORD.findall(text)
        return
    for word in _WORD.findall(text):
        if word[0] == " " or _wide().search(word) is None:
            yield word
        else:
            yield from _wide_pieces().findall(word)


def _split_long(piece: str, width: int) -> tuple[list[str], str]:
    """Cut full lines off a piece that is wider than a line; give them and the rest."""
    if _NARROW.fullmatch(piece):
        whole = (len(piece) - 1) // width * width
        return [piece[at : at + width] for at in range(0, whole, width)], piece[whole:]
    lines: list[str] = []
    start = used = 0
    for at, char in enumerate(piece):
        cells = _cells(char)
        if used + cells > width and at > start:
            lines.append(piece[start:at])
            start, used = at, 0
        used += cells
    return lines, piece[start:]


# What a list of mail in Latin letters never needs is made, or loaded, when it is needed.


@lru_cache(maxsize=10_000)
def _cells(char: str) -> int:
    from wcwidth import wcwidth

    return max(wcwidth(char), 0)


@cache
def _wide() -> re.Pattern[str]:
    return re.compile(f"[{_WIDE}]")


@cache
def _wide_pieces() -> re.Pattern[str]:
    return re.compile(f"(?:[{_WIDE}]|[^{_WIDE}]+)[{_NEVER_FIRST}]*")
