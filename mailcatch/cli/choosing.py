"""Which message is meant: `last`, `last~2`, the four letters of its name, a prefix, or a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import typer

from mailcatch.cli.failure import fail
from mailcatch.cli.terminal import remark
from mailcatch.mail.safe import safe_text

if TYPE_CHECKING:
    from mailcatch.mailbox.reader import Reader
    from mailcatch.mailbox.search import Found

_LAST: Final = re.compile(r"last(?:~(\d{1,9}))?", re.IGNORECASE)
_LETTERS: Final = re.compile(r"\d{8}T\d{6}\.\d{6}Z-([0-9A-Z]{4})")
_MOST: Final = 10


def short(name: str) -> str:
    """Return what a message or session is called in lists: the letters at the end of its name."""
    found = _LETTERS.match(name)
    return found[1] if found else safe_text(name)


def one(reader: Reader, text: str) -> str:
    """Return the name of the one message that is meant; the newest that fits, for a query.

    Ends the command with status 2 where several are meant, and with 1 where there is none.
    """
    name = named(reader, text)
    if name is not None:
        return name
    search = reader.search(text)
    found = search.first(2)
    if not found:
        remark(f"mailcatch: no message is called {safe_text(text)!r}, and none fits it as a query")
        raise typer.Exit(1)
    if len(found) > 1:
        remark(f"mailcatch: several messages fit; this is the newest, {short(found[0])}")
    return found[0]


def meant(reader: Reader, text: str) -> list[str]:
    """Return the names of the messages that are meant: one, all that fit, or all without a text.

    Ends the command with status 2 where an id is that of several, and with 1 where nothing fits.
    """
    name = named(reader, text) if text else None
    names = [name] if name is not None else list(reader.search(text))
    if not names:
        remark("mailcatch: no message fits")
        raise typer.Exit(1)
    return names


def named(reader: Reader, text: str, found: Found | None = None) -> str | None:
    """Return the name of a message, or session, that is called by an id; None for a query.

    Ends the command where an id is that of several, or counts back past the first.
    """
    from mailcatch.mailbox.search import Found

    kind = found or Found.MESSAGES
    text = text.strip()
    counted = _LAST.fullmatch(text)
    if counted:
        back = int(counted[1] or 0)
        newest = reader.search("", kind).first(back + 1)
        if len(newest) <= back:
            remark(f"mailcatch: there is no {text}: the mailbox has {_count(len(newest), kind)}")
            raise typer.Exit(1)
        return newest[back]
    if not text or any(char in text for char in ' :"()/'):
        return None
    names = reader.search("", kind).first(-1)
    candidates = _called(text, names)
    if len(candidates) > 1:
        shown = ", ".join(safe_text(name) for name in candidates[:_MOST])
        more = f" and {len(candidates) - _MOST} more" if len(candidates) > _MOST else ""
        fail(f"'{safe_text(text)}' is the beginning of several: {shown}{more}")
    return candidates[0] if candidates else None


def _called(text: str, names: Sequence[str]) -> list[str]:
    """Return the names that an id may mean: itself alone, where it is a whole name."""
    if text in names:
        return [text]
    upper = text.upper()
    return [name for name in names if name.upper().startswith(upper) or short(name) == upper]


def _count(number: int, kind: Found) -> str:
    return f"{number} {kind.name.lower().rstrip('s')}{'s' * (number != 1)}"
