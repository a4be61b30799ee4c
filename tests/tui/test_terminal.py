"""The real program in a real terminal: tmux, and mail from swaks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch.mailbox.server_file import read_state

SECONDS = 60.0
LETTER = (
    "From: App <app@example.org>\nTo: ann@example.com\nSubject: Reset your password\n\n"
    "Follow https://harbour.example/reset?token=xyz, or type the code 482913.\n"
)


def command(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is needed: apt-get install {name}"
    return found


class Tmux:
    """A terminal with a program in it."""

    def __init__(self, directory: Path, width: int = 120, height: int = 40) -> None:
        self._socket = str(directory / "tmux")
        self._run("-f", os.devnull, "new-session", "-d", "-x", str(width), "-y", str(height), "sh")
        self._run("set-option", "-g", "status", "off")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [command("tmux"), "-S", self._socket, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PS1": "$ ", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
        )
        return done.stdout

    @property
    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def says(self, about: str) -> str:
        """Return what tmux knows of the terminal."""
        return self._run("display-message", "-p", about).strip()

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def sees(self, *texts: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not all(text in self.text for text in texts):
            assert time.monotonic() < deadline, f"never saw {texts}:\n{self.text}"
            time.sleep(0.05)

    def misses(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text in self.text:
            assert time.monotonic() < deadline, f"still there {text}:\n{self.text}"
            time.sleep(0.05)

    def end(self) -> None:
        self._run("kill-server")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    terminal = Tmux(tmp_path)
    yield terminal
    terminal.end()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def send(port: int, *more: str, data: str = LETTER) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            command("swaks"), "--server", f"127.0.0.1:{port}", "--from", "app@example.org",
            "--to", "ann@example.com", "--data", "-", "--helo", "test.example", *more,
        ],
        input=data,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )  # fmt: skip


def start(tmux: Tmux, tmp_path: Path, *arguments: str) -> None:
    environment = f"XDG_STATE_HOME={tmp_path}/state EDITOR=cat MAILCATCH_MAX_MESSAGE_SIZE=20k"
    words = " ".join(arguments)
    tmux.type(f"{environment} {sys.executable} -m mailcatch {words}; echo ended with $?\n")


def test_from_the_start_to_a_clean_terminal(tmux: Tmux, tmp_path: Path) -> None:
    port, box = free_port(), tmp_path / "mail"
    start(tmux, tmp_path, "--dir", str(box), "--port", str(port))
    tmux.sees(f"Waiting for mail at 127.0.0.1:{port}", "Django", f"mailcatch demo --port {port}")
    state = read_state(box)
    assert state is not None
    assert send(port).returncode == 0
    tmux.sees(
        "Reset your password", "1 message", "https://harbour.example/reset?token=xyz", "482913"
    )
    assert send(port, data=LETTER.replace("Reset", "Keep") + "x" * 30_000).returncode != 0
    tmux.sees("1 refused", "✗552")
    tmux.press("/")
    tmux.sees("from:ann")
    tmux.type("reset")
    tmux.misses("✗552")
    tmux.press("Enter")
    tmux.sees("1 fit: reset")
    tmux.press("t")
    tmux.sees("C: MAIL FROM:<app@example.org>", "C: EHLO test.example", "✓ transaction stored")
    tmux.press("Escape")
    tmux.sees("✗552")
    tmux.press("g")
    tmux.sees("Not accepted at")
    tmux.press("j", "1")
    tmux.sees("Follow https://harbour.example")
    tmux.press("e")
    tmux.sees("482913", "1 Text")
    tmux.press("R")
    tmux.sees("Refuse the next mail", "ann@example.com", "451 4.3.0 Try again later — once")
    tmux.press("Enter")
    tmux.sees("the next mail to ann@example.com gets 451", "⚑ 1 fault armed · 0 fired")
    again = LETTER.replace("Reset", "Choose")
    assert "451 4.3.0 Try again later" in send(port, data=again).stdout
    tmux.sees("rcpt-451 fired, for the last time", "✗451")
    assert send(port, data=again).returncode == 0
    tmux.sees("Choose your password", "↻")
    tmux.press("g", "a")
    tmux.sees("451, then stored", "⚑ rule rcpt-451")
    tmux.press("f")
    tmux.sees("✓ spent", "If “Choose your password” came again")
    tmux.press("e")
    tmux.sees("faults.toml is as it was.")
    tmux.press("d")
    tmux.sees("rcpt-451 is deleted; u brings it back.", "Nothing is broken")
    tmux.press("Escape")
    tmux.sees("Choose your password")
    tmux.press("q")
    tmux.sees("ended with 0", "$")
    assert "mailcatch ●" not in tmux.text
    assert read_state(box) is None
    assert not alive(state.pid)
    # The terminal is as it was: what is typed is seen, and the mouse is the terminal's own.
    tmux.type("stty -a | grep -c ' icanon'; echo wh''ole\n")
    tmux.sees("1\nwhole")
    assert tmux._run("display-message", "-p", "#{mouse_any_flag} #{alternate_on}").split() == [
        "0",
        "0",
    ]


def test_the_terminal_says_how_large_it_is_and_not_the_environment(
    tmux: Tmux, tmp_path: Path
) -> None:
    tmux.type("export COLUMNS=80 LINES=24\n")
    start(tmux, tmp_path, "--dir", str(tmp_path / "mail"), "--port", "0")
    tmux.sees("Waiting for mail")
    tmux._run("resize-window", "-x", "130", "-y", "30")
    deadline = time.monotonic() + SECONDS
    while "? help" not in tmux.text.splitlines()[29]:
        assert time.monotonic() < deadline, tmux.text
        time.sleep(0.05)


def test_a_mailbox_that_is_served_is_shown_and_its_server_left_alone(
    tmux: Tmux, tmp_path: Path
) -> None:
    from tests.serving import Serving

    with Serving("--dir", tmp_path / "mail", "--port", "0") as server:
        start(tmux, tmp_path, "--dir", str(tmp_path / "mail"))
        tmux.sees(f"127.0.0.1:{server.port}")
        send(server.port)
        tmux.sees("Reset your password")
        tmux.press("q")
        tmux.sees("ended with 0")
        assert server.process.poll() is None


def test_a_screen_that_is_told_to_end_ends_its_server(tmux: Tmux, tmp_path: Path) -> None:
    port, box = free_port(), tmp_path / "mail"
    start(tmux, tmp_path, "--dir", str(box), "--port", str(port))
    tmux.sees("Waiting for mail")
    state = read_state(box)
    assert state is not None
    parents = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(state.pid)], capture_output=True, text=True, check=True
    )
    os.kill(int(parents.stdout), 15)
    tmux.sees("ended with")
    deadline = time.monotonic() + SECONDS
    while alive(state.pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_screen_that_is_killed_leaves_its_server_and_the_mail(tmux: Tmux, tmp_path: Path) -> None:
    port, box = free_port(), tmp_path / "mail"
    start(tmux, tmp_path, "--dir", str(box), "--port", str(port))
    tmux.sees("Waiting for mail")
    state = read_state(box)
    assert state is not None
    try:
        parents = subprocess.run(
            ["ps", "-o", "ppid=", "-p", str(state.pid)], capture_output=True, text=True, check=True
        )
        os.kill(int(parents.stdout), 9)
        assert send(port).returncode == 0
        assert len([*(box / "messages").glob("*.eml")]) == 1
        # Nobody gave the terminal back; the next screen finds the server that is there.
        tmux.press("C-j")
        tmux.type("reset; echo re''ady")
        tmux.press("C-j")
        tmux.sees("ready")
        start(tmux, tmp_path, "--dir", str(box))
        tmux.sees(f"● 127.0.0.1:{port}", "Reset your password", "482913")
        tmux.press("q")
        tmux.sees("ended with 0")
        assert alive(state.pid)
    finally:
        os.kill(state.pid, 15)


def test_a_screen_that_breaks_says_so_and_gives_the_terminal_back(
    tmux: Tmux, tmp_path: Path
) -> None:
    """The mistake is put into the list, which is painted when mail is shown."""
    (tmp_path / "broken.py").write_text(
        "from mailcatch.tui.widgets.list_pane import ListPane\n"
        "def broken(self, y):\n    raise ZeroDivisionError('a mistake \\x1b[31m')\n"
        "ListPane.render_line = broken\n"
        "from mailcatch.cli import main\nmain()\n"
    )
    (tmp_path / "letter.eml").write_text(LETTER)
    tmux.type(
        f"XDG_STATE_HOME={tmp_path}/state {sys.executable} {tmp_path}/broken.py view"
        f" {tmp_path}/letter.eml; echo ended with $?\n"
    )
    tmux.sees("mailcatch: the screen broke (ZeroDivisionError: a mistake ␛[31m)", "ended with 2")
    assert "Traceback" not in tmux.text
    assert "Traceback" in (tmp_path / "state" / "mailcatch" / "screen-error.txt").read_text()
    tmux.type("stty -a | grep -c ' icanon'; echo wh''ole\n")
    tmux.sees("1\nwhole")


def test_a_port_that_is_taken_is_told_in_a_sentence(tmux: Tmux, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        start(tmux, tmp_path, "--dir", str(tmp_path / "mail"), "--port", str(port))
        tmux.sees("mailcatch: ", str(port), "ended with 2")
    assert "Traceback" not in tmux.text


def test_a_message_is_viewed_and_nothing_written_beside_it(tmux: Tmux, tmp_path: Path) -> None:
    (tmp_path / "letter").mkdir()
    (tmp_path / "letter" / "one.eml").write_text(LETTER)
    start(tmux, tmp_path, "view", str(tmp_path / "letter" / "one.eml"))
    tmux.sees("Reset your password", "482913", "one.eml", "not served")
    tmux.press("q")
    tmux.sees("ended with 0")
    assert [path.name for path in (tmp_path / "letter").iterdir()] == ["one.eml"]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
