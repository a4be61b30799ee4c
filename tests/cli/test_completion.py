"""What may stand at a place of a command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.main import get_command

from mailcatch.cli.app import app
from mailcatch.cli.completing import newest
from mailcatch.cli.completion import Candidate, candidates, grammar_of, place_of
from mailcatch.cli.shells import SCRIPTS, install
from tests.mailbox.filling import Filling, letter
from tests.serving import run

GRAMMAR = grammar_of(get_command(app))


def offered(*words: str) -> list[str]:
    *before, current = words
    there = [Candidate("7Q3K", "Hello")]
    found = candidates(place_of(GRAMMAR, before), current, lambda start: there)
    return [one.word for one in found]


def asked(filling: Filling, *words: str, how: str = "words") -> list[str]:
    environment = {"_MAILCATCH_COMPLETE": how, "MAILCATCH_DIR": str(filling.root)}
    done = subprocess.run(
        [sys.executable, "-m", "mailcatch", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_commands_come_first_and_then_what_each_of_them_takes() -> None:
    assert offered("se") == ["serve", "sessions", "sendmail"]
    assert offered("--config", "x", "sta") == ["stats"]
    assert offered("show", "")[:2] == ["last", "7Q3K"]
    assert offered("show", "last", "--trans") == ["--transcript"]
    assert offered("sessions", "is:re") == ["is:read", "is:refused", "is:retried"]
    assert offered("ls", "after:") == ["after:today", "after:yesterday", "after:1h", "after:1d"]
    assert offered("import", "") == []


def test_what_an_option_wants_is_left_to_the_shell() -> None:
    assert offered("save", "last", "--to", "") == []
    assert "last" in offered("save", "--all", "")


def test_the_newest_messages_are_offered_and_no_more_than_a_few(filling: Filling) -> None:
    names = [filling.stored(letter(f"Number {number}")) for number in range(30)]
    found = newest(filling.root, "")
    assert [one.about for one in found] == [f"Number {number}" for number in range(29, 9, -1)]
    whole = names[3].removesuffix(".eml")
    assert [one.word for one in newest(filling.root, whole)] == [whole]
    assert not [*filling.root.glob(".index*")]


def test_a_mailbox_that_is_not_there_offers_nothing(tmp_path: Path) -> None:
    assert newest(tmp_path / "nothing", "") == []


def test_the_mailbox_is_the_one_that_the_line_names(filling: Filling, tmp_path: Path) -> None:
    filling.write("20261123T120000.000000Z-7Q3K.eml", letter("Here"))
    elsewhere = Filling(tmp_path / "elsewhere")
    assert asked(filling, "show", "7") == ["7Q3K\tHere"]
    assert asked(elsewhere, "show", "--dir", str(filling.root), "7") == ["7Q3K\tHere"]


def test_the_mailbox_may_be_named_in_the_configuration_file(
    filling: Filling, tmp_path: Path
) -> None:
    filling.write("20261123T120000.000000Z-7Q3K.eml", letter("Here"))
    text = f'port = 2525\ndir = "{filling.root}"\n'
    (tmp_path / "mailcatch.toml").write_text(text)
    environment = {"_MAILCATCH_COMPLETE": "words", "MAILCATCH_DIR": ""}
    done = run("show", "7", cwd=tmp_path, environment=environment)
    assert done.stdout == "7Q3K\tHere\n"


def test_a_line_is_read_as_a_shell_reads_it(filling: Filling) -> None:
    filling.write("20261123T120000.000000Z-7Q3K.eml", letter("Here"))
    assert asked(filling, f"mailcatch show --dir '{filling.root}' 7", how="line") == ["7Q3K\tHere"]
    assert asked(filling, "mailcatch ls 'subj", how="line") == ["subject:"]
    assert asked(filling, "mailcatch ls is:un", how="line") == ["is:unread"]
    assert "last\tthe newest message" in asked(filling, "mailcatch show ", how="line")


@given(st.text(max_size=80))
def test_a_word_that_means_something_to_a_shell_is_not_offered(word: str) -> None:
    if Candidate(word).harmless:
        assert word.isprintable()
        assert not set(word) & set("$`'\"\\;|&<>(){}[]*# \u2028")


@given(st.text(max_size=80))
def test_a_description_means_nothing_to_a_shell(about: str) -> None:
    word, _, shown = Candidate("7Q3K", about).line().partition("\t")
    assert word == "7Q3K"
    assert shown.isprintable()
    assert not set(shown) & set("$`'\"\\;|&<>(){}[]*%")


def test_names_of_files_that_a_shell_could_obey_are_not_offered(filling: Filling) -> None:
    filling.write("$(x).eml", letter("Evil"))
    filling.write("-rf.eml", letter("Option"))
    filling.write("~root.eml", letter("Home"))
    os.mkfifo(filling.root / "messages" / "pipe.eml")
    offered_names = "\n".join(asked(filling, "show", ""))
    assert "Evil" not in offered_names
    assert "Option" not in offered_names
    assert "Home" not in offered_names


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_of_each_shell_can_be_printed(shell: str) -> None:
    done = run("--show-completion", shell)
    assert (done.returncode, done.stdout) == (0, SCRIPTS[shell])


def test_the_shell_in_use_is_found(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{sys.executable} -m mailcatch --show-completion; true"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == SCRIPTS["bash"]


def test_an_unknown_shell_is_told() -> None:
    done = run("--show-completion", "tcsh")
    assert done.returncode == 2
    assert "only for bash, zsh, fish" in done.stderr


def test_installing_twice_changes_a_start_up_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / ".bashrc").write_text("mine")
    for shell in SCRIPTS:
        install(shell, tmp_path)
        written = install(shell, tmp_path)
        assert [path.read_text() for path in written] == [SCRIPTS[shell]]
    lines = (tmp_path / ".bashrc").read_text().splitlines()
    assert (lines[0], len(lines)) == ("mine", 2)
