"""The parts of the screen that need none to be tested."""

from __future__ import annotations

import base64
import shlex
from pathlib import Path

import pytest

from mailcatch.mailbox.server_file import Counters, FaultsState, Listening, RuleState, ServerState
from mailcatch.tui.clipboard import copy_natively, native_command, osc_52
from mailcatch.tui.model.copying import curl, snippet
from mailcatch.tui.remembered import Remembered, recall, remember
from mailcatch.tui.themes import NAMES, after, known
from mailcatch.tui.widgets.top_line import armed, listening

EVIL = "a'; rm -rf /; '\"$(x)`y`\\\n@example.org"


def state(faults: FaultsState | None = None) -> ServerState:
    smtp = [Listening("127.0.0.1", 1025), Listening("::1", 1025)]
    return ServerState(1, 1, "0", "2026-11-23T12:00:00Z", smtp, Counters(), faults=faults)


def rule(
    name: str,
    *,
    enabled: bool = True,
    dry_run: bool = False,
    fired: int = 0,
    remaining: int | None = None,
) -> RuleState:
    return RuleState(name, enabled, dry_run, fired, fired, fired, remaining)


def faults(rules: list[RuleState], *, enabled: bool = True, error: str = "") -> FaultsState:
    return FaultsState("faults.toml", "", 0, enabled, "", error, rules)


def test_armed_faults_are_told_of() -> None:
    rules = [
        rule("a", fired=3, remaining=2),
        rule("b", fired=2),
        rule("used up", fired=1, remaining=0),
        rule("off", enabled=False),
        rule("tried", dry_run=True),
    ]
    assert armed(state(faults(rules))) == "2 faults armed · 6 fired"
    assert armed(state(faults(rules, enabled=False))) == ""
    assert armed(state()) == ""
    broken = faults(rules[:1], error="line 3: …")
    assert armed(state(broken)) == "1 fault armed · 3 fired · the file has mistakes"
    assert listening(state()) == "127.0.0.1:1025 +1"


def test_what_is_copied_to_a_shell_or_to_python_is_quoted() -> None:
    words = shlex.split(curl(("127.0.0.1", 1025), EVIL, (EVIL,), Path("/a b/c.eml")))
    assert words == [
        "curl", "smtp://127.0.0.1:1025", "--mail-from", EVIL, "--mail-rcpt", EVIL,
        "--upload-file", "/a b/c.eml",
    ]  # fmt: skip
    compile(snippet(("127.0.0.1", 1025), EVIL, (EVIL,), Path(f"/{EVIL}")), "snippet", "exec")


def test_a_terminal_is_asked_to_copy_nothing_but_base64() -> None:
    asked = osc_52("\x1b]\x07 ü")
    assert base64.b64decode(asked.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == (
        "\x1b]\x07 ü"
    )


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
def test_over_ssh_the_clipboard_is_that_of_the_terminal(name: str) -> None:
    assert native_command({"DISPLAY": ":0", name: "x"}) == []


@pytest.mark.parametrize(
    ("name", "environment"),
    [("wl-copy", "WAYLAND_DISPLAY"), ("xclip", "DISPLAY"), ("xsel", "DISPLAY")],
)
async def test_a_desktop_copies_with_its_own_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, environment: str
) -> None:
    program = tmp_path / name
    program.write_text(f"#!/bin/sh\nexec /bin/cat > {tmp_path}/copied\n")
    program.chmod(0o700)
    for other in ("SSH_CONNECTION", "SSH_TTY"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(environment, ":0")
    assert await copy_natively("ü\x1b") == name
    assert (tmp_path / "copied").read_bytes() == "ü\x1b".encode()
    program.write_text("#!/bin/sh\nexit 1\n")
    assert await copy_natively("x") == ""


def test_what_is_remembered_comes_back(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "screen.json"
    remembered = Remembered(split=60, theme="mailcatch-light")
    for number in range(60):
        remembered.add_filter(f"filter {number}")
    remembered.add_filter("filter 30")
    remember(place, remembered)
    back = recall(place)
    assert back == remembered
    assert len(back.filters) == 50
    assert back.filters[-1] == "filter 30"


@pytest.mark.parametrize("octets", [b"", b"{", b'{"split": "wide"}', b"\xff"])
def test_what_cannot_be_read_is_forgotten(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "screen.json").write_bytes(octets)
    assert recall(tmp_path / "screen.json") == Remembered()
    assert recall(tmp_path / "nothing.json") == Remembered()


def test_a_place_that_cannot_be_written_bothers_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    remember(tmp_path / "file" / "screen.json", Remembered())
    assert not (tmp_path / "file").is_dir()


def test_themes_go_round() -> None:
    assert [after(name) for name in NAMES] == [*NAMES[1:], NAMES[0]]
    assert known("nothing") == after("nothing") == NAMES[0]
