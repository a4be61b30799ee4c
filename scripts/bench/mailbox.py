"""Read a mailbox of many messages: index build, opening, searching, size and memory."""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, get_args

from mailcatch.mailbox.reader import Reader
from scripts.bench.processes import BenchError
from scripts.corpus import WORDS, Corpus, Kinds

HELP: Final = "building the index from nothing, opening, searching"
_PAGE: Final = 100
_ASKED: Final = 300


@dataclass(frozen=True)
class Figures:
    """What was measured; sizes in bytes, times in seconds, processor time for each message."""

    kinds: str
    messages: int
    mail: int
    sessions: int
    index: int
    build: float
    rate: float
    cpu: float
    peak: int
    open_cold: float
    idle: float
    word_median: float
    word_p95: float
    prefix_median: float
    prefix_p95: float
    count_p95: float
    regex_first: float
    regex_all: float


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--messages", type=int, default=100_000, help="messages (default: 100000)")
    parser.add_argument("--kinds", choices=get_args(Kinds), default="mixed", help="of mail")
    parser.add_argument("--rounds", type=int, default=1, help="builds; the quickest counts")
    parser.add_argument("--dir", type=Path, help="a corpus that is there already")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print. Raises BenchError. A missed bar is not a failure."""
    if options.dir is not None and not (options.dir / "messages").is_dir():
        raise BenchError(f"there is no corpus in {options.dir}: see scripts.corpus")
    with _corpus(options) as root:
        figures = measure(root, options.kinds, options.rounds)
    print(json.dumps(asdict(figures), indent=2) if options.json else _table(figures))
    return 0


def measure(root: Path, kinds: str, rounds: int) -> Figures:
    """Measure on a corpus."""
    build = cpu = float("inf")
    for _ in range(rounds):
        for path in root.glob(".index*"):
            path.unlink()
        used = _processor()
        began = time.perf_counter()
        with Reader(root) as reader:
            reader.refresh()
        build = min(build, time.perf_counter() - began)
        cpu = min(cpu, _processor() - used)
    index = sum(path.stat().st_size for path in root.glob(".index*"))
    began = time.perf_counter()
    with Reader(root) as reader:
        reader.messages(reader.search().first(_PAGE))
        opened = time.perf_counter() - began
        idle = _timed(reader.refresh)
        messages = reader.search().count()
        words, prefixes = _questions()
        word = sorted(_timed(lambda: reader.search(one).first(_PAGE)) for one in words)  # noqa: B023
        prefix = sorted(_timed(lambda: reader.search(one).first(_PAGE)) for one in prefixes)  # noqa: B023
        count = sorted(_timed(reader.search(one).count) for one in words + prefixes)
        began = time.perf_counter()
        names = iter(reader.search("/verification code is 12/"))
        next(names, None)
        first = time.perf_counter() - began
        sum(1 for _ in names)
        everything = time.perf_counter() - began
    return Figures(
        kinds=kinds,
        messages=messages,
        mail=_size(root / "messages"),
        sessions=_size(root / "sessions"),
        index=index,
        build=build,
        rate=messages / build,
        cpu=cpu / max(messages, 1),
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        open_cold=opened,
        idle=idle,
        word_median=word[len(word) // 2],
        word_p95=word[len(word) * 95 // 100],
        prefix_median=prefix[len(prefix) // 2],
        prefix_p95=prefix[len(prefix) * 95 // 100],
        count_p95=count[len(count) * 95 // 100],
        regex_first=first,
        regex_all=everything,
    )


@contextmanager
def _corpus(options: argparse.Namespace) -> Iterator[Path]:
    if options.dir is not None:
        yield options.dir
        return
    scratch = Path(tempfile.mkdtemp(prefix="mailcatch-bench-"))
    try:
        for _ in Corpus(scratch, kinds=options.kinds).write(options.messages):
            pass
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _questions() -> tuple[list[str], list[str]]:
    """Return words, and beginnings of words of two to four letters."""
    chance = random.Random(1)
    words = [f'"{chance.choice(WORDS)}"' for _ in range(_ASKED)]
    return words, [chance.choice(WORDS)[: chance.randint(2, 4)] for _ in range(_ASKED)]


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _processor() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.iterdir())


def _table(figures: Figures) -> str:
    rows: Sequence[tuple[str, str]] = (
        ("messages", f"{figures.messages:,} ({figures.kinds})"),
        ("size of messages, of sessions", f"{_mb(figures.mail)}, {_mb(figures.sessions)}"),
        ("size of the index", f"{_mb(figures.index)} (to hold: no more than the messages)"),
        ("index from nothing", f"{figures.build:.1f} s, {figures.rate:,.0f} messages/s"),
        ("processor time for a message", f"{figures.cpu * 1e6:.0f} us"),
        ("peak memory of the reader", f"{_mb(figures.peak)}"),
        (f"opening, and the first {_PAGE} lines", _ms(figures.open_cold)),
        ("looking for changes, none there", _ms(figures.idle)),
        (f"word, first {_PAGE}: median, p95", _pair(figures.word_median, figures.word_p95)),
        (f"prefix, first {_PAGE}: median, p95", _pair(figures.prefix_median, figures.prefix_p95)),
        ("counting what fits a word or prefix: p95", _ms(figures.count_p95)),
        ("regular expression: first, all", _pair(figures.regex_first, figures.regex_all)),
    )
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _mb(octets: int) -> str:
    return f"{octets / 1e6:.1f} MB"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _pair(one: float, other: float) -> str:
    return f"{_ms(one)}, {_ms(other)}"
