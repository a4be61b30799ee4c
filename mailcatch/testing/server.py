"""MailServer: a catcher for tests."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from weakref import finalize

from mailcatch.catcher import Catcher
from mailcatch.mailbox.mailbox import Mailbox as Directory
from mailcatch.mailbox.names import MESSAGES
from mailcatch.smtp.address import Address, Security
from mailcatch.smtp.limits import Limits
from mailcatch.testing import wiring
from mailcatch.testing.checking import check_extensions, check_tls, check_users, check_whole
from mailcatch.testing.clock import TestClock
from mailcatch.testing.config import TIMEOUT, Config, File, Isolation, Tls, time_scale
from mailcatch.testing.errors import MailcatchMisuse
from mailcatch.testing.hearing import HeardMailbox
from mailcatch.testing.in_force import RulesInForce
from mailcatch.testing.ledger import Ledger, Share
from mailcatch.testing.mailbox import Mailbox

if TYPE_CHECKING:
    import ssl

    from mailcatch.testing.overhearing import Overhearing


_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what it stands for


class MailServer(Catcher):
    """A `mailcatch.Catcher` on a thread of its own, whose mail is given to mailboxes.

    ::

        with MailServer() as server, server.inbox() as inbox:
            send_mail_to(server.host, server.port)
            assert inbox.one().subject == "Welcome"

    host, port: where to listen; a free port unless told otherwise.
    mailbox: the directory; without it a temporary one, removed at the end.
    guest: write into the directory of a server that runs already, beside it; what comes to that one
    is seen too.
    hostname, without, limits, require_tls, cert, key, client_ca, auth_users, auth_mechanisms,
    require_auth, lmtp, proxy_protocol, atrn: as `Catcher` takes them.
    tls: "starttls" offers STARTTLS on the port; with "implicit" TLS comes first there; "both"
    offers STARTTLS on the port, and listens besides on `tls_port`, where TLS comes first.
    ca_dir: where the authority is kept that signs the certificate; a temporary one by default.
    dsn: make the notifications of success that clients ask for.

    Starting raises `mailcatch.ListenError` and `mailcatch.MailboxError`; what cannot be used for
    TLS or AUTH `mailcatch.CertificateError` and `mailcatch.AccountsError`. Settings that cannot be
    raise MailcatchMisuse, when it is made.
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
        tls: Tls | None = None,
        require_tls: bool = False,
        cert: File | None = None,
        key: File | None = None,
        client_ca: File | None = None,
        ca_dir: File | None = None,
        auth_users: Mapping[str, str] | None = None,
        auth_mechanisms: Iterable[str] = (),
        require_auth: bool = False,
        lmtp: bool = False,
        proxy_protocol: bool = False,
        atrn: bool = False,
        dsn: bool = False,
    ) -> None:
        __tracebackhide__ = True
        check_tls(tls, require_tls=require_tls, cert=cert, key=key, ca=client_ca)
        check_users(auth_users)
        check_extensions(without)
        check_whole("port", port, 0, 65535)
        self._login = next(iter((auth_users or {}).items()), None)
        self._forget_authority: Callable[[], object] | None = None
        if tls is not None and cert is None and ca_dir is None:
            ca_dir = tempfile.mkdtemp(prefix="mailcatch-ca-")
            self._forget_authority = finalize(self, shutil.rmtree, ca_dir, ignore_errors=True)
        first = tls == "implicit"
        super().__init__(
            host=host,
            port=port,
            listen=[f"tls:{Address(host, port)}"] if first else [],
            tls=None if first else tls,
            require_tls=require_tls,
            cert=cert,
            key=key,
            client_ca=client_ca,
            ca_dir=ca_dir,
            auth_users=auth_users,
            auth_mechanisms=auth_mechanisms,
            require_auth=require_auth,
            lmtp=lmtp,
            proxy_protocol=proxy_protocol,
            atrn=atrn,
            dsn=dsn,
            mailbox=mailbox,
            hostname=hostname,
            without=without,
            limits=limits,
            clock=(clock := TestClock()),
        )
        self.clock = clock
        self.rules = RulesInForce(self)
        self.ledger = Ledger()
        self._guest = guest
        self._overhearing: Overhearing | None = None
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
        __tracebackhide__ = True
        if not isinstance(config, Config):
            raise MailcatchMisuse(f"mailcatch: {config!r} is no mailcatch.testing.Config")
        check_whole("max_size", config.max_size, 0, sys.maxsize)
        return cls(
            host=config.host,
            port=config.port,
            mailbox=mailbox,
            guest=guest,
            hostname=config.hostname,
            without=config.without,
            limits=Limits(message=config.max_size),
            tls=config.tls,
            require_tls=config.require_tls,
            cert=config.cert,
            key=config.key,
            client_ca=config.client_ca,
            auth_users=config.auth_users,
            auth_mechanisms=config.auth_mechanisms,
            require_auth=config.require_auth,
            lmtp=config.lmtp,
            proxy_protocol=config.proxy_protocol,
            atrn=config.atrn,
            dsn=config.dsn,
        )

    @property
    def host(self) -> str:
        """Where clients find it: the loopback address where it listens on all."""
        return _LOOPBACK.get(super().host, super().host)

    @property
    def login(self) -> tuple[str, str] | None:
        """The first user who may authenticate, and the secret; None where everybody may."""
        return self._login

    @property
    def addr(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    @property
    def begins_with_tls(self) -> bool:
        """Whether TLS comes first on the port."""
        return self.addresses[0].security is Security.IMPLICIT

    @property
    def speaks_lmtp(self) -> bool:
        """Whether LMTP is spoken on the port, instead of SMTP."""
        return self.addresses[0].lmtp

    @property
    def url(self) -> str:
        """Where to send to, as "smtp://127.0.0.1:1025"; "smtps://" where TLS comes first."""
        return wiring.url(self)

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context for clients that trusts this server's authority."""
        import ssl

        return ssl.create_default_context(cafile=self.authority_file)

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
        share.address = str(Address(self.host, port))
        before = self.ledger.enter(share, current=isolation == "view")

        def close(closed: Mailbox) -> None:
            self.ledger.leave(share, before)
            if address is not None:
                self._leave_soon(address)
            self._forget_files(share)

        seconds = TIMEOUT * time_scale() if timeout is None else timeout
        return Mailbox(self, share, timeout=seconds, strict=strict, close=close, port=port)

    def __enter__(self) -> Self:
        """Start on a thread of its own."""
        self._running = self.in_thread()
        self._running.__enter__()
        if self._guest and self._directory is not None:
            from mailcatch.testing.overhearing import Overhearing

            self._overhearing = Overhearing(self._directory, self.ledger)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop at once."""
        if self._running is not None:
            running, self._running = self._running, None
            try:
                if self._overhearing is not None:
                    self._overhearing.stop()
            finally:
                running.__exit__(kind, error, traceback)

    def _new_mailbox(self, directory: Path) -> Directory:
        return HeardMailbox(directory, self.ledger, syncs=self._fsync, guest=self._guest)

    def _listen_too(self) -> Address:
        if self._loop is None:
            raise RuntimeError("the server is not running")
        listening = self.listen(f"{self.addresses[0].marks}{Address(super().host)}")
        return asyncio.run_coroutine_threadsafe(listening, self._loop).result()

    def _remove_temporary(self) -> None:
        super()._remove_temporary()
        if self._forget_authority is not None:
            self._forget_authority()

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
