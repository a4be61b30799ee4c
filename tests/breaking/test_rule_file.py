"""A rule file while somebody writes it: what is not all there yet is not taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch.breaking.rule_file import RuleFile

ONE = '[[faults.rule]]\nid = "one"\nat = "rcpt"\nreply = 451\n'
TWO = '[[faults.rule]]\nid = "two"\nat = "eom"\nreply = 452\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "faults.toml"
    path.write_text(ONE + TWO)
    return path


@pytest.fixture
def file(path: Path) -> RuleFile:
    file = RuleFile(path)
    assert file.look()
    return file


def ids(file: RuleFile) -> list[str]:
    return [rule.id for rule in file.rules.rules]


@pytest.mark.parametrize("half", ["", ONE, ONE + TWO[:30]])
def test_half_a_file_is_waited_for(path: Path, file: RuleFile, half: str) -> None:
    path.write_text(half)
    assert not file.look()
    assert (ids(file), file.error) == (["one", "two"], None)
    path.write_text(ONE + TWO + "times = 2\n")
    assert file.look()
    assert ids(file) == ["one", "two"]


def test_a_file_that_is_away_for_a_moment_is_waited_for(path: Path, file: RuleFile) -> None:
    path.unlink()
    assert not file.look()
    path.write_text(TWO + ONE)
    assert file.look()
    assert ids(file) == ["two", "one"]


@pytest.mark.parametrize(("text", "left"), [("", []), (ONE, ["one"])])
def test_what_is_still_so_at_the_next_look_is_meant(
    path: Path, file: RuleFile, text: str, left: list[str]
) -> None:
    path.write_text(text)
    assert [file.look(), file.look(), file.look()] == [False, True, False]
    assert ids(file) == left


def test_a_mistake_is_told_at_the_next_look(path: Path, file: RuleFile) -> None:
    path.write_text(ONE + TWO + "tims = 2\n")
    assert [file.look(), file.look(), file.look()] == [False, True, False]
    assert "tims" in str(file.error)
    assert ids(file) == ["one", "two"]
    path.unlink()
    assert [file.look(), file.look(), file.look()] == [False, True, False]
    assert (ids(file), file.error) == ([], None)


def test_what_is_added_or_changed_is_taken_at_once(path: Path, file: RuleFile) -> None:
    path.write_text(ONE + TWO.replace("452", "554") + TWO.replace("two", "three"))
    assert file.look()
    assert ids(file) == ["one", "two", "three"]
