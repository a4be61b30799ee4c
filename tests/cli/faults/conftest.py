"""A mailbox, and a server of it that has rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Serving


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A mailbox directory that nobody serves."""
    root = tmp_path / "mail"
    root.mkdir()
    return root


@pytest.fixture
def serving(root: Path) -> Iterator[Serving]:
    """A server of that directory."""
    with Serving("--port", "0", "--dir", root) as serving:
        yield serving
