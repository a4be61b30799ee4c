"""What tests of the mailbox share."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.reader import Reader
from tests.mailbox.filling import Filling


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Mailbox]:
    """A mailbox that this test serves."""
    box = Mailbox(tmp_path / "mail")
    box.open()
    yield box
    asyncio.run(box.close())


@pytest.fixture
def forbidden(tmp_path: Path) -> Path:
    """A place in which nobody can make a directory, root neither."""
    path = tmp_path / "file"
    path.touch()
    assert os.access(path, os.W_OK)
    return path / "mail"


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    """A mailbox to put files into."""
    return Filling(tmp_path / "mail")


@pytest.fixture
def reader(filling: Filling) -> Iterator[Reader]:
    """A reader of that mailbox."""
    with Reader(filling.root) as opened:
        yield opened
