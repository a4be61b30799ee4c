"""What was measured, and the figures that follow from it. Pure: values in, values out."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scripts.bench.loads import Load
from scripts.bench.servers import AIOSMTPD, OURS, RULES, SINK_FILES


@dataclass(frozen=True)
class Run:
    """One load sent to one server.

    seconds: wall time of the load.
    cpu: processor time of the server meanwhile, in seconds.
    peak: the most memory that the server had resident, in bytes.
    """

    load: str
    server: str
    round: int
    messages: int
    size: int
    seconds: float
    cpu: float
    peak: int

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def throughput(self) -> float:
        """Bytes a second."""
        return self.rate * self.size


@dataclass(frozen=True)
class Failure:
    """A run that could not be measured, and why."""

    load: str
    server: str
    round: int
    reason: str


@dataclass(frozen=True)
class Summary:
    """The rounds of one load on one server: medians, and the extremes of the rate."""

    load: str
    server: str
    rounds: int
    rate: float
    slowest: float
    fastest: float
    throughput: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Verdict:
    """One figure of ours, with the bar that it has to hold where there is one.

    against: the server that it is a multiple of, which is ours itself for what rules cost; None
        for memory, which is in bytes.
    """

    load: str
    against: str | None
    value: float
    least: float
    most: float
    bar: float | None

    @property
    def held(self) -> bool | None:
        """Whether the bar is held; None where there is none."""
        if self.bar is None:
            return None
        return self.value < self.bar if self.against is None else self.value >= self.bar


def summaries(runs: Sequence[Run]) -> list[Summary]:
    """Return one summary for each load and server, in the order in which they were first met."""
    keys = dict.fromkeys((run.load, run.server) for run in runs)
    return [_summary(_select(runs, load, server)) for load, server in sorted_by_load(keys)]


def sorted_by_load(keys: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Bring what belongs to one load together, else keep the order."""
    kept = list(keys)
    order = list(dict.fromkeys(load for load, _ in kept))
    return sorted(kept, key=lambda key: order.index(key[0]))


def verdicts(runs: Sequence[Run], loads: Sequence[Load]) -> list[Verdict]:
    """Return our ratios, each the median of the rounds' own ratios, and our memory."""
    found = []
    for load in loads:
        ours = {run.round: run for run in _select(runs, load.name, OURS)}
        bars = dict(load.ratios)
        for other in (SINK_FILES, AIOSMTPD):
            pairs = [
                ours[run.round].rate / run.rate
                for run in _select(runs, load.name, other)
                if run.round in ours
            ]
            if pairs:
                median = statistics.median(pairs)
                bar = bars.get(other)
                found.append(Verdict(load.name, other, median, min(pairs), max(pairs), bar))
        with_rules = [
            run.rate / ours[run.round].rate
            for run in _select(runs, load.name, RULES)
            if run.round in ours
        ]
        if with_rules:
            median, bar = statistics.median(with_rules), bars.get(RULES)
            found.append(Verdict(load.name, OURS, median, min(with_rules), max(with_rules), bar))
        if load.memory is not None and ours:
            # The bar is about the worst case, so the greatest of all rounds counts.
            peaks = [run.peak for run in ours.values()]
            found.append(Verdict(load.name, None, max(peaks), min(peaks), max(peaks), load.memory))
    return found


def _select(runs: Iterable[Run], load: str, server: str) -> list[Run]:
    return [run for run in runs if (run.load, run.server) == (load, server)]


def _summary(runs: Sequence[Run]) -> Summary:
    rates = [run.rate for run in runs]
    return Summary(
        load=runs[0].load,
        server=runs[0].server,
        rounds=len(runs),
        rate=statistics.median(rates),
        slowest=min(rates),
        fastest=max(rates),
        throughput=statistics.median(run.throughput for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        peak=max(run.peak for run in runs),
    )
