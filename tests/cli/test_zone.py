"""Who messages are from, on the command line: by a zone file, of a mailbox that may be a copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import Filling, letter
from tests.serving import run
from tests.verifying.signing import RAW, signature, zone

SENDER = "app@shop.example"
NOTING = """
import os, sys

def note(event, arguments):
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"}:
        with open(os.environ["NOTED"], "a") as noted:
            noted.write(f"{event} {arguments}\\n")
        raise OSError("there is no network")

sys.addaudithook(note)
"""
"""What a Python begins with that notes whatever it asks of the network, in all its processes."""


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """The zone file of shop.example."""
    place = tmp_path / "dns.zone"
    place.write_text(zone(), "utf-8")
    return place


@pytest.fixture
def good(filling: Filling) -> str:
    """A message that is from whom it says."""
    return filling.stored(signature() + RAW, SENDER, peer="192.0.2.7:50000")


@pytest.fixture
def broken(filling: Filling, good: str) -> str:
    """A message that was changed after it was signed, from a client that may not."""
    assert good
    return filling.stored(signature() + RAW + b"More.\r\n", SENDER, peer="198.51.100.7:50000")


def test_a_list_of_what_fails(filling: Filling, records: Path, good: str, broken: str) -> None:
    names = [one["id"] for one in objects(filling, "ls", "dkim:fail", "--zone", records)]
    assert names == [broken]
    (one,) = objects(filling, "ls", "dkim:pass", "spf:pass", "dmarc:pass", "--zone", records)
    assert one["id"] == good


def test_what_was_found_is_shown(filling: Filling, records: Path, broken: str) -> None:
    shown = answer(filling, "show", broken, "--zone", records, "--auth-results")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[0].startswith("dkim fail the body is not the one that was signed")
    assert lines[1] == "arc none nobody passed it on with ARC (RFC 8617 5.2)"
    assert lines[2] == ("spf fail -all of shop.example fits the client 198.51.100.7 (RFC 7208 8.4)")
    assert lines[3].startswith("dmarc fail nothing that passes speaks for shop.example: dkim=fail;")
    found = objects(filling, "show", broken, "--zone", records, "--auth-results")
    assert [(one["method"], one["result"]) for one in found] == [
        ("dkim", "fail"),
        ("arc", "none"),
        ("spf", "fail"),
        ("dmarc", "fail"),
    ]


def test_what_failed_is_among_the_notes(filling: Filling, records: Path, broken: str) -> None:
    notes = objects(filling, "show", broken, "--zone", records, "--notes")
    names = [one["name"] for one in notes]
    assert names[-3:] == ["dkim-fail", "spf-fail", "dmarc-fail"]
    assert "dkim-fail" in answer(filling, "show", broken, "--zone", records)
    without = objects(filling, "show", broken, "--notes")
    assert [one["name"] for one in without] == names[:-3]


def test_the_json_of_a_message_has_it(filling: Filling, records: Path, good: str) -> None:
    (shown,) = objects(filling, "show", good, "--zone", records)
    results = shown["auth_results"]
    assert [results[name] for name in ("dkim", "spf", "dmarc", "arc")] == ["pass"] * 3 + ["none"]
    (without,) = objects(filling, "show", good)
    assert without["auth_results"] is None


def test_a_command_waits_for_a_message_that_passes(
    filling: Filling, records: Path, good: str
) -> None:
    found = objects(filling, "wait", "dkim:pass", "--zone", records, "--timeout", "5")
    assert [one["id"] for one in found] == [good]
    done = run("wait", "dkim:fail", "--zone", records, "--timeout", "0", "--dir", filling.root)
    assert done.returncode != 0


def test_messages_may_be_supposed_to_come_from_elsewhere(
    filling: Filling, records: Path, good: str, broken: str
) -> None:
    found = objects(filling, "ls", "spf:pass", "--zone", records, "--spf-client", "192.0.2.9")
    assert {one["id"] for one in found} == {good, broken}


def test_the_environment_and_the_configuration_file_give_the_records(
    filling: Filling, records: Path, good: str
) -> None:
    asked = ("ls", "dkim:pass", "--json", "--dir", filling.root)
    done = run(*asked, environment={"MAILCATCH_ZONE": str(records)})
    assert json.loads(done.stdout)["id"] == good
    (records.parent / "mailcatch.toml").write_text("zone = 'dns.zone'\n")
    done = run(*asked, cwd=records.parent)
    assert json.loads(done.stdout)["id"] == good


def test_without_records_it_is_told_how_to_give_them(filling: Filling, good: str) -> None:
    assert "--zone FILE" in complaint(filling, "ls", "dkim:fail", status=2)
    assert "--zone FILE" in complaint(filling, "show", good, "--auth-results", status=2)
    assert "--zone or --dns" in complaint(filling, "ls", "--spf-client", "::1", status=2)


def test_a_wrong_zone_file_is_told_with_its_line(
    filling: Filling, records: Path, good: str
) -> None:
    records.write_text("shop.example TXT v=spf1\n")
    said = complaint(filling, "ls", "dkim:fail", "--zone", records, status=2)
    assert "dns.zone, line 1: TXT: wants its text in quotation marks" in said
    said = complaint(filling, "ls", "--zone", records.parent / "no.zone", status=2)
    assert "cannot read the zone file" in said
    assert good in answer(filling, "ls", "--json", "--zone", records)


def test_records_of_a_zone_file_are_all_that_is_asked(
    filling: Filling, records: Path, good: str, tmp_path: Path
) -> None:
    noted = tmp_path / "noted"
    (tmp_path / "sitecustomize.py").write_text(NOTING)
    environment = {"PYTHONPATH": str(tmp_path), "NOTED": str(noted)}
    records.write_text(zone(spf="v=spf1 include:elsewhere.example mx -all", dmarc=""))
    words = ("show", good, "--auth-results", "--zone", records, "--dir", filling.root)
    shown = run(*words, environment=environment).stdout
    assert "dkim   pass" in shown
    assert "elsewhere.example" in shown
    assert not noted.exists()
    connects = "import socket; socket.create_connection(('192.0.2.1', 53))"
    subprocess.run(
        [sys.executable, "-c", connects],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    assert "192.0.2.1" in noted.read_text()


@pytest.mark.parametrize("missing", ["dkim", "dns"])
def test_without_the_extra_it_is_told_how_to_get_it(
    filling: Filling, records: Path, good: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*words: str, zone: Path | None = records) -> subprocess.CompletedProcess[str]:
        named = ["--zone", str(zone)] if zone is not None else []
        arguments = ["mailcatch", *words, *named, "--dir", str(filling.root)]
        code = f"import sys\nsys.modules[{missing!r}] = None\nsys.argv = {arguments!r}\n"
        code += "from mailcatch.cli import main\nmain()"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    for words in (("ls", "dkim:fail"), ("show", "last"), ("show", "last", "--notes")):
        said = ask(*words)
        assert (said.returncode, said.stdout) == (2, "")
        assert "pip install 'mailcatch[dkim]'" in said.stderr
    assert good in ask("ls", "--json").stdout
    # Where a configuration names the file, what can be told of a message without it is told.
    monkeypatch.setenv("MAILCATCH_ZONE", str(records))
    shown = ask("show", "last", zone=None)
    assert (shown.returncode, shown.stderr.count("pip install 'mailcatch[dkim]'")) == (0, 1)
    assert "Subject" in shown.stdout
    assert ask("show", "last", "--notes", zone=None).returncode == 0
    assert json.loads(ask("show", "last", "--json", zone=None).stdout)["auth_results"] is None
    assert ask("show", "last", "--auth-results", zone=None).returncode == 2


def test_a_zone_file_that_is_none_is_told_wherever_it_was_named(
    filling: Filling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling.stored(letter("Hi"))
    broken = tmp_path / "broken.zone"
    broken.write_text("@ IN TXT (\n")
    assert "broken.zone" in complaint(filling, "show", "last", "--zone", broken, status=2)
    monkeypatch.setenv("MAILCATCH_ZONE", str(broken))
    assert "broken.zone" in complaint(filling, "show", "last", status=2)
