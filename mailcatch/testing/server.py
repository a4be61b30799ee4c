"""MailServer: a catcher for tests."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mailcatch.catcher import Catcher
from mailcatch.faults.rule import RuleSet
from mailcatch.mailbox.mailbox import Mailbox as Directory
from mailcatch.mailbox.names import MESSAGES
from mailcatch.smtp.address import Address
from mailcatch.smtp.limits import Limits
from mailcatch.testing import wiring
from mailcatch.testing.clock import TestClock
from mailcatch.testing.config import TIMEOUT, Config, Isolation, time_scale
from mailcatch.testing.hearing import HeardMailbox
from mailcatch.testing.ledger import Ledger, Share
from mailcatch.testing.mailbox import Mailbox

if TYPE_CHECKING:
    from mailcatch.faults.engine import RuleCount
    from mailcatch.faults.rule import Rule
    from mailcatch.testing.fault_rule import FaultRule


class MailServer(Catcher):
    """A `mailcatch.Catcher` on a thread of its own, whose mail is given to mailboxes.

    ::

        with MailServer() as server, server.inbox() as inbox:
            send_mail_to(server.host, server.port)
            assert inbox.one().subject == "Welcome"

    host, port: where to listen; a free port unless told otherwise.
    mailbox: the directory; without it a temporary one, removed at the end.
    guest: write into the directory of a server that runs already, beside it.
    hostname, without, limits: as `Catcher` takes them.

    Starting raises `mailcatch.ListenError` and `mailcatch.MailboxError`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        mailbox: str | os.PathLike[str] | None = None,
        guest: bool = False,
        hostname: str = "localhost",
        without: tuple[str, ...] = (),
        limits: Limits = Limits(),  # noqa: B008 - frozen
    ) -> None:
        super().__init__(
            host=host,
            port=port,
            mailbox=mailbox,
            hostname=hostname,
            without=without,
            limits=limits,
            clock=(clock := TestClock()),
        )
        self.clock = clock
        self.made = 0
        self._enforced: dict[str, Rule] = {}
        self.ledger = Ledger()
        self._guest = guest
        self._keeps_files = mailbox is not None
        self._running: AbstractContextManager[Self] | None = None

    @classmethod
    def of(
        cls,
        config: Config,
        *,
        mailbox: str | os.PathLike[str] | None = None,
        guest: bool = False,
    ) -> Self:
        """Make a server as a test run's configuration has it."""
        return cls(
            host=config.host,
            port=config.port,
            mailbox=mailbox,
            guest=guest,
            hostname=config.hostname,
            without=config.without,
            limits=Limits(message=config.max_size),
        )

    @property
    def addr(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    @property
    def url(self) -> str:
        """Where to send to, as "smtp://127.0.0.1:1025"."""
        return wiring.url(self)

    def env(self, prefix: str = "") -> dict[str, str]:
        """Return environment variables with host and port, as `wiring.environment` does."""
        return wiring.environment(self, prefix)

    def inbox(
        self,
        *,
        isolation: Isolation = "view",
        timeout: float | None = None,
        strict: bool = True,
        name: str = "",
    ) -> Mailbox:
        """Begin a mailbox.

        isolation: "view" takes all mail begun from now on, until it is closed or another is begun;
        "port" what comes to a port of its own; "address" what is sent to its own addresses.
        timeout: seconds that its waits may take. strict: whether a fault rule that never fired is
        a failure. name: whose it is, for messages.
        """
        share = Share(name, secrets.token_hex(4))
        port = self.port
        address: Address | None = None
        if isolation == "port":
            address = self._listen_too()
            share.listener, port = str(address), address.port
        before = self.ledger.enter(share, current=isolation == "view")

        def close(closed: Mailbox) -> None:
            self.ledger.leave(share, before)
            if address is not None:
                self._leave_soon(address)
            self._forget_files(share)

        seconds = TIMEOUT * time_scale() if timeout is None else timeout
        return Mailbox(self, share, timeout=seconds, strict=strict, close=close, port=port)

    def enforce(self, rule: FaultRule, asked: Rule) -> None:
        """Put a fault rule in force, or in force anew. asked: it, for the engine."""
        self._enforced[rule.name] = asked
        self.use_faults(RuleSet(rules=tuple(self._enforced.values())))

    def lift(self, rule: FaultRule) -> RuleCount | None:
        """Take a fault rule out of force, and return its last counters."""
        if rule.name not in self._enforced:
            return None
        count = self.count(rule)
        del self._enforced[rule.name]
        if self._server is not None:
            self.use_faults(RuleSet(rules=tuple(self._enforced.values())))
        return count

    def count(self, rule: FaultRule) -> RuleCount | None:
        """Return what a fault rule counted."""
        for one in self.engine.counters():
            if one.id == rule.name:
                return one
        return None

    def __enter__(self) -> Self:
        """Start on a thread of its own."""
        self._running = self.in_thread()
        return self._running.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop at once."""
        if self._running is not None:
            running, self._running = self._running, None
            running.__exit__(kind, error, traceback)

    def _new_mailbox(self, directory: Path) -> Directory:
        return HeardMailbox(directory, self.ledger, syncs=self._fsync, guest=self._guest)

    def _listen_too(self) -> Address:
        if self._loop is None:
            raise RuntimeError("the server is not running")
        listening = self.listen(f"{self.host}:0")
        return asyncio.run_coroutine_threadsafe(listening, self._loop).result()

    def _leave_soon(self, address: Address) -> None:
        def leave() -> None:
            self.leave(address)
            self.ledger.forget_listener(str(address))

        if self._loop is not None:
            # A loop that is closed listens nowhere any more.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(leave)

    def _forget_files(self, share: Share) -> None:
        """Remove the messages of a mailbox that is over from a directory that nobody asked for."""
        if self._keeps_files or self._directory is None:
            return
        for name in share.files:
            (self._directory / MESSAGES / name).unlink(missing_ok=True)

    def __repr__(self) -> str:
        if self._server is None:
            return "<MailServer, not running>"
        return f"<MailServer on {self.host}:{self.port}>"
