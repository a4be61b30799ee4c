"""Whether the rules of a text can be used: looked at before a rule file is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mailcatch.rulefile.file import read


def must_load(path: Path, *, forgiving: bool = False) -> Callable[[str], None]:
    """Return what `edit` checks the new text of a rule file with: it raises RuleError.

    forgiving: whether mistakes may be in it, where the file had as many before.
    """

    def check(text: str) -> None:
        from mailcatch.faults import RuleError, load
        from mailcatch.faults.presets import TABLES

        try:
            load(text, name=str(path), presets=TABLES)
        except RuleError as error:
            if not forgiving or len(error.problems) > _mistakes(path):
                raise

    return check


def _mistakes(path: Path) -> int:
    from mailcatch.faults import RuleError, load
    from mailcatch.faults.presets import TABLES

    try:
        load((read(path) or b"").decode(), name=str(path), presets=TABLES)
    except RuleError as error:
        return len(error.problems)
    return 0
