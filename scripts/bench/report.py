"""The figures as a plain table, as Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from scripts.bench.loads import Load
from scripts.bench.results import Failure, Run, Verdict, summaries, verdicts
from scripts.bench.servers import KINDS, OURS

Row = Sequence[str]

_FIGURES: Final = ("load", "server", "messages/s", "min-max", "MB/s", "CPU s", "peak MB")
_BARS: Final = ("load", "mailcatch", "median", "min-max", "to hold", "held")
_LEFT: Final = frozenset(("load", "server", "mailcatch"))


@dataclass(frozen=True)
class Outcome:
    """All that one benchmark found."""

    facts: dict[str, str]
    loads: Sequence[Load]
    runs: Sequence[Run]
    failures: Sequence[Failure]


def as_json(outcome: Outcome) -> str:
    """Return every run, the summaries and the verdicts; sizes in bytes, times in seconds."""
    found = verdicts(outcome.runs, outcome.loads)
    return json.dumps(
        {
            "environment": outcome.facts,
            "loads": {load.name: _command(load) for load in outcome.loads},
            "runs": [asdict(run) for run in outcome.runs],
            "summaries": [asdict(summary) for summary in summaries(outcome.runs)],
            "verdicts": [asdict(verdict) | {"held": verdict.held} for verdict in found],
            "failures": [asdict(failure) for failure in outcome.failures],
        },
        indent=2,
    )


def as_text(outcome: Outcome, *, markdown: bool) -> str:
    """Return the figures and the bars as two tables."""
    titles = {load.name: load.title for load in outcome.loads}
    table = _markdown if markdown else _plain
    figures = [
        (
            titles[entry.load],
            KINDS[entry.server].title,
            _number(entry.rate),
            f"{_number(entry.slowest)}-{_number(entry.fastest)}",
            _number(entry.throughput / 1e6),
            f"{entry.cpu:.2f}",
            _number(entry.peak / 1e6),
        )
        for entry in summaries(outcome.runs)
    ]
    bars = [
        (titles[verdict.load], *_bar(verdict)) for verdict in verdicts(outcome.runs, outcome.loads)
    ]
    mark = "- " if markdown else "  "
    parts = [", ".join(f"{name} {value}" for name, value in outcome.facts.items())]
    parts.append(
        "\n".join(
            f"{mark}{load.title}: "
            + (f"`{_command(load)}`" if markdown else _command(load))
            + f", {_rounds(outcome.runs, load)}"
            for load in outcome.loads
        )
    )
    if figures:
        parts.append(table(_FIGURES, figures))
    if bars:
        parts.append(table(_BARS, bars))
    if outcome.failures:
        parts.append("\n".join(_failure(failure) for failure in outcome.failures))
    return "\n\n".join(parts)


def _command(load: Load) -> str:
    times = f"{load.senders} x " if load.senders > 1 else ""
    return times + " ".join(("smtp-source", *load.options()))


def _rounds(runs: Sequence[Run], load: Load) -> str:
    rounds = len({run.round for run in runs if run.load == load.name})
    return f"{rounds} round{'s' if rounds != 1 else ''}"


def _bar(verdict: Verdict) -> tuple[str, str, str, str, str]:
    held = {None: "", True: "yes", False: "NO"}[verdict.held]
    if verdict.against is None:
        return (
            "peak resident memory, MB",
            _number(verdict.value / 1e6),
            f"{_number(verdict.least / 1e6)}-{_number(verdict.most / 1e6)}",
            f"< {_number((verdict.bar or 0) / 1e6)}",
            held,
        )
    rules = " with 100 rules" if verdict.against == OURS else ""
    return (
        f"rate{rules} / {KINDS[verdict.against].title}",
        f"{verdict.value:.2f}",
        f"{verdict.least:.2f}-{verdict.most:.2f}",
        "" if verdict.bar is None else f">= {verdict.bar:g}",
        held,
    )


def _failure(failure: Failure) -> str:
    server = KINDS[failure.server].title
    return f"failed: {failure.load}, {server}, round {failure.round}: {failure.reason}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _plain(head: Row, rows: Sequence[Row]) -> str:
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]
    lines = []
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [
            cell.ljust(width) if name in _LEFT else cell.rjust(width)
            for name, cell, width in zip(head, row, widths, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _markdown(head: Row, rows: Sequence[Row]) -> str:
    rule = ["---" if name in _LEFT else "---:" for name in head]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
