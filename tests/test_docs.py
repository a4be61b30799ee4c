"""The documents and the code say the same."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.main import get_command

import mailcatch
import mailcatch.testing
from mailcatch import Catcher, Facts, Limits, Stage, Verdict
from mailcatch.cli.app import app
from mailcatch.mailbox import events
from mailcatch.mailbox.marks import Mark
from mailcatch.mailbox.search.note_names import SESSION_NOTES
from mailcatch.mailbox.server_file import Counters, ServerState
from mailcatch.smtp.extensions import OFFERED, ON_REQUEST
from mailcatch.smtp.notes import NOTES
from mailcatch.smtp.verbs import FORMS

DOCS = Path(__file__).parent.parent / "docs"
FORMAT = (DOCS / "mailbox-format.md").read_text()
KINDS = [
    events.Connect,
    events.Proxy,
    events.Xclient,
    events.Xforward,
    events.Client,
    events.Server,
    events.Tls,
    events.Auth,
    events.SessionNote,
    events.Fault,
    events.Transaction,
    events.Turned,
    events.Relayed,
    events.Close,
]


def section(text: str, title: str) -> str:
    found = re.search(rf"^#+ {title}.*?(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[0]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_an_event_is_documented(kind: type[msgspec.Struct]) -> None:
    tag = str(msgspec.inspect.type_info(kind).tag)  # type: ignore[attr-defined]
    fields = [name for name in kind.__struct_fields__ if name != "t"]
    assert first_column(section(FORMAT, f"`{tag}`")) == fields


def test_every_event_is_documented() -> None:
    tags = {str(msgspec.inspect.type_info(kind).tag) for kind in KINDS}  # type: ignore[attr-defined]
    assert set(re.findall(r"^### `(\w+)`", FORMAT, re.MULTILINE)) == tags


def test_every_field_of_a_recipient_is_documented() -> None:
    described = section(FORMAT, "`transaction`").split("A recipient has")[1]
    assert set(events.Recipient.__struct_fields__) <= set(re.findall(r"`(\w+)`", described))


def test_every_note_is_documented_with_its_meaning() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", section(FORMAT, "Notes"), re.MULTILINE)
    )
    assert rows == NOTES


def test_a_search_knows_every_note_that_a_session_may_tell_of() -> None:
    assert sorted(SESSION_NOTES) == sorted(NOTES)


def test_server_json_is_documented() -> None:
    described = section(FORMAT, "server.json")
    assert first_column(described) == list(ServerState.__struct_fields__)
    assert set(Counters.__struct_fields__) <= set(re.findall(r"`(\w+)`", described))


def test_marks_are_documented() -> None:
    assert first_column(section(FORMAT, "marks.jsonl")) == list(Mark.__struct_fields__)


def commands_of(group: object, before: str = "") -> Iterator[tuple[str, Any]]:
    """Give all commands, those of groups too, as they are called."""
    for name, command in getattr(group, "commands", {}).items():
        yield f"{before}{name}", command
        yield from commands_of(command, f"{before}{name} ")


def test_every_option_is_documented() -> None:
    text = (DOCS / "cli.md").read_text()
    for name, command in commands_of(get_command(app)):
        flags = [
            max(one.opts, key=len)
            for one in command.params
            if one.name != "help" and one.param_type_name == "option"
        ]
        assert first_column(section(text, f"mailcatch {name}")) == flags
    for extension in (*OFFERED, *ON_REQUEST):
        assert extension in text


def test_every_command_and_every_extension_has_a_row() -> None:
    text = (DOCS / "smtp.md").read_text()
    commands = re.findall(r"^\| (`[^|]+) \|", section(text, "Commands"), re.MULTILINE)
    assert {verb for row in commands for verb in re.findall(r"`([A-Z]+)`", row)} == {
        *FORMS,
        "TURN",
    }
    offered = re.findall(r"^\| `(\S+)` \| [^|]+ \|", section(text, "Extensions"), re.MULTILINE)
    assert set(offered) == {*OFFERED, *ON_REQUEST, "STARTTLS", "ATRN"}


def test_every_parameter_of_the_catcher_is_documented() -> None:
    text = (DOCS / "python.md").read_text()
    for name in inspect.signature(Catcher).parameters:
        assert re.search(rf"^\| .*`{name}`", text, re.MULTILINE), name
    for name in Verdict.__struct_fields__:
        assert f"| `{name}` |" in text
    for stage in Stage:
        assert stage.name in text
    for name in (*Limits.__struct_fields__, *Facts.__slots__):
        assert name in text


def test_every_public_name_is_documented() -> None:
    for module, page in ((mailcatch, "python.md"), (mailcatch.testing, "testing.md")):
        text = (DOCS / page).read_text()
        names = [name for name in module.__all__ if not name.startswith("_")]
        assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


def rooms() -> Iterator[str]:
    """Give the modules that the house has, by their paths, as its plan tells them."""
    plan = section((DOCS / "architecture.md").read_text(), "Rooms").split("```")[1]
    doors: list[tuple[int, str]] = []
    for line in plan.splitlines():
        depth = len(line) - len(line.lstrip())
        # What is further to the right goes on with the line before.
        if line.strip() and depth < 20:
            doors = [door for door in doors if door[0] < depth]
            if (room := line.split()[0]).endswith("/"):
                doors.append((depth, room))
        for name in re.findall(r"[\w*]+\.py", line):
            yield "".join(room for _, room in doors) + name


def test_every_module_has_a_place_in_the_house() -> None:
    root = Path(mailcatch.__file__).parent
    told = list(rooms())
    patterns = [path for path in told if "*" in path]
    there = {
        path.relative_to(root.parent).as_posix()
        for path in root.rglob("*.py")
        if path.name not in {"__init__.py", "__main__.py"}
    }
    unnamed = {path for path in there - {*told} if not any(map(Path(path).match, patterns))}
    assert unnamed == set()
    assert {*told} - there - {*patterns} == {"mailcatch/__init__.py"}
