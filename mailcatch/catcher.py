"""The catcher: a server and a mailbox put together."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from mailcatch.announcing import Announcing
from mailcatch.breaking.faults import Faults
from mailcatch.breaking.reloading import Reloading
from mailcatch.breaking.sources import Source, joined
from mailcatch.faults.clock import Clock
from mailcatch.faults.rule import RuleSet
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.retention import Removal, Retention
from mailcatch.mailbox.server_file import Counters
from mailcatch.notifying.posting import NoticeWatcher, Posting
from mailcatch.own_thread import OwnThread
from mailcatch.recording import SessionRecorder, Tally, TransactionWatcher
from mailcatch.relaying import Relaying
from mailcatch.retaining import RemovalWatcher, Retaining
from mailcatch.securing import Tls, accounts_of, keyring, listeners, mechanisms_of
from mailcatch.smtp.address import Address, Security
from mailcatch.smtp.handshake import Keyring
from mailcatch.smtp.limits import Limits
from mailcatch.smtp.policy import ACCEPT_ALL, Policy
from mailcatch.smtp.recorder import Recorder
from mailcatch.smtp.server import GRACE_SECONDS, Server
from mailcatch.smtp.service import Service

log = logging.getLogger("mailcatch")


class Catcher:
    """Takes every message that is sent to it and keeps it in a mailbox directory.

    ::

        async with Catcher(port=0, mailbox=path) as catcher:
            send_mail_to(catcher.host, catcher.port)

        with Catcher(port=0, mailbox=path).in_thread() as catcher:
            ...

    host, port: where to listen; port 0 takes a free one. listen: several addresses instead, such as
    "127.0.0.1:1025", "localhost:1025" (both families) or "unix:/run/mail.sock".
    mailbox: the directory; without it a temporary one, removed at the end.
    limits: the bounds of a session. policy: decides what happens at each stage.
    faults: rules of what to break, besides those in the directory's faults.toml: a RuleSet, the
    path of a rule file, its text, shorthand ("rcpt-451-x2"), or several. only_given_faults: break
    nothing else, neither what the directory's file says nor what clients ask for by magic.
    seed: what their chance is drawn from. clock: the time that their schedules go by.
    on_faults: called on the catcher's thread when a rule file changed while it ran.
    handler: an aiosmtpd handler, or None. offer: extensions that are offered besides the usual
    ones, perhaps with parameters ("NO-SOLICITING net.example:ADV"); "all" is all there is.
    without: extensions that are not offered.
    hostname: what the server calls itself. fsync: keep messages safe from the death of the machine
    before they are acknowledged, not only from that of the process.
    show_credentials: keep the secrets of AUTH in the transcripts.
    tls: "starttls" offers STARTTLS, "implicit" listens besides where TLS comes first, "both" does
    both; an address of `listen` may say by itself how TLS is spoken there ("tls:127.0.0.1:1465",
    "starttls:...", "plain:..."). tls_port: of the listener where TLS comes first, by default 1465,
    or a free one where `port` is 0. require_tls: take mail inside of TLS only.
    lmtp: speak LMTP instead of SMTP (RFC 2033). proxy_protocol: expect a PROXY header in front of
    each connection. One address is marked so by "lmtp:..." and "proxy:...".
    atrn: let clients that authenticated fetch the mailbox's mail (RFC 2645).
    cert, key: files of a certificate of your own; without them one is made, signed by an authority
    that is kept in ca_dir, by default the user's. client_ca: authorities (a file) of clients that
    may show a certificate.
    auth_users: secrets by user; with them, or auth_file (htpasswd), nobody else may authenticate.
    auth_mechanisms: names of those that are offered; all that somebody can pass by default.
    require_auth: take mail from authenticated clients only. old_auth: offer AUTH in its old form
    besides ("AUTH=PLAIN").
    dsn: make the notifications of success that clients ask for (NOTIFY=SUCCESS); those that rules
    bounce with are made in any case.
    retention: how much of the mailbox is kept; all of it without one.
    on_transaction: called on the catcher's thread when a transaction ends, before its last reply.
    on_removal: called on the catcher's thread when something was removed because of a limit.
    on_notification: called on the catcher's thread with a delivery status notification that was
    made, and its file.

    Rules that cannot be used raise `mailcatch.RuleError`; so `mailcatch.CertificateError` and, for
    accounts and mechanisms, `mailcatch.AccountsError`; an unknown extension raises ValueError.
    Starting raises `mailcatch.ListenError` and `mailcatch.MailboxError`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 1025,
        listen: Iterable[str] = (),
        mailbox: str | os.PathLike[str] | None = None,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        policy: Policy = ACCEPT_ALL,
        faults: Source | Iterable[Source] = (),
        only_given_faults: bool = False,
        seed: int | None = None,
        clock: Clock | None = None,
        on_faults: Callable[[Faults], None] | None = None,
        handler: object = None,
        offer: Iterable[str] = (),
        without: Iterable[str] = (),
        hostname: str = "localhost",
        fsync: bool = False,
        show_credentials: bool = False,
        tls: Tls | None = None,
        tls_port: int | None = None,
        require_tls: bool = False,
        cert: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        client_ca: str | os.PathLike[str] | None = None,
        ca_dir: str | os.PathLike[str] | None = None,
        auth_users: Mapping[str, str] | None = None,
        auth_file: str | os.PathLike[str] | None = None,
        auth_mechanisms: Iterable[str] = (),
        require_auth: bool = False,
        old_auth: bool = False,
        lmtp: bool = False,
        proxy_protocol: bool = False,
        atrn: bool = False,
        dsn: bool = False,
        retention: Retention = Retention(),  # noqa: B008 - frozen
        on_transaction: TransactionWatcher | None = None,
        on_removal: RemovalWatcher | None = None,
        on_notification: NoticeWatcher | None = None,
    ) -> None:
        self._lmtp, self._proxied = lmtp, proxy_protocol
        addresses = [Address.parse(one) for one in listen] or [Address(host, port)]
        asked = [self._as_all(one) for one in addresses]
        self._asked = listeners(asked, tls, tls_port, required=require_tls)
        self._keyring: Keyring | None = None
        if any(one.security is not Security.NONE for one in self._asked):
            self._keyring = keyring(
                _path(ca_dir),
                self._asked,
                hostname=hostname,
                certificate=_path(cert),
                key=_path(key),
                clients_from=_path(client_ca),
            )
        self._temporary = mailbox is None
        self._directory = None if mailbox is None else Path(mailbox).absolute()
        self._fsync = fsync
        self._limits = limits
        self._handler = handler
        self._retention = retention
        self._on_removal = on_removal
        self._retaining: Retaining | None = None
        self._dsn = dsn
        self._on_notification = on_notification
        self._posting: Posting | None = None
        self._tally = Tally()
        self._tally.watcher = on_transaction
        if isinstance(faults, RuleSet | str | os.PathLike):
            faults = (faults,)
        self._faults = Faults(
            faults,
            seed=seed,
            clock=clock,
            host=hostname,
            otherwise=policy,
            only_given=only_given_faults,
        )
        self._on_faults = on_faults
        self._service = Service(
            hostname=hostname,
            limits=limits,
            policy=self._faults.policy,
            report=self._report,
            open_recorder=self._open_recorder,
            offer=offer,
            without=without,
            show_credentials=show_credentials,
            accounts=accounts_of(auth_users or {}, _path(auth_file)),
            mechanisms=mechanisms_of(auth_mechanisms),
            auth_required=require_auth,
            old_auth=old_auth,
            keyring=self._keyring,
            requires_tls=require_tls,
            relay=Relaying(lambda: self.mailbox) if atrn else None,
        )
        self._mailbox: Mailbox | None = None
        self._server: Server | None = None
        self._announcing: Announcing | None = None
        self._reloading = Reloading(self._faults, self._report, self._tell_faults)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Take the directory and listen. Raises MailboxError and ListenError."""
        if self._server is not None:
            raise RuntimeError("the catcher is running already")
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="mailcatch-"))
        mailbox = self._new_mailbox(self._directory)
        server = Server(self._service, self._handler)
        self._posting = posting = self._new_posting(mailbox)
        try:
            mailbox.open()
            self._mailbox = mailbox
            posting.start()
            self._reloading.start(self._directory)
            await server.start(self._asked)
            self._announcing = Announcing(mailbox, self._tally, self._faults, server)
            self._announcing.start()
            self._retaining = Retaining(mailbox, self._retention, self._tally, self._tell_removal)
            self._retaining.start()
        except BaseException:
            await server.stop(0)
            await posting.stop()
            await self._let_go(mailbox)
            raise
        self._server = server
        self._loop = asyncio.get_running_loop()

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop listening, let transactions in flight finish, and let go of the directory.

        grace: seconds that the transactions get.
        """
        if self._server is None or self._mailbox is None:
            return
        await self._server.stop(grace)
        self._server = None
        try:
            if self._posting is not None and (dropped := await self._posting.stop()):
                log.warning(
                    "dropped %d delivery status notifications that were to come later", dropped
                )
            if self._retaining is not None:
                await self._retaining.stop()
        finally:
            # Also where somebody does not want to wait for these.
            await self._let_go(self._mailbox)

    async def _let_go(self, mailbox: Mailbox) -> None:
        """Leave the directory to others: nothing of this run writes to it any more."""
        self._reloading.stop()
        if self._announcing is not None:
            self._announcing.stop()
            self._announcing = None
        await mailbox.close()
        self._mailbox = None
        self._remove_temporary()

    async def listen(self, address: str) -> Address:
        """Listen on one more address, such as "127.0.0.1:0", and return where that really is.

        Raises ListenError.
        """
        if self._server is None:
            raise RuntimeError("the catcher is not running")
        (taken, *_) = await self._server.listen([self._as_all(Address.parse(address))])
        return taken

    def leave(self, address: Address) -> None:
        """Listen on an address no more; sessions that came through it go on."""
        if self._server is not None and address in self._server.addresses:
            self._server.leave(address)

    @contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Run on a thread and an event loop of its own, for synchronous code."""
        with OwnThread(self):
            yield self

    @property
    def addresses(self) -> list[Address]:
        """Where the catcher really listens."""
        if self._server is None:
            raise RuntimeError("the catcher is not running")
        return self._server.addresses

    @property
    def host(self) -> str:
        """The host of the first address."""
        return self.addresses[0].host

    @property
    def port(self) -> int:
        """The port of the first address."""
        return self.addresses[0].port

    @property
    def tls_port(self) -> int:
        """The port of the first address where TLS comes first."""
        for address in self.addresses:
            if address.security is Security.IMPLICIT:
                return address.port
        raise RuntimeError('no address begins with TLS: use tls="implicit" or "both"')

    @property
    def authority_file(self) -> Path | None:
        """What clients have to trust; None without TLS, or with a certificate of your own."""
        return self._keyring.authority_file if self._keyring is not None else None

    @property
    def mailbox(self) -> Path:
        """The mailbox directory."""
        if self._directory is None:
            raise RuntimeError("the catcher has no directory before it starts")
        return self._directory

    @property
    def counters(self) -> Counters:
        """What was counted since the catcher was made."""
        return self._tally.counters

    @property
    def faults(self) -> Faults:
        """The rules in force, and their counters. They belong to the catcher's thread."""
        return self._faults

    def use_faults(self, *faults: Source) -> None:
        """Use these rules from now on, besides those it was made with and those of files.

        They take the place of those that were used so before; a rule that stays keeps its counters.
        May be called from any thread, and returns when they are in force. Raises RuleError.
        """
        rules = joined(faults)
        loop = self._loop
        if loop is None or loop.is_closed() or _runs_here(loop):
            self._faults.use(rules)
            return

        async def use() -> None:
            self._faults.use(rules)

        asyncio.run_coroutine_threadsafe(use(), loop).result()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop at once: whoever leaves the block has sent what it wanted to send."""
        await self.stop(0)

    def _new_mailbox(self, directory: Path) -> Mailbox:
        return Mailbox(directory, syncs=self._fsync)

    def _new_posting(self, mailbox: Mailbox) -> Posting:
        return Posting(
            mailbox,
            self._tally,
            hostname=self._service.hostname,
            limits=self._limits,
            successes=self._dsn,
            watcher=self._on_notification,
        )

    def _as_all(self, address: Address) -> Address:
        """Return an address with what all listeners have in common."""
        lmtp, proxied = self._lmtp or address.lmtp, self._proxied or address.proxied
        return replace(address, lmtp=lmtp, proxied=proxied)

    def _open_recorder(self, client: str, server: str) -> Recorder:
        assert self._mailbox is not None
        return SessionRecorder(self._mailbox, self._tally, client, server, self._limits.transcript)

    def _report(self, trouble: str) -> None:
        self._tally.last_error = trouble

    def _tell_faults(self, faults: Faults) -> None:
        if self._announcing is not None:
            self._announcing.write()
        if self._on_faults is not None:
            self._on_faults(faults)

    def _tell_removal(self, removal: Removal) -> None:
        # At once, so that readers who notice that files are gone can tell why.
        if self._announcing is not None:
            self._announcing.write()
        if self._on_removal is not None:
            self._on_removal(removal)

    def _remove_temporary(self) -> None:
        if self._temporary and self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


def _path(given: str | os.PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return not loop.is_running()
