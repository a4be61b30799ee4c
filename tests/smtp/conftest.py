"""What tests of the wire share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mailcatch import Catcher
from tests.talk import Talk


@pytest.fixture
def talk(catcher: Catcher) -> Iterator[Talk]:
    with Talk(catcher) as client:
        yield client


@pytest.fixture
def start(mailbox: Path) -> Iterator[Callable[..., Catcher]]:
    """Start a catcher with options of the test's own."""
    with ExitStack() as running:

        def start_with(**options: Any) -> Catcher:
            catcher = Catcher(port=0, mailbox=mailbox, **options)
            return running.enter_context(catcher.in_thread())

        yield start_with
