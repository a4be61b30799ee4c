"""A search that runs: names come newest first, from the index or as files are looked into."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Final

from mailcatch.mail.errors import MailError, TookTooLongError
from mailcatch.mailbox.layout import Layout, is_file_name
from mailcatch.mailbox.search.compiler import SLOW, Condition, Found, compile_node, compile_term
from mailcatch.mailbox.search.content import Candidate, look_into
from mailcatch.mailbox.search.operators import VERIFIED
from mailcatch.mailbox.search.query import All, Any, Node, Not, Query, Term, terms
from mailcatch.mailbox.verdicts import UnverifiedError, Verdicts

if TYPE_CHECKING:
    from mailcatch.mail.worker import Worker
    from mailcatch.verifying.results import Verdict

NO_RECORDS: Final = (
    "dkim:, spf:, dmarc: and arc: look up keys and records: give them by --zone FILE, or ask the"
    " DNS by --dns (ls, show, wait, view)"
)
_BATCH: Final = 64
_TIME: Final = 10.0
_FROM: Final = {
    Found.MESSAGES: ("messages m", "m.name", "m.arrived DESC, m.id DESC"),
    Found.SESSIONS: ("sessions s", "s.name", "s.began DESC, s.id DESC"),
}
_FILES: Final = (
    "SELECT coalesce(group_concat(t.file, '/'), '') FROM tries t"
    " WHERE t.session = s.id AND t.file <> ''"
)


Rows = list[tuple[str, ...]]


class Search:
    """What fits a query. May be gone through more than once, and is run anew each time.

    skipped: names of messages in which a regular expression did not come to an end in time.
    """

    def __init__(
        self,
        query: Query,
        found: Found,
        now: datetime,
        ask: Callable[[Callable[[sqlite3.Connection], Rows]], Rows],
        layout: Layout,
        verdicts: Verdicts | None = None,
    ) -> None:
        self.skipped: list[str] = []
        self._query = query
        self._found = found
        self._now = now
        self._ask = ask
        self._layout = layout
        self._terms = tuple(dict.fromkeys(terms(query.node)))
        self._verdicts = verdicts
        if any(term.operator in VERIFIED for term in self._terms):
            if verdicts is None:
                raise UnverifiedError(NO_RECORDS)
            verdicts.check()
        self._stopped = Event()
        self._asking = Lock()
        self._asked: sqlite3.Connection | None = None

    @property
    def looks_into_files(self) -> bool:
        """Whether this takes longer than a question to the index: names come as they are found."""
        return any(term.operator in SLOW for term in self._terms)

    def stop(self) -> None:
        """End a search that goes on, from any thread: no more names come."""
        self._stopped.set()
        with self._asking:
            if self._asked is not None:
                self._asked.interrupt()

    def __iter__(self) -> Iterator[str]:
        if self.looks_into_files:
            return self._looking()
        return iter(self.first(-1))

    def first(self, most: int) -> list[str]:
        """Return the newest names, `most` of them at most; all where it is negative."""
        if self.looks_into_files:
            found: list[str] = []
            names = self._looking()
            while len(found) != most and (name := next(names, None)) is not None:
                found.append(name)
            return found
        condition = compile_node(self._query.node, self._found, self._now)
        table, name, order = _FROM[self._found]
        if most > 0 and self._found is Found.MESSAGES:
            # From the newest on until there are enough, and not all that fit, to be sorted.
            table += " INDEXED BY messages_arrived"
        sql = f"SELECT {name} FROM {table} WHERE {condition.sql} ORDER BY {order} LIMIT ?"
        return [row[0] for row in self._rows(sql, (*condition.values, most))]

    def count(self) -> int:
        """Return how many fit."""
        if self.looks_into_files:
            return sum(1 for _ in self._looking())
        condition = compile_node(self._query.node, self._found, self._now)
        sql = f"SELECT count(*) FROM {_FROM[self._found][0]} WHERE {condition.sql}"
        [[number]] = self._ask(lambda index: index.execute(sql, condition.values).fetchall())
        return int(number)

    def _rows(self, sql: str, values: tuple[object, ...]) -> Rows:
        """Ask the index; a search that was stopped, before or meanwhile, finds nothing."""

        def rows(connection: sqlite3.Connection) -> Rows:
            with self._asking:
                if self._stopped.is_set():
                    return []
                self._asked = connection
            try:
                return connection.execute(sql, values).fetchall()
            except sqlite3.OperationalError:
                if self._stopped.is_set():
                    return []
                raise
            finally:
                with self._asking:
                    self._asked = None

        return self._ask(rows)

    def _looking(self) -> Iterator[str]:
        """Look into the files of all that may fit."""
        fast = [term for term in self._terms if term.operator not in SLOW]
        slow = [term for term in self._terms if term.operator in SLOW]
        rows = self._candidates(fast)
        with _Looker(slow, self._verdicts) as looker:
            for start in range(0, len(rows), _BATCH):
                if self._stopped.is_set():
                    return
                batch = rows[start : start + _BATCH]
                candidates = [self._candidate(row[0], row[1]) for row in batch]
                for row, fits in zip(batch, looker.look(candidates), strict=True):
                    if self._stopped.is_set():
                        return
                    if fits is None:
                        self.skipped.append(row[0])
                        continue
                    truth = dict(zip((*fast, *slow), (*row[2:], *fits), strict=True))
                    if _holds(self._query.node, truth):
                        yield row[0]

    def _candidates(self, fast: list[Term]) -> list[tuple[str, ...]]:
        """Return the name of each, the files of messages, and which of the fast terms hold."""
        condition = compile_node(self._query.node, self._found, self._now)
        columns = [compile_term(term, self._found, self._now) for term in fast]
        table, name, order = _FROM[self._found]
        selected = Condition(
            "".join(f", ({column.sql})" for column in columns),
            tuple(value for column in columns for value in column.values),
        )
        files = "m.name" if self._found is Found.MESSAGES else f"({_FILES})"
        return self._rows(
            f"SELECT {name}, {files}{selected.sql} FROM {table}"
            f" WHERE {condition.sql} ORDER BY {order}",
            (*selected.values, *condition.values),
        )

    def _candidate(self, name: str, files: str) -> Candidate:
        if self._found is Found.MESSAGES:
            return Candidate(self._paths([name]))
        # A session file from elsewhere may tell of any file; separators part its names here.
        return Candidate(self._paths(files.split("/")), str(self._layout.session(name)))

    def _paths(self, names: list[str]) -> tuple[str, ...]:
        return tuple(str(self._layout.message(name)) for name in names if is_file_name(name))


class _Looker:
    """Looks into candidates, in a reading process where there are regular expressions."""

    def __init__(self, terms: list[Term], verdicts: Verdicts | None) -> None:
        self._asked = terms
        self._verdicts = verdicts
        self._terms = [term for term in terms if term.operator not in VERIFIED]
        self._worker: Worker | None = None
        if any(term.operator == "/" for term in terms):
            from mailcatch.mail.worker import Worker

            self._worker = Worker(_TIME)

    def __enter__(self) -> _Looker:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker is not None:
            self._worker.close()

    def look(self, candidates: list[Candidate]) -> list[list[bool] | None]:
        """Return which terms each candidate fits, None for one that took too long."""
        looked = self._look(candidates) if self._terms else [[] for _ in candidates]
        if len(self._terms) == len(self._asked) or self._verdicts is None:
            return looked
        names = [[Path(one).name for one in candidate.messages] for candidate in candidates]
        verdicts = self._verdicts.of([name for inside in names for name in inside])
        return [
            None if fits is None else self._whole(fits, [verdicts.get(name) for name in inside])
            for fits, inside in zip(looked, names, strict=True)
        ]

    def _whole(self, fits: list[bool], verdicts: list[Verdict | None]) -> list[bool]:
        """Return for all terms, in their order, whether a candidate fits."""
        rest = iter(fits)
        return [
            any(one is not None and _judged(one, term) for one in verdicts)
            if term.operator in VERIFIED
            else next(rest)
            for term in self._asked
        ]

    def _look(self, candidates: list[Candidate]) -> list[list[bool] | None]:
        if self._worker is None:
            return [*look_into(candidates, self._terms)]
        try:
            return [*self._worker.call(look_into, candidates, self._terms)]
        except TookTooLongError:
            if len(candidates) == 1:
                return [None]
        except MailError:
            if len(candidates) == 1:
                return [None]
        half = len(candidates) // 2
        return self._look(candidates[:half]) + self._look(candidates[half:])


def _judged(verdict: Verdict, term: Term) -> bool:
    """Return whether a verdict is as a term wants it."""
    findings = [one for one in verdict.findings if one.method == term.operator]
    match term.value:
        case "pass":
            return any(one.result == "pass" for one in findings)
        case "fail":
            return any(one.failed for one in findings)
        case "weak":
            return any(one.weak for one in findings)
        case _:
            return any(one.result == term.value for one in findings)


def _holds(node: Node, truth: dict[Term, object]) -> bool:
    match node:
        case Term():
            return bool(truth[node])
        case Not(inner):
            return not _holds(inner, truth)
        case All(nodes):
            return all(_holds(one, truth) for one in nodes)
        case Any(nodes):
            return any(_holds(one, truth) for one in nodes)
