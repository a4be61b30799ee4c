"""What can be wrong with rules."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, or odd, in a rule file.

    name: the file, or what stands for it. line: counted from 1, or 0 where there is none. rule: the
    id of the rule, or "". what: a sentence. hint: what was probably meant, or "".
    """

    name: str
    what: str
    line: int = 0
    rule: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.name}:{self.line}" if self.line else self.name
        rule = f"rule {self.rule}: " if self.rule else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {rule}{self.what}{hint}"


class RuleError(ValueError):
    """Rules that cannot be used.

    problems: all that is wrong, in the order of the file; never empty. The message is one line a
    problem, and holds no control character.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
