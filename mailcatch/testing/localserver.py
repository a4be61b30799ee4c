"""The fixture `smtpserver` of pytest-localserver, on this server: opt in in conftest.py.

    pytest_plugins = ["mailcatch.testing.localserver"]

`smtpserver.outbox` holds `email.message.Message` objects with `details`, as pytest-localserver
gives them. New tests ask for `mailcatch` instead, which is there too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.message import Message


@dataclass(frozen=True)
class Details:
    """What the session said about a message."""

    peer: tuple[str, int]
    mailfrom: str
    rcpttos: list[str]
    mail_options: list[str]


class Localserver:
    """What a test that was written for pytest-localserver uses."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    @property
    def addr(self) -> tuple[str, int]:
        """Host and port."""
        return self._mailbox.addr

    @property
    def port(self) -> int:
        """The port."""
        return self._mailbox.port

    @property
    def accepting(self) -> bool:
        """Whether it listens."""
        return True

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return True

    @property
    def outbox(self) -> list[Any]:
        """The messages, each with `details`."""
        return [_detailed(one) for one in self._mailbox]


def _detailed(one: Message) -> Any:
    message: Any = one.email
    message.details = Details(
        one.session.peer_end,
        str(one.envelope.mail_from),
        [str(address) for address in one.envelope.rcpt_to],
        list(one.envelope.options),
    )
    return message


@pytest.fixture
def smtpserver(mailcatch: Mailbox) -> Localserver:
    """Return the server as pytest-localserver shows it."""
    return Localserver(mailcatch)
