"""docs/dkim.md: its zone file is one, its examples say what is said, and its sentences are real."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from mailcatch.verifying.records import Kind
from mailcatch.verifying.results import Result
from mailcatch.verifying.zone_file import read_zone
from tests.mailbox.filling import Filling
from tests.serving import run

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "dkim.md").read_text()
BLOCKS = [
    re.sub(r"^   ", "", block, flags=re.MULTILINE)
    for block in re.findall(r"^ *```\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)
]
FIXTURE = ROOT / "fixtures" / "notes" / "dkim-fail"


def test_the_zone_file_is_read() -> None:
    (text,) = (block for block in BLOCKS if "$ORIGIN" in block)
    zone = read_zone(text, "dns.zone")
    (key,) = zone.lookup("2026._domainkey.shop.example", Kind.TXT)
    assert key.startswith("v=DKIM1; k=rsa; p=MIGf")
    assert zone.lookup("_dmarc.shop.example", Kind.TXT) == ("v=DMARC1; p=reject",)


def test_the_example_says_what_is_said(tmp_path: Path) -> None:
    (block,) = (block for block in BLOCKS if block.startswith("$ "))
    command, _, said = block.partition("\n")
    filling = Filling(tmp_path / "mail")
    filling.stored((FIXTURE / "fires.eml").read_bytes(), "app@shop.example")
    words = shlex.split(command)[2:]
    done = run(*words, "--dir", filling.root, cwd=FIXTURE)
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")


@pytest.mark.parametrize("sentence", re.findall(r"^\| `([^`]+)` \|", TEXT, re.MULTILINE))
def test_what_it_says_is_said_somewhere(sentence: str) -> None:
    sources = (ROOT / "mailcatch" / "verifying").glob("*.py")
    assert any(sentence in path.read_text() for path in sources)


def test_every_result_is_named() -> None:
    (said,) = re.findall(r"^Results are those of .*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    assert set(Result) <= set(re.findall(r"`(\w+)`", said))
