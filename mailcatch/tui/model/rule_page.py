"""The faults screen as text: the list of rules, and all about the one in focus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mailcatch.faults import Explanation, Problem, Supposed
from mailcatch.mail import cell_width, clip_cells, pad_cells, safe_text
from mailcatch.mailbox.reader import Serving
from mailcatch.mailbox.server_file import RuleState
from mailcatch.rulefile.document import RuleDocument
from mailcatch.rulefile.errors import RuleFileError
from mailcatch.rulefile.file import NAME
from mailcatch.tui.model.document import Document, Line, Role, Span, ToChoice, line
from mailcatch.tui.model.rule_words import (
    effect_of,
    match_of,
    reply_lines,
    schedule_of,
    sentence,
    stage_of,
)
from mailcatch.tui.model.rules import RuleRow, Rules
from mailcatch.tui.model.saying import clock, count

_SIGNS: Final[dict[str, tuple[str, Role]]] = {
    "armed": ("● armed", "bad"),
    "off": ("○ off", "dim"),
    "spent": ("✓ spent", "good"),
    "dry run": ("◌ dry run", "warn"),
    "waiting": ("… waits", "warn"),
    "mistake": ("✗ mistake", "bad"),
}
_NUMBERS: Final = (("seen", 6), ("matched", 9), ("fired", 7), ("left", 6))
_SIGN: Final = 11
_WIDE: Final = 90

Supposition = tuple[Supposed, Explanation]


def heading(width: int) -> tuple[Span, ...]:
    """Return the line above the rules."""
    name, what = _widths(width)
    numbers = "".join(f"{title:>{cells}}" for title, cells in _numbers_at(width))
    return (Span(f" {'':{_SIGN}}{'rule':<{name}}{'what it does':<{what}}{numbers}", "dim"),)


def summary(rules: Rules, on_key: str) -> tuple[Span, ...]:
    """Return the title: how many there are, and whether they are in force.

    on_key: turns them on.
    """
    armed = sum(row.standing == "armed" for row in rules.rows)
    spans = [Span(f" {count(len(rules.rows), 'fault')}", "strong")]
    if armed:
        spans.append(Span(f", {armed} armed", "bad"))
    if not rules.on:
        spans.append(Span(f" — all of them are off: {on_key} turns them on", "warn"))
    elif rules.problems:
        spans.append(Span(f" — {NAME} has mistakes, the last good rules stay", "bad"))
    elif rules.serving is Serving.NOBODY:
        spans.append(Span(" — nobody serves this mailbox: they wait for the next server", "warn"))
    elif not rules.taken:
        spans.append(Span(f" — the server has not taken {NAME} yet", "warn"))
    return tuple(spans)


def rule_lines(rules: Rules, width: int) -> Document:
    """Return the rules, a line each; each leads to its place among them."""
    lines: list[Line] = []
    foreign = False
    for at, row in enumerate(rules.rows):
        if row.table is None and not foreign:
            foreign = True
            lines.append(line(Span(" not of faults.toml: from the start of the server", "dim")))
        lines.append(_row(row, at, width))
    if not lines:
        lines = [line(Span(" Nothing is broken: mail is taken as it comes.", "dim"))]
    return Document(lines)


def rule_page(
    rules: Rules, row: RuleRow | None, now: datetime, again: Sequence[Supposition], mail: str
) -> Document:
    """Return all about a rule, below what is wrong with the file.

    again: what rules would do with a message if it came again. mail: what it is called.
    """
    lines = [*_mistakes(rules)]
    if row is None:
        return Document([*lines, *_teaching(rules)])
    lines.append(line(Span(safe_text(row.identity, 100), "title")))
    if row.table is None:
        about = "Given when the server was started, so it cannot be changed here."
        lines.append(line(Span(about)))
    else:
        lines.append(line(Span(sentence(row.table))))
        said = row.table.get("description")
        if isinstance(said, str):
            lines.append(line(Span(safe_text(said, 500), "dim")))
        lines += [line(Span("S: ", "bad"), Span(one), indent=3) for one in reply_lines(row.table)]
    lines += [line(Span("")), line(*_counted(row, now))]
    mine = [one for one in again if one[1].rule == row.identity]
    if mine:
        lines += [line(Span("")), line(Span(f"If {mail} came again:", "dim"))]
        lines += supposed_lines(mine)
    if row.table is not None:
        lines += _written(rules, row.identity)
    return Document(lines)


def supposed_lines(again: Iterable[Supposition], *, names: bool = False) -> list[Line]:
    """Return what rules would do with a message, a line each. names: of the rules too."""
    lines: list[Line] = []
    for moment, one in again:
        sign, role = _verdict(one)
        place = f"at {moment.stage}"
        if moment.recipient is not None:
            place += f" {safe_text(moment.recipient, 100)}"
        name = (Span(f"{safe_text(one.rule, 60)}  ", "name"),) if names else ()
        why = safe_text(one.why.removeprefix("would: "), 300)
        lines.append(
            line(Span(f"  {sign:<8}", role), *name, Span(place), Span(f"  {why}", "dim"), indent=10)
        )
    return lines


def _verdict(one: Explanation) -> tuple[str, Role]:
    if one.fires:
        return "fires", "bad"
    return ("fits", "warn") if one.matches else ("no", "dim")


def _widths(width: int) -> tuple[int, int]:
    room = max(width - _SIGN - sum(cells for _, cells in _numbers_at(width)) - 3, 10)
    name = min(max(room * 2 // 5, 8), 26)
    return name, room - name


def _numbers_at(width: int) -> tuple[tuple[str, int], ...]:
    """Return the columns of numbers that there is room for: how often it fired says most."""
    return _NUMBERS if width >= _WIDE else _NUMBERS[2:]


def _row(row: RuleRow, at: int, width: int) -> Line:
    name, what = _widths(width)
    sign, role = _SIGNS[row.standing]
    asleep: Role = "dim" if row.standing in ("off", "spent") else ""
    about = ""
    if row.table is not None:
        parts = (effect_of(row.table), schedule_of(row.table), match_of(row.table))
        about = f"{stage_of(row.table)}: {' · '.join(part for part in parts if part)}"
    shown = clip_cells(about, what - 1) if cell_width(about) >= what else about
    called = safe_text(row.identity, 100)
    called = clip_cells(called, name - 1) if cell_width(called) >= name else called
    return line(
        Span(f" {sign:<{_SIGN}}", role),
        Span(pad_cells(called, name), "dim" if asleep else "name"),
        Span(pad_cells(shown, what), asleep),
        *_numbers(row.counts, _numbers_at(width), asleep),
        target=ToChoice(at),
    )


def _numbers(
    counts: RuleState | None, columns: Iterable[tuple[str, int]], role: Role
) -> Iterable[Span]:
    for title, cells in columns:
        value = "-"
        if counts is not None:
            number = counts.remaining if title == "left" else getattr(counts, title)
            value = f"{number:,}" if number is not None else "∞"
        fired = title == "fired" and counts is not None and counts.fired
        yield Span(f"{value:>{cells}}", "mark" if fired else role)


def _counted(row: RuleRow, now: datetime) -> tuple[Span, ...]:
    counts = row.counts
    if counts is None:
        return (Span("No server has it yet.", "warn"),)
    if not counts.seen:
        return (Span("It was not asked yet.", "dim"),)
    spans = [
        Span(f"Asked {counts.seen:,}, fitted {counts.matched:,}, "),
        Span(f"fired {counts.fired:,}", "mark" if counts.fired else ""),
    ]
    if counts.remaining is not None:
        left = f"{counts.remaining:,} left" if counts.remaining else "spent: mail passes it now"
        spans.append(Span(f", {left}"))
    last = _moment(counts.last_fired)
    if last is not None:
        spans.append(Span(f". Last at {clock(last, now)}.", "dim"))
    return tuple(spans)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _mistakes(rules: Rules) -> Iterable[Line]:
    lines = rules.text.split("\n")
    problems: Sequence[Problem] = rules.problems or rules.warnings
    role: Role = "bad" if rules.problems else "warn"
    for problem in problems:
        place = f"{NAME} line {problem.line}" if problem.line else NAME
        rule = f", rule {problem.rule}" if problem.rule else ""
        hint = f" ({problem.hint})" if problem.hint else ""
        said = safe_text(f"{place}{rule}: {problem.what}{hint}", 500)
        yield line(Span(f"✗ {said}" if role == "bad" else f"! {said}", role), indent=2)
        for number in range(problem.line - 1, problem.line + 2):
            if problem.line and 1 <= number <= len(lines) and lines[number - 1].strip():
                here = number == problem.line
                text = safe_text(lines[number - 1].rstrip("\r"), 300)
                yield line(
                    Span(f"{'▸' if here else ' '}{number:>5} │ ", role if here else "dim"),
                    Span(text, role if here else "dim"),
                    indent=9,
                )
        yield line(Span(""))
    if rules.server_error and not rules.problems:
        yield line(Span(f"✗ The server: {safe_text(rules.server_error, 500)}", "bad"), indent=2)
        yield line(Span(""))


def _written(rules: Rules, identity: str) -> Iterable[Line]:
    try:
        text = RuleDocument(rules.text).written(identity)
    except RuleFileError:
        return
    first = rules.text[: rules.text.find(text)].count("\n") + 1
    yield line(Span(""))
    yield line(Span(f"{NAME}, line {first}:", "dim"))
    for one in text.rstrip().split("\n"):
        yield line(Span("  "), Span(safe_text(one.rstrip("\r"), 500), "quote"), indent=4)


def _teaching(rules: Rules) -> Iterable[Line]:
    if rules.problems:
        return
    yield line(Span("Break the next mail on purpose, and watch your program try again.", "title"))
    yield line(Span(""))
    for key, about in (
        ("a", "Add a fault in a few letters: rcpt-451-x2 refuses the first two tries with 451."),
        ("p", "Pick what a real server says: Gmail's full mailbox, Outlook's rate limit …"),
        ("n", "Fill in a form: where, what, for whom, how often."),
        ("e", f"Write {NAME} yourself, in $EDITOR."),
    ):
        yield line(Span(f"  {key}  ", "key"), Span(about), indent=5)
    yield line(Span(""))
    yield line(
        Span("Or go back to a message and press "), Span("R", "key"),
        Span(": the next mail to its recipient is refused, once."),
    )  # fmt: skip


__all__ = ["heading", "rule_lines", "rule_page", "summary", "supposed_lines"]
