"""What tests share: a catcher, and a plain socket to talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch import Catcher


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def catcher(mailbox: Path) -> Iterator[Catcher]:
    with Catcher(port=0, mailbox=mailbox).in_thread() as running:
        yield running
