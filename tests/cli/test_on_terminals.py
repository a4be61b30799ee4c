"""Nothing of a mail or a transcript is obeyed by a terminal: every command, on a real one."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from mailcatch.mailbox import events
from tests.cli.terminals import OURS, on_terminal
from tests.mailbox.filling import Filling

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
EVIL = "\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred\x9b31m\u202egnp\x7f\x00"
WORD = EVIL.replace("\0", "").split()[0]
OLD = "20201123T120000.000000Z-0000.eml"
ENCODED = "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in EVIL.encode()) + "?="
MAIL = (
    f'From: "{EVIL}" <app@example.org>\r\nTo: {ENCODED} <ann@example.com>\r\n'
    f"Subject: {ENCODED} raw {EVIL}\r\nX-\x9b31m\u202e: {EVIL}\r\nX-Tags: {EVIL}\r\n"
    f"Message-ID: <{EVIL}>\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    f"Content-Type: text/plain; charset={EVIL}\r\n\r\n{EVIL}\r\n"
    f"Your code is 482913 {EVIL}\r\n--b\r\n"
    f'Content-Type: text/html\r\n\r\n<p>{EVIL}<a href="https://example.org/{EVIL}">{EVIL}</a>\r\n'
    f'--b\r\nContent-Type: application/{EVIL}; name="{EVIL}.pdf"\r\n'
    f'Content-Disposition: attachment; filename="{EVIL}.pdf"\r\n\r\n{EVIL}\r\n--b--\r\n'
).encode()


@pytest.fixture
def hostile(filling: Filling) -> Filling:
    """A mailbox in which everything that a stranger may choose is hostile."""
    lines: tuple[events.AnyEvent, ...] = (
        events.Client(30, f"VRFY {EVIL}"),
        events.Client(31, base64=EVIL.encode() + b"\xff"),
        events.Server(32, f"550 {EVIL}\r\n550 {EVIL}"),
        events.Auth(33, EVIL, EVIL, accepted=False),
        events.SessionNote(34, EVIL, EVIL),
        events.Fault(35, "vrfy", EVIL, EVIL),
    )
    filling.stored(MAIL, f"{EVIL}@example.org", (f"{EVIL}@example.com",), user=EVIL, more=lines)
    filling.stored(MAIL, f"{EVIL}@example.org", (f"{EVIL}@example.com",), peer=EVIL)
    filling.write(OLD, MAIL.replace(b"482913", b"482914").replace(b"X-Tags", b"X-Other"))
    filling.refused("eom", f"{EVIL}@example.org", reply=f"451 {EVIL}", rule=EVIL, peer=EVIL)
    filling.session(
        [
            events.Fault(9, "connect", EVIL, EVIL),
            events.Server(10, f"554 {EVIL}"),
            events.Close(11, "server", "fault", EVIL),
        ],
        peer=EVIL,
        closed=False,
    )
    evil = json.dumps(EVIL).replace("\x7f", "\\u007f")
    rule = f"[[faults.rule]]\nid = {evil}\nat = {evil}\nreply = {evil}\n{evil} = {evil}\n"
    (filling.root / "faults.toml").write_text(rule)
    return filling


def assert_harmless(printed: bytes) -> None:
    rest = OURS.sub(b"", printed)
    assert b"\x1b" not in rest
    assert FORBIDDEN.search(rest.decode("utf-8")) is None


COMMANDS = [
    "ls",
    "ls --json",
    "sessions",
    "sessions --json",
    "sessions is:refused fault:*",
    "show last",
    "show last --json",
    *(
        f"show last {form}{json}"
        for form in (
            "--headers", "--text", "--html", "--source", "--parts", "--part 2", "--part 3",
            "--part 4", "--transcript", "--attempts", "--notes", "--links", "--codes",
        )
        for json in ("", " --json")
    ),
    "show last~1 --transcript",
    "wait",
    "wait subject:nothing --timeout 0",
    "wait subject:nothing --timeout 0 --json",
    "attempts --all",
    "attempts --all --json",
    "faults ls",
    "faults ls --json",
    "faults check",
    "faults check --json",
    "faults explain --to x@example.com",
    "faults presets",
    "faults rm nothing",
    f"faults add {WORD}",
    f"faults add rcpt-451 --description {WORD}",
    f"faults presets {WORD}",
    "export --mbox out",
    "export --zip out --json",
    "export --maildir out",
    "stats",
    "stats --json",
    "mark last --read",
    "mark --all --unread --json",
    f"mark last --tag {WORD}",
    f"mark last --tag {WORD} --json",
    f"mark last --untag {WORD}",
    f"mark {WORD} --read",
    "rm last --yes",
    "rm --all --yes --json",
    "save last --all",
    "save last --all --json",
    "save last --part 4",
    "open last --print",
    "open last --print --json",
    "diff last last~1",
    "diff last last~2",
    "diff last last~2 --json",
    "diff last last~2 --source",
    "diff last last~2 --source --json",
    "import evil evil.zip --max-message-size 1kB",
    "import evil evil.zip --max-message-size 1kB --json",
    f"show {WORD}",
    f"ls form:{WORD}",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_no_command_passes_a_control_on(
    hostile: Filling, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    name = EVIL.translate({0: "", ord("/"): ""})
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / f"{name}.eml").symlink_to(tmp_path)
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(f"{name}.eml", MAIL)
    printed = on_terminal(*command.split(" "), "--dir", hostile.root)
    assert printed
    assert_harmless(printed)
    assert b"Traceback" not in printed


@pytest.mark.parametrize("json", [(), ("--json",)])
def test_what_is_followed_passes_no_control_on(
    filling: Filling, tmp_path: Path, json: tuple[str, ...]
) -> None:
    def later() -> None:
        filling.stored(MAIL, f"{EVIL}@example.org", (f"{EVIL}@example.com",), user=EVIL)
        filling.refused("eom", f"{EVIL}@x", reply=f"451 {EVIL}", rule=EVIL, peer=EVIL)
        filling.turned_away(f"AUTH {EVIL}", f"535 {EVIL}", rule=EVIL)

    printed = on_terminal("tail", *json, "--dir", filling.root, followed=later, lines=3)
    assert printed.count(b"\n") == 3
    assert b"451 " in printed
    assert b"535 " in printed
    assert_harmless(printed)


def test_what_was_confirmed_is_removed_and_nothing_that_came_later(hostile: Filling) -> None:
    late: list[str] = []

    def confirm(ours: int) -> None:
        late.append(hostile.message())
        os.write(ours, b"y\n")

    printed = on_terminal("rm", "--all", "--dir", hostile.root, asked=confirm)
    assert_harmless(printed)
    assert b"Remove 3 messages?" in printed
    assert [path.name for path in (hostile.root / "messages").glob("*.eml")] == late


def test_a_no_removes_nothing(hostile: Filling) -> None:
    printed = on_terminal(
        "rm", "last", "--dir", hostile.root, asked=lambda ours: os.write(ours, b"n\n")
    )
    assert b"nothing was removed" in printed
    assert len([*(hostile.root / "messages").glob("*.eml")]) == 3


def test_json_is_read_as_it_was_though_a_terminal_would_not_obey_it(hostile: Filling) -> None:
    printed = on_terminal("show", "last", "--html", "--json", "--dir", hostile.root)
    assert "\x9b31m\u202egnp" in json.loads(printed)["content"]
