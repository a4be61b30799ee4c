"""Gathering all that is wrong, so that one look at a file is enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from mailcatch.faults.errors import Problem
from mailcatch.faults.lines import Path
from mailcatch.faults.quantities import shown
from mailcatch.faults.values import Field, WrongValueError, nearest

T = TypeVar("T")


class Report:
    """Problems and warnings of one file.

    rule: the id of the rule that is being read, or "".
    """

    def __init__(self, name: str, line_of: Callable[[Path], int]) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.rule = ""
        self.line_of = line_of

    def wrong(self, path: Path, what: str, hint: str = "") -> None:
        """Note something that cannot be."""
        self.problems.append(self._problem(path, what, hint))

    def odd(self, path: Path, what: str, hint: str = "") -> None:
        """Note something that can be, and is probably not meant."""
        self.warnings.append(self._problem(path, what, hint))

    def _problem(self, path: Path, what: str, hint: str) -> Problem:
        line = self.line_of(path)
        return Problem(name=self.name, line=line, rule=self.rule, what=what, hint=hint)


class Table:
    """A table of the file while it is read. path: where it is."""

    def __init__(self, values: Mapping[str, object], path: Path, report: Report) -> None:
        self.values = values
        self.path = path
        self.report = report

    def take(self, field: Field[T]) -> T | None:
        """Return the value of a key; None where it is absent or wrong, which is then reported."""
        if field.name not in self.values:
            return None
        try:
            return field.kind.read(self.values[field.name])
        except WrongValueError as wrong:
            path = (*self.path, field.name, *wrong.at)
            self.report.wrong(path, f"{field.name}: {wrong.what}", wrong.hint)
            return None

    def has(self, field: Field[object]) -> bool:
        """Whether a key is there, right or wrong."""
        return field.name in self.values

    def wrong(self, key: str, what: str, hint: str = "") -> None:
        """Report something that is wrong at a key, or at the table where the key is ""."""
        self.report.wrong((*self.path, key) if key else self.path, what, hint)

    def check_names(
        self, known: Sequence[str], where: str, meant: Mapping[str, str] | None = None
    ) -> bool:
        """Report the keys that are not known. meant: what certain ones are called here.

        Returns whether all are known.
        """
        wrong = [name for name in self.values if name not in known]
        for name in wrong:
            hint = nearest(str(name), known, meant)
            self.wrong(name, f"{shown(name)} is no key of {where}", hint)
        return not wrong
