"""`mailcatch` and `mailcatch view`, before there is a screen; tests/tui has what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mailbox.filling import Filling
from tests.serving import run


@pytest.mark.parametrize("command", [(), ("view",)])
def test_without_a_terminal_there_is_no_screen(filling: Filling, command: tuple[str, ...]) -> None:
    where = ("--dir", filling.root) if not command else (filling.root,)
    done = run(*command, *where)
    assert done.returncode == 2
    assert done.stderr.startswith("mailcatch: the screen needs a terminal: 'mailcatch ")
    assert not done.stdout


def test_what_is_not_there_is_not_shown(tmp_path: Path) -> None:
    done = run("view", tmp_path / "nothing")
    assert done.returncode == 2
    assert "there is nothing at" in done.stderr


def test_an_option_of_the_screen_stands_alone() -> None:
    done = run("--port", "2525", "ls")
    assert done.returncode == 2
    assert "--port stands before 'ls'" in done.stderr


def test_keys_are_texts(tmp_path: Path, filling: Filling) -> None:
    (tmp_path / "mailcatch.toml").write_text("[keys]\nfilter = 3\n")
    done = run("ls", "--dir", filling.root, cwd=tmp_path)
    assert done.returncode == 2
    assert "[keys] must give texts to actions" in done.stderr
    (tmp_path / "mailcatch.toml").write_text('[keys]\nfilter = "ctrl+f"\n')
    assert run("ls", "--dir", filling.root, cwd=tmp_path).returncode == 0
