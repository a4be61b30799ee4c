from __future__ import annotations

from collections.abc import Iterator

import pytest

from mailcatch.testing import Mailbox, MailServer
from tests.testing.plugin import run

__all__ = ["run"]


@pytest.fixture(scope="session")
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def inbox(server: MailServer) -> Iterator[Mailbox]:
    mailbox = server.inbox(name="this test")
    yield mailbox
    mailbox.close()
