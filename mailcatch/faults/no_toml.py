"""What is wrong with a text that is no TOML, and what was probably meant."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Final

from mailcatch.faults.errors import Problem

_PLACE: Final = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column \d+\)", re.DOTALL)
_TWICE: Final = re.compile(r"(?P<before>.*)\((?P<names>'[^()]*'),?\)(?P<after>.*)", re.DOTALL)
_PAIR: Final = re.compile(r"\s*(?P<key>[A-Za-z0-9_.\"'-]+)\s*=\s*(?P<value>[^#]*?)\s*(?:#.*)?")
_HEADER: Final = re.compile(r"\s*\[")
_CURLY: Final = re.compile("[“”„‟‘’‚‛«»]")  # noqa: RUF001 - these are what is looked for
_COLON: Final = re.compile(r"\s*(?P<key>[A-Za-z0-9_.-]+)\s*:")
_SECOND_PAIR: Final = re.compile(r"\S+\s+[A-Za-z_][A-Za-z0-9_.-]*\s*=")
_COMMA: Final = re.compile(r"(\d+),(\d+)")
_WORDS: Final = re.compile(r"[^\"'\[\]{}=\\]+")
_MOST: Final = 60


def problem_of(error: tomllib.TOMLDecodeError, text: str, name: str) -> Problem:
    """Return a problem with its line, and a hint where it is a common mistake.

    text: that the error is of. name: of the file.
    """
    what, number = str(error), text.rstrip().count("\n") + 1
    found = _PLACE.fullmatch(what)
    if found is not None:
        what, number = found["what"], int(found["line"])
    twice = _TWICE.fullmatch(what)
    if twice is not None:
        names = ".".join(re.findall(r"'([^']*)'", twice["names"]))
        what = f"{twice['before']}[{names}]{twice['after']}"
    lines = text.split("\n")
    hint = next(_hints(what, lines, number), "")
    return Problem(
        name=name, line=number, what=_printable(f"this is no TOML: {what}"), hint=_printable(hint)
    )


def _hints(what: str, lines: list[str], number: int) -> Iterator[str]:
    line = lines[number - 1].rstrip("\r") if number <= len(lines) else ""
    if _CURLY.search(line):
        yield 'write straight quotation marks: "'
    if "twice" in what or "overwrite" in what:
        yield from _standing_already(lines, number)
    if "Unescaped" in what:
        yield "write '…' where \\ is itself, or raw = { hex = \"ff\" }"
    pair = _PAIR.fullmatch(line)
    if pair is not None and pair["value"]:
        yield from _of_value(pair["key"], pair["value"])
    colon = _COLON.match(line)
    if colon is not None:
        yield f"write {colon['key']} = …"


def _standing_already(lines: list[str], number: int) -> Iterator[str]:
    """Say where a key of the same table, or the same header, stands before a line."""
    last = lines[number - 1]
    pair = _PAIR.fullmatch(last.rstrip("\r"))
    for before in range(number - 1, 0, -1):
        line = lines[before - 1].rstrip("\r")
        if pair is None:
            if line.partition("]")[0].split() == last.partition("]")[0].split():
                yield f"it begins on line {before} already"
        elif _HEADER.match(line):
            return
        else:
            earlier = _PAIR.fullmatch(line)
            if earlier is not None and earlier["key"] == pair["key"]:
                yield f"{pair['key']} stands on line {before} already"


def _of_value(key: str, value: str) -> Iterator[str]:
    comma = _COMMA.fullmatch(value)
    if comma is not None:
        yield f"a number has a point: {comma[1]}.{comma[2]}"
    if _SECOND_PAIR.match(value):
        yield "each key stands on a line of its own"
    if value[0] in "\"'" and value.count(value[0]) % 2:
        yield "the quotation mark that ends the text is missing"
    if _WORDS.fullmatch(value) and not value.isdigit():
        shown = value if len(value) <= _MOST else f"{value[:_MOST]}…"
        yield f'text stands in quotation marks: {key} = "{shown}"'


def _printable(text: str) -> str:
    # A key or a value of the file can be part of it.
    return "".join(c if c.isprintable() else "?" for c in text)
