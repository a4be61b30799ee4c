"""Answering a shell that completes a word: looked up in the files, quickly, and never written."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Final

from typer.main import get_command

from mailcatch.cli.app import app
from mailcatch.cli.choosing import short
from mailcatch.cli.completion import Candidate, Grammar, candidates, grammar_of, place_of
from mailcatch.cli.configuration import ConfigurationError, find, load
from mailcatch.cli.place import mailbox_directory
from mailcatch.cli.shells import VARIABLE
from mailcatch.mail.summary import summarise
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.layout import Layout
from mailcatch.mailbox.names import MESSAGE_SUFFIX

_MOST: Final = 20
_NEWEST: Final = 2_000
_HEAD: Final = 16 * 1024
_SPACE: Final = re.compile(r"\s$")


def answer() -> None:
    """Print what may stand where the user is: a word a line, and its description after a tab.

    The arguments are the words up to the one that is typed; or, where the variable says "line", the
    line of the user as one argument.
    """
    words = sys.argv[1:]
    if os.environ[VARIABLE] == "line":
        words = _split("".join(words))[1:]
    *before, current = words or [""]
    program = grammar_of(get_command(app))
    place = place_of(program, before)

    def identities(start: str) -> list[Candidate]:
        chosen = place.values.get("--dir") or os.environ.get("MAILCATCH_DIR")
        if not chosen:
            chosen = _configured(program, place.values.get("--config"))
        return newest(mailbox_directory(Path(chosen) if chosen else None), start)

    for one in candidates(place, current, identities):
        sys.stdout.write(one.line() + "\n")


def newest(root: Path, start: str) -> list[Candidate]:
    """Return the newest messages whose ids, or names, begin with a text; a few of them."""
    try:
        layout = Layout.of(root)
        with os.scandir(layout.messages) as entries:
            names = [
                one.name for one in entries if one.name.endswith(MESSAGE_SUFFIX) and one.is_file()
            ]
    except (MailboxError, OSError):
        return []
    found: list[Candidate] = []
    for name in sorted(names, reverse=True)[:_NEWEST]:
        words = [short(name), name.removesuffix(MESSAGE_SUFFIX)]
        word = next((one for one in words if one.startswith(start) and one[0] != "-"), "")
        if word and len(found) < _MOST:
            found.append(Candidate(word, _subject(layout.message(name))))
    return found


def _subject(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return summarise(file.read(_HEAD)).subject
    except OSError:
        return ""


def _split(line: str) -> list[str]:
    """Return the words of a line; the last is "" behind a space, an open quote is closed."""
    for closed in (line, f"{line}'", f'{line}"'):
        try:
            words = shlex.split(closed)
        except ValueError:
            continue
        return [*words, ""] if closed == line and _SPACE.search(line) else words
    return []


def _configured(program: Grammar, named: str | None) -> str:
    """Return the mailbox directory that the configuration file names, or ""."""
    named = named or os.environ.get("MAILCATCH_CONFIG")
    flags = (flag for one in program.commands.values() for flag in one.flags)
    try:
        path = Path(named) if named else find(Path.cwd())
        known = {flag.lstrip("-") for flag in flags}
        found = load(path, known).get("dir") if path is not None else None
    except (ConfigurationError, OSError):
        return ""
    return found if isinstance(found, str) else ""
