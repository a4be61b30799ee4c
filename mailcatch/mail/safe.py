"""The one door through which everything taken from a mail is shown.

A terminal obeys what it is sent: an ESC in a subject can write the clipboard, a C1 byte can start
a control sequence, a right-to-left override can turn `exe.txt` around. No string of a mail, a
transcript or an error reaches a screen, a log or a reply without passing `safe_text` or
`safe_lines`.

What they promise: the result holds no character of the categories Cc, Cs, Zl and Zp, and none of
Cf but the few that are printed signs (U+0600 and its kind); `safe_lines` keeps "\\n".
"""

import re
from functools import cache
from unicodedata import category

MARK_RUN = 6
"""Combining marks kept in a row: pointed Hebrew and Vedic need five, "zalgo" uses hundreds."""

_ELLIPSIS = "…"
_NEWLINE_SIGN = "␤"
# From here on, what a newer Unicode has are pictures.
_PICTURES = "\U0001f000"
_PRINTED_FORMAT_SIGNS = frozenset(
    (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)
)

# Ranges that hold every format character (Cf) and the other invisible ones: looked at once, at
# import, since asking unicodedata for all of Unicode would take a tenth of a second. What Unicode
# keeps free for more of them is here too; what is unassigned elsewhere may be a newer sign, and is
# shown.
_INVISIBLE_RANGES = (
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD),
    (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x3164, 0x3164), (0xFFA0, 0xFFA0),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFF0, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1345F),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip


def _replacements() -> dict[int, str]:
    """Say what each harmful character becomes: a visible sign, or nothing."""
    table: dict[int, str] = {code: chr(0x2400 + code) for code in range(0x20)}
    table |= {code: f"\\x{code:02x}" for code in range(0x80, 0xA0)}
    table[0x7F] = "\u2421"
    for first, last in _INVISIBLE_RANGES:
        table |= {code: "" for code in range(first, last + 1) if code not in _PRINTED_FORMAT_SIGNS}
    # The two overrides reorder what follows them, which is how names are forged: worth seeing.
    table |= {0x202D: "\\u202d", 0x202E: "\\u202e"}
    table |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    for plane in range(17):
        table |= {plane * 0x10000 + 0xFFFE: "\ufffd", plane * 0x10000 + 0xFFFF: "\ufffd"}
    table |= dict.fromkeys(range(0xFDD0, 0xFDF0), "\ufffd")
    return table


_PLAIN = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff]*")
_MAYBE_MARKS = re.compile(rf"[^\w\x00-\u02ff]{{{MARK_RUN + 1},}}")

# Made when they are needed: most texts of a list are plain.


@cache
def _many_lines() -> dict[int, str]:
    return _replacements() | {0x0A: "\n", 0x2028: "\n", 0x2029: "\n"}


@cache
def _one_line() -> dict[int, str]:
    breaks = dict.fromkeys((0x0A, 0x2028, 0x2029), _NEWLINE_SIGN)
    return _many_lines() | {0x09: " "} | breaks


def safe_text(text: str, limit: int = 1_000) -> str:
    """Make one line of foreign text harmless, for a list, a header, a name or a log.

    A line break becomes a visible sign and a tab a space, so that the result is one line.

    Args:
        text: any string, lone surrogates included.
        limit: the most characters returned; a longer text is cut and ends in an ellipsis.

    Returns:
        Text that a terminal shows and never obeys.
    """
    # Dropped characters are paid for here: a text padded with more of them than this loses its end.
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    head = text[: 16 * limit + 64]
    if _PLAIN.fullmatch(head) is None:
        head = _few_marks(head.translate(_one_line()))
    return _cut(head, limit, longer=len(head) < len(text) and len(text) > 16 * limit + 64)


def safe_lines(text: str, limit: int = 5_000_000, tab: int = 8) -> str:
    """Make foreign text of many lines harmless, for a body, a source or a transcript.

    Args:
        text: any string; CRLF, bare CR, U+2028 and U+2029 count as line breaks.
        limit: the most characters returned; a longer text is cut and ends in an ellipsis.
        tab: columns between tab stops.

    Returns:
        Text whose only control character is "\\n".
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    head = text[: limit + 64]
    if "\r" in head:
        head = head.replace("\r\n", "\n").replace("\r", "\n")
    if "\t" in head:
        head = head.expandtabs(tab)
    if not _is_plain(head):
        head = _few_marks(head.translate(_many_lines()))
    return _cut(head, limit, longer=len(text) > limit + 64)


def safe_bytes(data: bytes, limit: int = 1_000) -> str:
    """Make one line of foreign bytes harmless; what is not UTF-8 is shown as `\\xNN`."""
    return safe_text(data[: 16 * limit + 64].decode("utf-8", "backslashreplace"), limit)


def _is_plain(text: str) -> bool:
    """Whether lines need no change; asked of most texts, so what is quick is tried first."""
    flat = text.replace("\n", " ")
    return (flat.isascii() and flat.isprintable()) or _PLAIN.fullmatch(flat) is not None


def _few_marks(text: str) -> str:
    """Shorten each run of combining marks to what a script can need."""
    return _MAYBE_MARKS.sub(lambda run: _thin(run[0]), text)


def _thin(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in run:
        marks = marks + 1 if _may_be_mark(char) else 0
        if marks <= MARK_RUN:
            kept.append(char)
    return "".join(kept)


def _may_be_mark(char: str) -> bool:
    """Whether a character is a combining mark, or may be one of a newer Unicode."""
    kind = category(char)
    return kind[0] == "M" or (kind == "Cn" and char < _PICTURES)


def _cut(text: str, limit: int, *, longer: bool) -> str:
    if len(text) > limit or longer:
        return text[: max(limit - 1, 0)] + _ELLIPSIS[: max(limit, 0)]
    return text
