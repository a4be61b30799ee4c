"""Files of messages: whole under their names, or not there."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.message_file import SPOOL_PAST
from tests.asides import asides


@pytest.fixture(params=["nameless", "named"])
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mailbox]:
    """A mailbox on a file system that has files without names, and on one that has not."""
    if request.param == "named":
        monkeypatch.setattr("mailcatch.mailbox.aside._TMPFILE", 0)
    box = Mailbox(tmp_path / "mail")
    box.open()
    yield box
    asyncio.run(box.close())


def listed(box: Mailbox) -> list[str]:
    return sorted(path.name for path in (box.root / "messages").iterdir())


@pytest.mark.parametrize("size", [0, 1, 1000, SPOOL_PAST, SPOOL_PAST + 1, 3 * SPOOL_PAST])
def test_a_message_appears_whole_when_it_is_committed(opened: Mailbox, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    message = opened.new_message()
    for start in range(0, size, 300_000):
        message.write(content[start : start + 300_000])
    assert not any(name.endswith(".eml") for name in listed(opened))
    assert message.content() == content
    name = asyncio.run(message.commit())
    assert listed(opened) == [name]
    file = opened.root / "messages" / name
    assert file.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_large_message_is_on_the_disk_before_its_end(opened: Mailbox) -> None:
    message = opened.new_message()
    message.write(b"x" * SPOOL_PAST)
    assert asides(opened.root) == []
    message.write(b"x")
    assert asides(opened.root) == [SPOOL_PAST + 1]
    assert all(name.startswith(".") for name in listed(opened))
    message.discard()
    assert listed(opened) == []
    assert asides(opened.root) == []


def test_a_message_can_be_taken_back_after_it_was_committed(opened: Mailbox) -> None:
    message = opened.new_message()
    message.write(b"x")
    asyncio.run(message.commit())
    message.discard()
    assert listed(opened) == []


def test_inner_directories_that_were_removed_are_made_again(opened: Mailbox) -> None:
    for room in ("messages", "sessions"):
        shutil.rmtree(opened.root / room)
    message = opened.new_message()
    message.write(b"x")
    asyncio.run(message.commit())
    assert len(listed(opened)) == 1


def test_a_mailbox_that_was_removed_is_not_made_again(opened: Mailbox) -> None:
    shutil.rmtree(opened.root)
    message = opened.new_message()
    message.write(b"x")
    with pytest.raises(FileNotFoundError):
        asyncio.run(message.commit())
    assert not opened.root.exists()


def test_syncing_reaches_the_file_and_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", watched)
    box = Mailbox(tmp_path / "mail", syncs=True)
    box.open()

    async def keep() -> None:
        several = [box.new_message() for _ in range(5)]
        for message in several:
            message.write(b"x")
        await asyncio.gather(*(message.commit() for message in several))
        await box.close()

    asyncio.run(keep())
    assert len(listed(box)) == 5
    assert synced.count(False) == 5
    # The five shared their directories' syncs.
    assert 2 <= synced.count(True) < 10
