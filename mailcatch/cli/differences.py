"""The differences of two messages, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mailcatch.cli.choosing import short
from mailcatch.cli.terminal import Paint, choose_paint, json_line, say
from mailcatch.mail.comparison import Comparison, Hunk, Sign, compare
from mailcatch.mail.message import Message


def take_comparison(before: bytes, after: bytes, ignore: tuple[str, ...]) -> Comparison:
    """Compare two messages: for a reading process."""
    return compare(Message.parse(before), Message.parse(after), ignore)


def say_hunks(hunks: Iterable[Hunk], names: Sequence[str], *, json: bool) -> None:
    """Print the differences of two sources. names: of the messages."""
    found = list(hunks)
    if json:
        json_line(_about(names, same=not found) | {"source": _objects(found)})
        return
    paint = choose_paint()
    if found:
        _say_title("Source", names, paint)
    else:
        say("not an octet differs")
    _say_hunks(found, paint)


def say_comparison(found: Comparison, names: Sequence[str], *, json: bool) -> None:
    """Print what differs in headers, text and structure. names: of the messages."""
    if json:
        json_line(
            _about(names, same=found.same)
            | {
                "same_fingerprint": found.same_fingerprint,
                "headers": found.headers,
                "text": _objects(found.text),
                "parts": found.parts,
            }
        )
        return
    paint = choose_paint()
    if found.headers:
        _say_title("Headers", names, paint)
    for header in found.headers:
        for value in header.before:
            say(_painted("-", f"{header.name}: {value}", paint))
        for value in header.after:
            say(_painted("+", f"{header.name}: {value}", paint))
    if found.text:
        _say_title("Text", names, paint)
        _say_hunks(found.text, paint)
    if found.parts:
        _say_title("Parts", names, paint)
    for part in found.parts:
        if part.before and part.before == part.after:
            say(f"  {part.path}  {part.before}  {paint.yellow('another content')}")
            continue
        if part.before:
            say(_painted("-", f"{part.path}  {part.before}", paint))
        if part.after:
            say(_painted("+", f"{part.path}  {part.after}", paint))
    if found.same:
        say("headers, text and parts are the same")
    elif found.same_fingerprint:
        say(paint.dim("Two sendings of the same mail: their fingerprints are equal."))


def _about(names: Sequence[str], *, same: bool) -> dict[str, object]:
    return {"first": names[0], "second": names[1], "same": same}


def _objects(hunks: Iterable[Hunk]) -> list[dict[str, object]]:
    return [
        {
            "first": hunk.first,
            "second": hunk.second,
            "lines": [f"{line.sign}{line.text}" for line in hunk.lines],
        }
        for hunk in hunks
    ]


def _say_title(title: str, names: Sequence[str], paint: Paint) -> None:
    ends = f"{paint.red(f'- {short(names[0])}')}  {paint.green(f'+ {short(names[1])}')}"
    say(f"{paint.bold(title)}  {ends}")


def _say_hunks(hunks: Iterable[Hunk], paint: Paint) -> None:
    for hunk in hunks:
        say(paint.cyan(f"@@ line {hunk.first}, line {hunk.second} @@"))
        for line in hunk.lines:
            say(_painted(line.sign, line.text, paint))


def _painted(sign: Sign, text: str, paint: Paint) -> str:
    match sign:
        case "-":
            return paint.red(f"- {text}")
        case "+":
            return paint.green(f"+ {text}")
        case " ":
            return f"  {text}"
