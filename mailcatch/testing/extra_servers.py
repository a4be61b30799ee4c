"""More servers for one test: with other settings, closed, or deaf."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict, Unpack

from mailcatch import AccountsError, CertificateError, ListenError
from mailcatch.testing import wiring
from mailcatch.testing.config import Config, File, Tls
from mailcatch.testing.errors import check_words
from mailcatch.testing.mailbox import Mailbox
from mailcatch.testing.server import MailServer


class Changes(TypedDict, total=False):
    """What is different from `mailcatch_config`."""

    host: str
    port: int
    hostname: str
    without: tuple[str, ...]
    max_size: int
    tls: Tls | None
    require_tls: bool
    cert: File | None
    key: File | None
    client_ca: File | None
    auth_users: Mapping[str, str] | None
    auth_mechanisms: tuple[str, ...]
    require_auth: bool
    lmtp: bool
    proxy_protocol: bool
    atrn: bool


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port at which no server speaks."""

    host: str
    port: int

    @property
    def addr(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    @property
    def speaks_lmtp(self) -> bool:
        """Nothing is spoken there."""
        return False

    @property
    def begins_with_tls(self) -> bool:
        """Whether TLS comes first: never."""
        return False

    @property
    def authority_file(self) -> Path | None:
        """What clients have to trust: nothing."""
        return None

    @property
    def login(self) -> tuple[str, str] | None:
        """Who may authenticate: nobody."""
        return None

    @property
    def url(self) -> str:
        """As "smtp://127.0.0.1:1025"."""
        return wiring.url(self)

    def env(self, prefix: str = "") -> dict[str, str]:
        """Return environment variables with host and port, as `wiring.environment` does."""
        return wiring.environment(self, prefix)


class ExtraServers:
    """Makes servers, and stops them at the end of the test.

    made: their mailboxes are added here.
    """

    def __init__(self, config: Config, timeout: float, strict: bool, made: list[Mailbox]) -> None:
        self._config = replace(config, port=0)
        self._timeout = timeout
        self._strict = strict
        self._made = made
        self._stack = ExitStack()

    def __call__(self, **changes: Unpack[Changes]) -> Mailbox:
        """Start a server, and return its mailbox: `make_mailcatch(tls="starttls")`."""
        __tracebackhide__ = True
        check_words(changes, Changes.__annotations__, "a server has no")
        try:
            server = self._stack.enter_context(MailServer.of(replace(self._config, **changes)))
        except (AccountsError, CertificateError, ListenError) as error:
            # The test's line is of interest, not ours.
            raise error.with_traceback(None) from None
        mailbox = server.inbox(timeout=self._timeout, strict=self._strict)
        self._stack.callback(mailbox.close)
        self._made.append(mailbox)
        return mailbox

    def refused(self) -> Endpoint:
        """Return a port that refuses connections, and that nobody else gets meanwhile."""
        return self._bind(listens=False)

    def blackhole(self) -> Endpoint:
        """Return a port that takes connections and never says a word."""
        return self._bind(listens=True)

    def _bind(self, *, listens: bool) -> Endpoint:
        sock = self._stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        sock.bind(("127.0.0.1", 0))
        if listens:
            # The kernel accepts, and nobody ever takes the connections from it.
            sock.listen(128)
        host, port = sock.getsockname()
        return Endpoint(host, port)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop all of them."""
        self._stack.close()
