"""A rule file on the disk: written whole or not at all, and no change lost."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from mailcatch.rulefile.document import RuleDocument
from mailcatch.rulefile.errors import RuleFileError
from mailcatch.rulefile.file import NAME, digest_of, edit, read

RULE = {"at": "rcpt", "reply": 451}
# Adds rules to the file that is its argument, one after the other.
EDITOR = """
import sys
from pathlib import Path
from mailcatch.rulefile.file import edit
for number in range(20):
    table = {"id": f"{sys.argv[2]}{number}", "at": "rcpt", "reply": 451}
    edit(Path(sys.argv[1]), lambda document: document.add(table))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def test_a_file_is_made_for_its_user_alone(path: Path) -> None:
    edited = edit(path, lambda document: document.add(RULE))
    assert edited.result == "rcpt-451"
    assert edited.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_mode_and_link_stay(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "rules.toml"
    real.parent.mkdir()
    real.write_text("[faults]\n")
    real.chmod(0o640)
    path.symlink_to(real)
    edit(path, lambda document: document.add(RULE))
    assert path.is_symlink()
    assert "rcpt-451" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_what_stays_the_same_is_not_written(path: Path) -> None:
    assert edit(path, lambda document: document.enable_all(on=True)).digest == ""
    assert read(path) is None
    path.write_text("# mine\n")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    edited = edit(path, lambda document: document.enable_all(on=True))
    assert edited.digest == digest_of(b"# mine\n")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_editors_at_once_lose_nothing(path: Path) -> None:
    editors = [
        subprocess.Popen([sys.executable, "-c", EDITOR, str(path), name]) for name in ("a", "b")
    ]
    assert [editor.wait(timeout=60) for editor in editors] == [0, 0]
    ids = RuleDocument(path.read_text()).ids
    assert sorted(ids) == sorted(f"{name}{number}" for name in "ab" for number in range(20))
    assert [one for one in ids if one[0] == "a"] == [f"a{number}" for number in range(20)]
    assert {one.name for one in path.parent.iterdir()} <= {NAME, f".{NAME}.lock"}


def test_what_is_checked_and_refused_is_not_written(path: Path) -> None:
    path.write_text("# mine\n")

    def refuse(text: str) -> None:
        assert "rcpt-451" in text
        raise KeyError

    with pytest.raises(KeyError):
        edit(path, lambda document: document.add(RULE), refuse)
    assert path.read_text() == "# mine\n"


def test_a_change_by_somebody_who_does_not_wait_is_not_lost(path: Path) -> None:
    path.write_text("# mine\n")

    def intrude(_: str) -> None:
        path.write_text("# new\n")

    with pytest.raises(RuleFileError, match="was changed meanwhile"):
        edit(path, lambda document: document.add(RULE), intrude)
    assert path.read_text() == "# new\n"
    assert {one.name for one in path.parent.iterdir()} <= {NAME, f".{NAME}.lock"}


def test_an_editor_that_takes_too_long_is_told(path: Path) -> None:
    with (
        FileLock(path.with_name(f".{NAME}.lock")),
        pytest.raises(RuleFileError, match="is being edited by another program"),
    ):
        edit(path, lambda document: document.add(RULE), patience=0.01)


@pytest.mark.parametrize(
    ("octets", "said"),
    [(b"\xff\n", "is not UTF-8"), (b"[faults\n", "faults.toml: this is no TOML")],
)
def test_a_file_that_is_none_is_left_alone(path: Path, octets: bytes, said: str) -> None:
    path.write_bytes(octets)
    with pytest.raises(RuleFileError, match=said):
        edit(path, lambda document: document.add(RULE))
    assert path.read_bytes() == octets


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="there is no such directory"):
        edit(tmp_path / "nowhere" / NAME, lambda document: document.add(RULE))
    (tmp_path / NAME).mkdir()
    with pytest.raises(RuleFileError, match=r"cannot read .*directory"):
        edit(tmp_path / NAME, lambda document: document.add(RULE))
    with pytest.raises(RuleFileError, match="a rule file is UTF-8"):
        edit(tmp_path / "x", lambda document: document.add({"at": "rcpt", "reply": "451 \udc80"}))
