"""New rules are looked at before they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch.faults import RuleError
from mailcatch.rulefile.checking import must_load

RIGHT = '[[faults.rule]]\nid = "a"\nat = "rcpt"\nreply = 451\n'
WRONG = RIGHT.replace("451", '"x"')


def test_rules_with_mistakes_are_not_written(tmp_path: Path) -> None:
    check = must_load(tmp_path / "faults.toml")
    check(RIGHT)
    with pytest.raises(RuleError, match=r"faults\.toml:4: rule a"):
        check(WRONG)


def test_what_makes_a_file_no_worse_may_be_written(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(WRONG)
    check = must_load(path, forgiving=True)
    check(WRONG)
    with pytest.raises(RuleError):
        check(WRONG + '\n[[faults.rule]]\nid = "b"\nat = "nowhere"\nreply = 451\n')
    with pytest.raises(RuleError):
        must_load(path)(WRONG)
