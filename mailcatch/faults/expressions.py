"""Regular expressions that end: one that goes back and back is given up after a while.

Expressions are those of Python's `re`. Most of them are run by the library `regex`, which can be
told when to stop; `re` cannot, and would keep every session of the server waiting. It is three
times as quick, so it has the ones that never take long.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Final

LONGEST_SECONDS: Final = 0.1
"""Processor time that an expression has to look at one text."""
_SHOWN: Final = 60
# What makes a choice that may have to be taken back. With one of them, and not on a group, an
# expression takes the square of the length of a text at most; with two, it may take for ever.
_CHOICES: Final = re.compile(r"[*+?{|]")
_ON_GROUP: Final = re.compile(r"\)[*+?{]")


class EndlessError(Exception):
    """An expression took too long on a text."""


def check(expression: str) -> None:
    """Raise ValueError, which says why, where an expression is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(expression)
            search(expression)
    except re.error as error:
        where = "" if error.pos is None else f" at character {error.pos + 1}"
        raise ValueError(f"{error.msg}{where}") from None
    except (OverflowError, RecursionError, MemoryError):
        raise ValueError("it is too large") from None


def search(expression: str, *, folded: bool = False) -> Callable[[str], object]:
    """Return a function that looks for an expression in a text, which raises EndlessError.

    folded: whether capitals and small letters are the same. Raises ValueError for an expression
    that is none.
    """
    if len(_CHOICES.findall(expression)) <= 1 and not _ON_GROUP.search(expression):
        return re.compile(expression, re.IGNORECASE if folded else 0).search
    # Loaded where there is an expression at all: it takes longer than all else here.
    import regex

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = regex.compile(expression, regex.IGNORECASE if folded else 0)
    except regex.error as error:
        raise ValueError(str(error)) from None

    def found(text: str) -> object:
        try:
            return compiled.search(text, timeout=LONGEST_SECONDS)
        except TimeoutError:
            shown = expression if len(expression) <= _SHOWN else f"{expression[:_SHOWN]}…"
            raise EndlessError(
                f"the expression {shown!r} took longer than {LONGEST_SECONDS:g} s on"
                f" {len(text)} characters"
            ) from None

    return found
