"""The examples of docs/cli.md are run as they stand there."""

from __future__ import annotations

import re
import shlex
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.mailbox.filling import Filling
from tests.serving import Serving, run
from tests.verifying.signing import RAW, signature, zone

TEXT = (Path(__file__).parent.parent.parent / "docs" / "cli.md").read_text()
EXAMPLES = [
    line
    for block in re.findall(r"^```\w*\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("mailcatch ") and not line.startswith("mailcatch tail")
]
# These do not end by themselves, or talk to a server that runs: they have tests of their own.
ELSEWHERE = {"serve", "tail", "sendmail", "demo", "view"}
RULES = '[[faults.rule]]\nid = "flaky"\nat = "rcpt"\nreply = 451\nenabled = false\n'
ATTACHED = (
    b"From: app@example.org\r\nTo: ann@example.com\r\nSubject: Welcome\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYour code is 482913.\r\n"
    b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n--b--\r\n"
)


def test_every_command_but_the_endless_ones_has_an_example() -> None:
    commands = set(re.findall(r"^## mailcatch (\w+)", TEXT, re.MULTILINE)) - ELSEWHERE
    assert {shlex.split(line)[1] for line in EXAMPLES} >= commands
    inner = set(re.findall(r"^### mailcatch (\w+ \w+)", TEXT, re.MULTILINE))
    assert {" ".join(shlex.split(line)[1:3]) for line in EXAMPLES} >= inner


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_works(filling: Filling, tmp_path: Path, line: str) -> None:
    (tmp_path / "dns.zone").write_text(zone())
    filling.stored(signature() + RAW + b"Changed.\r\n")
    # "today", whenever this runs; and long ago, for what is removed.
    filling.stored(ATTACHED)
    (filling.root / "messages" / "bare.eml").write_bytes(ATTACHED)
    (filling.root / "messages" / "20201123T120000.000000Z-0000.eml").write_bytes(ATTACHED)
    filling.refused()
    (tmp_path / "letters.mbox").write_bytes(b"From ann@example.com\nSubject: Imported\n\nHello\n")
    (filling.root / "faults.toml").write_text(RULES)
    words = shlex.split(line)[1:]
    environment = {"MAILCATCH_DIR": str(filling.root), "TMPDIR": str(tmp_path)}
    with ExitStack() as stack:
        if words[0] == "faults":
            stack.enter_context(Serving("--port", "0", "--dir", filling.root))
        done = run(*words, cwd=tmp_path, environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_mistake_is_shown_as_documented(filling: Filling) -> None:
    command, said = re.findall(r"^```\n\$ (.*?)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[0]
    done = run(*shlex.split(command)[1:], "--dir", filling.root)
    assert (done.returncode, done.stderr) == (2, said)
