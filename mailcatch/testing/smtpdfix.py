"""The fixture `smtpd` of smtpdfix, on this server: opt in with one line in conftest.py.

    pytest_plugins = ["mailcatch.testing.smtpdfix"]

`smtpd.messages` holds `email.message.Message` objects, as smtpdfix gives them. New tests ask for
`mailcatch` instead, which is there too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from email.message import Message

    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.server import MailServer

_LATER: Final = frozenset(
    ("use_ssl", "use_starttls", "enforce_auth", "auth_require_tls", "ssl_cert_files")
)


class Smtpdfix:
    """What a test that was written for smtpdfix uses. config: host and port can be set."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._moved: list[tuple[MailServer, Mailbox]] = []
        self.config = Config(self)

    @property
    def hostname(self) -> str:
        """The host."""
        return self._mailbox.host

    @property
    def port(self) -> int:
        """The port."""
        return self._mailbox.port

    @property
    def messages(self) -> list[Message]:
        """The messages, with the headers that smtpdfix adds: X-Peer, X-MailFrom, X-RcptTo."""
        found = []
        for one in self._mailbox:
            message = one.email
            peer, _, port = one.session.peer.rpartition(":")
            message["X-Peer"] = str((peer, int(port or 0)))
            message["X-MailFrom"] = str(one.envelope.mail_from)
            message["X-RcptTo"] = ", ".join(one.envelope.rcpt_to)
            found.append(message)
        return found

    def move(self, host: str, port: int) -> None:
        """Listen elsewhere, as setting `config.port` does."""
        from mailcatch.testing.server import MailServer

        server = MailServer(host=host, port=port)
        server.__enter__()
        self._mailbox = server.inbox()
        self._moved.append((server, self._mailbox))

    def stop(self) -> None:
        """Stop what was started for this test alone."""
        for server, mailbox in self._moved:
            mailbox.close()
            server.__exit__(None, None, None)
        self._moved.clear()


class Config:
    """The properties of `smtpd.config`. What takes TLS or demands a login is refused."""

    login_username = "user"
    login_password = "password"  # noqa: S105 - smtpdfix's; any is taken
    ready_timeout = 10.0
    use_ssl = use_starttls = enforce_auth = False
    auth_require_tls = True
    ssl_cert_files = (None, None)

    def __init__(self, smtpd: Smtpdfix) -> None:
        object.__setattr__(self, "_smtpd", smtpd)

    @property
    def host(self) -> str:
        """The host."""
        smtpd: Smtpdfix = self.__dict__["_smtpd"]
        return smtpd.hostname

    @property
    def port(self) -> int:
        """The port."""
        smtpd: Smtpdfix = self.__dict__["_smtpd"]
        return smtpd.port

    def __setattr__(self, name: str, value: object) -> None:
        smtpd: Smtpdfix = self.__dict__["_smtpd"]
        if name == "port":
            smtpd.move(self.host, int(str(value)))
        elif name == "host":
            smtpd.move(str(value), 0)
        elif name in _LATER and value:
            raise NotImplementedError(f"the fixture smtpd of mailcatch has no config.{name} yet")
        else:
            object.__setattr__(self, name, value)


@pytest.fixture
def smtpd(mailcatch: Mailbox) -> Iterator[Smtpdfix]:
    """Return the server as smtpdfix shows it; SMTPD_HOST and SMTPD_PORT move it."""
    found = Smtpdfix(mailcatch)
    port = os.environ.get("SMTPD_PORT")
    host = os.environ.get("SMTPD_HOST")
    if port or host:
        found.move(host or "127.0.0.1", int(port or 0))
    try:
        yield found
    finally:
        with suppress(RuntimeError):
            found.stop()
