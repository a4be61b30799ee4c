"""What is printed: lines for people, in colours where a terminal shows them, and JSON lines.

Texts of a mail come here safe already (`safe_text`, `safe_lines`); nothing here makes them so but
`json_line`, which escapes what a terminal could obey.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

# JSON escapes C0 itself. C1, DEL and what turns or hides text is escaped here, so that a terminal
# shows it while a program reads it as it was.
_OBEYED: Final = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff"
    "\U000e0000-\U000e0fff]"
)

_SURROGATES: Final = re.compile("[\ud800-\udfff]")

_IN_A_PIPE: Final = 140


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours. on: whether they are wanted."""

    on: bool

    def bold(self, text: str) -> str:
        """Return text in bold."""
        return self._in("1", text)

    def dim(self, text: str) -> str:
        """Return text that stands back."""
        return self._in("2", text)

    def red(self, text: str) -> str:
        """Return text that is bad news."""
        return self._in("31", text)

    def green(self, text: str) -> str:
        """Return text that is good news."""
        return self._in("32", text)

    def yellow(self, text: str) -> str:
        """Return text that deserves a look."""
        return self._in("33", text)

    def cyan(self, text: str) -> str:
        """Return text that is a name to type."""
        return self._in("36", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def choose_paint(stream: TextIO | None = None) -> Paint:
    """Return colours for a terminal that shows them, and none for a pipe or with NO_COLOR.

    stream: what is printed to; standard output where none is given.
    """
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Paint(wanted and (stream or sys.stdout).isatty())


def on_terminal() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def width() -> int:
    """Return the cells of a line: those of the terminal, 80 in a pipe."""
    return max(shutil.get_terminal_size((80, 24)).columns, 20) if on_terminal() else 80


def list_width() -> int:
    """Return the cells of a line of a list: in a pipe as many as it takes to cut little."""
    return width() if on_terminal() else _IN_A_PIPE


def say(line: str = "") -> None:
    """Print a line for people or programs."""
    try:
        sys.stdout.write(line + "\n")
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def remark(line: str) -> None:
    """Print a line about the command itself, which is no part of its result."""
    sys.stdout.flush()
    sys.stderr.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
    sys.stderr.flush()


def say_nothing(what: str = "nothing found") -> None:
    """Tell people that there is nothing to print; a program sees it by itself."""
    if on_terminal():
        remark(f"mailcatch: {what}")


def json_line(value: object) -> None:
    """Print a value as one JSON object, in which nothing is left that a terminal could obey."""
    import msgspec

    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # The path of a file need not be UTF-8, and JSON has to be.
        text = _of_any_text(value)
    say(_OBEYED.sub(_escaped, text))


def _of_any_text(value: object) -> str:
    """Return a value as JSON, with U+FFFD for what is no Unicode in its texts."""
    import json

    import msgspec

    told = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    return _SURROGATES.sub("\ufffd", told)


def _escaped(found: re.Match[str]) -> str:
    octets = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{octets[at]:02x}{octets[at + 1]:02x}" for at in range(0, len(octets), 2))


def path_text(path: Path) -> str:
    """Return a path for a program: JSON has no place for octets that are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "replace")


def octets_out(octets: bytes) -> None:
    """Write octets as they are: for a pipe or a file, never for a terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()


def show_time(moment: datetime, *, utc: bool, now: datetime | None = None) -> str:
    """Return a time for a list: of today without its date, local unless UTC is wanted."""
    zone = UTC if utc else None
    there = moment.astimezone(zone)
    today = (now or datetime.now(UTC)).astimezone(zone).date()
    return there.strftime("%H:%M:%S" if there.date() == today else "%Y-%m-%d %H:%M")


def full_time(moment: datetime, *, utc: bool) -> str:
    """Return a time with its date and zone."""
    return moment.astimezone(UTC if utc else None).strftime("%Y-%m-%d %H:%M:%S %z")
