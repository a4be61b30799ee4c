"""A mailbox for commands to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mailbox.filling import Filling


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    """A mailbox to put files into."""
    return Filling(tmp_path / "mail")
