"""The fixture `smtpserver` of pytest-localserver, on this server: opt in in conftest.py.

    pytest_plugins = ["mailcatch.testing.localserver"]

`smtpserver.outbox` holds `email.message.Message` objects with `details`, as pytest-localserver
gives them; `Server` is there too. New tests ask for `mailcatch` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.message import Message
    from mailcatch.testing.server import MailServer


@dataclass(frozen=True)
class Details:
    """What the session said about a message."""

    peer: tuple[str, int]
    mailfrom: str
    rcpttos: list[str]
    mail_options: list[str]


class Server:
    """What a test that was written for pytest-localserver uses; by itself, to start and to stop.

    outbox: the messages, each with `details`; a list that mail is added to as it comes, and that
    may be emptied.
    """

    def __init__(
        self, host: str = "localhost", port: int = 0, *, mailbox: Mailbox | None = None
    ) -> None:
        """Say where to listen; or take a mailbox whose server runs."""
        self.outbox: list[Any] = []
        self._asked = (host, port)
        self._own: MailServer | None = None
        self._mailbox = mailbox
        self._forget: Callable[[], None] | None = None
        self._taken = 0
        if mailbox is not None:
            self._follow(mailbox)

    @property
    def addr(self) -> tuple[str, int]:
        """Host and port."""
        return self._mailbox.addr if self._mailbox is not None else self._asked

    @property
    def port(self) -> int:
        """The port."""
        return self.addr[1]

    @property
    def accepting(self) -> bool:
        """Whether it takes mail."""
        return self._forget is not None

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self.accepting

    def start(self) -> None:
        """Start a server of its own."""
        from mailcatch.testing.server import MailServer

        host, port = self._asked
        self._own = MailServer(host=host, port=port)
        self._own.__enter__()
        self._mailbox = self._own.inbox()
        self._follow(self._mailbox)

    def stop(self, timeout: float | None = None) -> None:
        """Stop the server of its own. One that others use closes this test's connections at once.

        timeout: not needed; it stops at once.
        """
        if self._forget is None or self._mailbox is None:
            return
        self._forget()
        self._forget = None
        if self._own is not None:
            self._own.__exit__(None, None, None)
        elif not self._mailbox.share.closed:
            self._mailbox.drop(at="connect", optional=True)

    def _follow(self, mailbox: Mailbox) -> None:
        def take() -> None:
            for one in mailbox.messages:
                if one.number > self._taken:
                    self._taken = one.number
                    self.outbox.append(_detailed(one))

        self._taken = 0
        self._forget = mailbox.server.ledger.watch(take)
        with mailbox.server.ledger.changed:
            take()


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
def smtpserver(mailcatch: Mailbox) -> Iterator[Server]:
    """Return the server as pytest-localserver shows it."""
    server = Server(mailbox=mailcatch)
    yield server
    server.stop()
