"""Colours: on a terminal that shows them, and nowhere else; the words say the same without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.terminals import OURS, on_terminal
from tests.mailbox.filling import Filling, letter
from tests.serving import Serving, run

TIME = re.compile(r"\d\d:\d\d:\d\d|\d{8}T\S+|mailcatch-page-\w+")
COMMANDS = [
    "ls", "show last", "show last --headers", "show last --parts", "show last --transcript",
    "show last --attempts", "show last --notes", "show last --links", "show last --codes",
    "sessions", "save last --to SAVED", "wait", "wait subject:none --timeout 0", "rm last --yes",
    "export --zip OUT", "export --mbox OUT", "diff last last~1", "diff last last~1 --source",
    "stats", "open last --print", "import FILE", "tail",
]  # fmt: skip


@pytest.fixture
def colourful(filling: Filling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filling:
    """A mailbox in which there is something worth a colour in each form."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "FILE").write_bytes(letter("Imported"))
    filling.stored(letter("First", "one"))
    filling.stored(letter("Second", "Your code is 482913. https://example.org/a"))
    filling.stored(
        b"Subject: Third\r\nContent-Type: text/html\r\n\r\nYour code is 482913."
        b'<a href="https://x.example/">https://y.example/</a><img src=https://x.example/a.png>'
    )
    filling.refused(rule="greylist")
    return filling


@pytest.mark.parametrize("command", [one for one in COMMANDS if one != "tail"])
def test_colours_are_there_on_a_terminal_alone_and_say_nothing_of_their_own(
    colourful: Filling, command: str, tmp_path: Path
) -> None:
    words = [*command.split(), "--dir", str(colourful.root)]
    printed = on_terminal(*words)
    assert OURS.search(printed), printed
    for made in ("OUT", "SAVED"):
        (tmp_path / made).rename(tmp_path / "before") if (tmp_path / made).exists() else None
    plain = on_terminal(*words, environment={"NO_COLOR": "1"})
    assert b"\x1b" not in plain
    if not command.startswith("rm"):
        in_colours = OURS.sub(b"", printed).decode()
        assert TIME.sub("", in_colours) == TIME.sub("", plain.decode())


@pytest.mark.parametrize("command", [one for one in COMMANDS if one != "tail"])
def test_a_pipe_has_no_colours(colourful: Filling, command: str) -> None:
    done = run(*command.split(), "--dir", colourful.root)
    assert done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_dumb_terminal_has_no_colours(colourful: Filling) -> None:
    printed = on_terminal("ls", "--dir", colourful.root, environment={"TERM": "dumb"})
    assert b"First" in printed
    assert b"\x1b" not in printed


def test_the_demo_uses_them_too(tmp_path: Path) -> None:
    with Serving("--port", "0", "--dir", tmp_path / "mail") as serving:
        printed = on_terminal("demo", "--dir", serving.mailbox)
    assert b"\x1b[32m250 " in printed
    assert b"\x1b[31m501 " in printed
