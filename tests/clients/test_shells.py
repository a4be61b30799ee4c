"""Words completed by bash, zsh and fish themselves, on a terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.programs import program
from tests.mailbox.filling import Filling, letter

SHELLS = ("bash", "zsh", "fish")
EVIL = "$(touch pwned) `touch pwned` '; touch pwned; \"\\$(touch pwned) [0]\\\\' %(pwned)"


# What terminals are asked, and answer. fish 4 waits ten seconds for it.
WHAT_ARE_YOU = b"\x1b[0c"
A_VT102 = b"\x1b[?6c"
# Makes the terminal the one that controls a program, and runs it.
ON_A_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Shell:
    """A shell that somebody types into."""

    def __init__(self, name: str, home: Path, environment: dict[str, str]) -> None:
        self.printed = b""
        self._terminal, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", ON_A_TERMINAL, program(name), "-i"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=home,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, keys: str) -> None:
        """Type as soon as there is a prompt."""
        self.wait_for(b"mc> ")
        os.write(self._terminal, keys.encode())

    def wait_for(self, expected: bytes) -> None:
        """Read until something is printed."""
        deadline = time.monotonic() + 30
        while expected not in self.printed:
            assert time.monotonic() < deadline, self.printed
            if select.select([self._terminal], [], [], 0.1)[0]:
                printed = os.read(self._terminal, 65536)
                self.printed += printed
                if WHAT_ARE_YOU in printed:
                    os.write(self._terminal, A_VT102)

    def begin_again(self) -> None:
        """Leave the list of words, and then the line."""
        self.printed = b""
        os.write(self._terminal, b"\x15\n")

    def close(self) -> None:
        self._process.kill()
        os.close(self._terminal)
        self._process.wait()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A user's directory, with the program on the path and a prompt."""
    room = tmp_path / "home"
    (room / "bin").mkdir(parents=True)
    script = room / "bin" / "mailcatch"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mailcatch "$@"\n')
    script.chmod(0o755)
    (room / ".bashrc").write_text("PS1='mc> '\n")
    (room / ".zshrc").write_text("PS1='mc> '\nunsetopt zle_bracketed_paste\n")
    (room / ".config" / "fish").mkdir(parents=True)
    (room / ".config" / "fish" / "config.fish").write_text(
        "function fish_prompt; echo -n 'mc> '; end\nset fish_greeting\n"
    )
    return room


@pytest.fixture
def mail(tmp_path: Path) -> Filling:
    """A mailbox with a message that a shell must not obey, beside one under a hostile name."""
    filling = Filling(tmp_path / "mail")
    filling.write("20261123T120000.000000Z-7Q3K.eml", letter(EVIL))
    filling.write("$(touch pwned).eml", letter("Named"))
    return filling


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, home: Path, mail: Filling) -> Iterator[Shell]:
    """A shell in which completion was installed by the program itself."""
    environment = {
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MAILCATCH_DIR": str(mail.root),
        "TERM": "xterm",
        "PS1": "mc> ",
    }
    command = [str(home / "bin" / "mailcatch"), "--install-completion", request.param]
    subprocess.run(command, env={**os.environ, **environment}, check=True)
    opened = Shell(request.param, home, environment)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("mailcatch sess\t", b"sessions"),
        ("mailcatch show 7Q\t", b"7Q3K"),
        ("mailcatch show last --trans\t", b"--transcript"),
        ("mailcatch ls subj\t", b"subject:"),
        ("mailcatch ls is:unr\t", b"is:unread"),
        ("mailcatch ls from:ann -- is:dup\t", b"is:duplicate"),
    ],
)
def test_words_are_completed(shell: Shell, keys: str, expected: bytes) -> None:
    shell.type(keys)
    shell.wait_for(expected)


def test_files_are_completed_where_files_are_meant(shell: Shell, home: Path) -> None:
    (home / "letters.mbox").touch()
    shell.type("mailcatch import let\t")
    shell.wait_for(b"letters.mbox")


def test_a_mail_gives_a_shell_nothing_to_obey(shell: Shell, home: Path) -> None:
    shell.type("mailcatch show \t\t")
    shell.wait_for(b"7Q3K")
    shell.begin_again()
    shell.type("mailcatch stats --js\t")
    shell.wait_for(b"--json")
    assert not [*home.rglob("pwned")]
