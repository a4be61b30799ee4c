"""Notes on the bytes of a message."""

import re
from collections.abc import Iterator

from mailcatch.mail.envelope import Envelope
from mailcatch.mail.notes import Note, make_note
from mailcatch.mail.safe import safe_text
from mailcatch.mail.tree import Tree

_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
LONGEST_LINE = 998
"""Octets of a line without its CRLF (RFC 5322 section 2.1.1)."""

_DECLARED = frozenset(("8bit", "binary"))


def check_wire(raw: bytes) -> Iterator[Note]:
    """Look at line ends, NUL and line lengths."""
    breaks = raw.count(b"\r\n")
    bare_lf = raw.count(b"\n") - breaks
    if bare_lf:
        yield _at(raw, _BARE_LF, "bare-lf", f"{_lines(bare_lf)} in LF without CR.")
    bare_cr = raw.count(b"\r") - breaks
    if bare_cr:
        yield _at(raw, _BARE_CR, "bare-cr", f"CR without LF, {bare_cr} times.")
    if b"\0" in raw:
        place = _line(raw, raw.index(b"\0"))
        yield make_note("nul", f"NUL octets: {raw.count(0)}.", place)
    long = _first_long_line(raw)
    if long is not None:
        start, length = long
        reason = f"The line has {length} octets, {LONGEST_LINE} are allowed."
        yield make_note("long-line", reason, _line(raw, start))


def check_eight_bit(tree: Tree, envelope: Envelope | None) -> Iterator[Note]:
    """Look for octets over 127 where nothing announces them."""
    for part in tree.leaves():
        if part.encoding not in _DECLARED and not part.raw_body.isascii():
            declared = safe_text(part.encoding, 40) or "nothing (7bit)"
            reason = f"The body holds octets over 127; its transfer encoding is {declared}."
            yield make_note("eight-bit-undeclared", reason, f"part {part.path}")
    if envelope is not None and envelope.smtputf8:
        return
    for field in tree.root.headers:
        if not field.raw.isascii():
            yield make_note("eight-bit-header", place=f"header {safe_text(field.name, 80)}")


def _first_long_line(raw: bytes) -> tuple[int, int] | None:
    """Give the offset and the length of the first line that is too long.

    Leaps from line break to line break, as far apart as a line may be long, so that a large
    message costs a step for each thousand octets.
    """
    start = 0
    while len(raw) - start > LONGEST_LINE:
        newline = raw.rfind(b"\n", start, start + LONGEST_LINE + 2)
        if newline < 0 or (newline == start + LONGEST_LINE + 1 and raw[newline - 1] != 13):
            end = raw.find(b"\n", start)
            end = len(raw) if end < 0 else end
            length = end - start - (raw[end - 1] == 13)
            if length > LONGEST_LINE:
                return start, length
            newline = end
        start = newline + 1
    return None


def _at(raw: bytes, pattern: re.Pattern[bytes], name: str, reason: str) -> Note:
    found = pattern.search(raw)
    return make_note(name, reason, _line(raw, found.start() if found else 0))


def _line(raw: bytes, position: int) -> str:
    return f"line {raw.count(10, 0, position) + 1}"


def _lines(count: int) -> str:
    return "1 line ends" if count == 1 else f"{count} lines end"
