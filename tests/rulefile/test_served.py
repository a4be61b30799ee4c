"""Waiting until a server has taken the rules: one stands in for it, and writes server.json."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from mailcatch.mailbox.server_file import Counters, FaultsState, ServerState, write_state
from mailcatch.rulefile.file import NAME, digest_of, edit
from mailcatch.rulefile.served import NotTakenError, Taken, wait_until_taken

RULE = {"at": "rcpt", "reply": 451}


def serve(
    root: Path, digest: str, *, pid: int | None = None, error: str = "", knows: bool = True
) -> None:
    faults = FaultsState(NAME, digest, 1, True, "2026-11-23T12:00:00Z", error)
    state = ServerState(
        1,
        os.getpid() if pid is None else pid,
        "0",
        "2026-11-23T12:00:00Z",
        [],
        Counters(),
        faults=faults if knows else None,
    )
    write_state(root, state)


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=30)
    return process.pid


def test_where_there_is_no_server_nobody_is_waited_for(tmp_path: Path) -> None:
    edited = edit(tmp_path / NAME, lambda document: document.add(RULE))
    assert wait_until_taken(tmp_path, tmp_path / NAME, edited.digest) is Taken.NOBODY


def test_it_returns_when_the_server_has_the_file_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / NAME
    serve(tmp_path, "")
    edited = edit(path, lambda document: document.add(RULE))
    with pytest.raises(NotTakenError, match=r"has not taken the rules within 0\.05 s"):
        wait_until_taken(tmp_path, path, edited.digest, 0.05)
    timer = Timer(0.05, serve, (tmp_path, edited.digest))
    timer.start()
    assert wait_until_taken(tmp_path, path, edited.digest, 30) is Taken.SERVER
    timer.join()


def test_a_later_edit_stands_for_this_one(tmp_path: Path) -> None:
    path = tmp_path / NAME
    first = edit(path, lambda document: document.add(RULE))
    second = edit(path, lambda document: document.add(RULE))
    serve(tmp_path, second.digest)
    assert wait_until_taken(tmp_path, path, first.digest, 0) is Taken.SERVER


def test_a_file_that_was_never_there_is_taken(tmp_path: Path) -> None:
    serve(tmp_path, "")
    edited = edit(tmp_path / NAME, lambda document: document.enable_all(on=True))
    assert wait_until_taken(tmp_path, tmp_path / NAME, edited.digest, 0) is Taken.SERVER


def test_rules_that_the_server_cannot_use_are_told(tmp_path: Path) -> None:
    serve(tmp_path, digest_of(b"x"), error="faults.toml:3: at is missing")
    with pytest.raises(NotTakenError, match=r"keeps the last good ones: faults\.toml:3: at is"):
        wait_until_taken(tmp_path, tmp_path / NAME, digest_of(b"x"), 0)


def test_a_server_that_died_is_not_waited_for_long(tmp_path: Path, gone: int) -> None:
    (tmp_path / NAME).write_text("[faults]\n")
    serve(tmp_path, "", pid=gone)
    assert wait_until_taken(tmp_path, tmp_path / NAME, "new", 3_600) is Taken.GONE


def test_a_server_in_a_container_takes_its_rules_too(tmp_path: Path, gone: int) -> None:
    (tmp_path / NAME).write_text("[faults]\n")
    serve(tmp_path, "new", pid=gone)
    assert wait_until_taken(tmp_path, tmp_path / NAME, "new", 0) is Taken.SERVER


def test_a_server_without_faults_is_told(tmp_path: Path) -> None:
    serve(tmp_path, "", knows=False)
    with pytest.raises(NotTakenError, match="knows no faults"):
        wait_until_taken(tmp_path, tmp_path / NAME, "new", 0)
