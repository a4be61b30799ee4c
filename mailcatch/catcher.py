"""The catcher: a server and a mailbox put together."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mailcatch._version import __version__
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.retention import Removal, Retention
from mailcatch.mailbox.server_file import (
    Counters,
    Listening,
    ServerState,
    remove_state,
    write_state,
)
from mailcatch.recording import SessionRecorder, Tally, TransactionWatcher
from mailcatch.retaining import RemovalWatcher, Retaining
from mailcatch.smtp.address import Address
from mailcatch.smtp.limits import Limits
from mailcatch.smtp.policy import ACCEPT_ALL, Policy
from mailcatch.smtp.recorder import Recorder
from mailcatch.smtp.server import GRACE_SECONDS, Server
from mailcatch.smtp.service import Service, accept_any

STATE_SECONDS: Final = 0.25
STATE_FORMAT: Final = 1


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
    handler: an aiosmtpd handler, or None. without: extensions that are not offered.
    hostname: what the server calls itself. fsync: keep messages safe from the death of the machine
    before they are acknowledged, not only from that of the process.
    show_credentials: keep the secrets of AUTH in the transcripts.
    retention: how much of the mailbox is kept; all of it without one.
    on_transaction: called on the catcher's thread when a transaction ends, before its last reply.
    on_removal: called on the catcher's thread when something was removed because of a limit.

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
        handler: object = None,
        without: Iterable[str] = (),
        hostname: str = "localhost",
        fsync: bool = False,
        show_credentials: bool = False,
        retention: Retention = Retention(),  # noqa: B008 - frozen
        on_transaction: TransactionWatcher | None = None,
        on_removal: RemovalWatcher | None = None,
    ) -> None:
        self._asked = [Address.parse(one) for one in listen] or [Address(host, port)]
        self._temporary = mailbox is None
        self._directory = None if mailbox is None else Path(mailbox).absolute()
        self._fsync = fsync
        self._limits = limits
        self._handler = handler
        self._retention = retention
        self._on_removal = on_removal
        self._retaining: Retaining | None = None
        self._tally = Tally()
        self._tally.watcher = on_transaction
        self._service = Service(
            hostname=hostname,
            limits=limits,
            policy=policy,
            open_recorder=self._open_recorder,
            without=without,
            show_credentials=show_credentials,
            authenticator=accept_any,
        )
        self._mailbox: Mailbox | None = None
        self._server: Server | None = None
        self._state_timer: asyncio.TimerHandle | None = None
        self._state_written = ""
        self._started = ""

    async def start(self) -> None:
        """Take the directory and listen. Raises MailboxError and ListenError."""
        if self._server is not None:
            raise RuntimeError("the catcher is running already")
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="mailcatch-"))
        mailbox = self._new_mailbox(self._directory)
        server = Server(self._service, self._handler)
        try:
            mailbox.open()
            self._mailbox = mailbox
            await server.start(self._asked)
        except BaseException:
            await server.stop(0)
            await mailbox.close()
            self._mailbox = None
            self._remove_temporary()
            raise
        self._server = server
        self._started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._keep_state()
        self._retaining = Retaining(mailbox, self._retention, self._tally, self._tell_removal)
        self._retaining.start()

    async def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Stop listening, let transactions in flight finish, and let go of the directory.

        grace: seconds that the transactions get.
        """
        if self._server is None or self._mailbox is None:
            return
        await self._server.stop(grace)
        self._server = None
        if self._retaining is not None:
            await self._retaining.stop()
        if self._state_timer is not None:
            self._state_timer.cancel()
        remove_state(self._mailbox.root)
        await self._mailbox.close()
        self._remove_temporary()

    async def listen(self, address: str) -> Address:
        """Listen on one more address, such as "127.0.0.1:0", and return where that really is.

        Raises ListenError.
        """
        if self._server is None:
            raise RuntimeError("the catcher is not running")
        (taken, *_) = await self._server.listen([Address.parse(address)])
        return taken

    def leave(self, address: Address) -> None:
        """Listen on an address no more; sessions that came through it go on."""
        if self._server is not None and address in self._server.addresses:
            self._server.leave(address)

    @contextmanager
    def in_thread(self) -> Iterator[Self]:
        """Run on a thread and an event loop of its own, for synchronous code."""
        with _Thread(self):
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
    def mailbox(self) -> Path:
        """The mailbox directory."""
        if self._directory is None:
            raise RuntimeError("the catcher has no directory before it starts")
        return self._directory

    @property
    def counters(self) -> Counters:
        """What was counted since the catcher was made."""
        return self._tally.counters

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

    def _open_recorder(self, client: str, server: str) -> Recorder:
        assert self._mailbox is not None
        return SessionRecorder(self._mailbox, self._tally, client, server, self._limits.transcript)

    def _keep_state(self) -> None:
        """Write server.json where something changed, four times a second at most."""
        self._write_state()
        loop = asyncio.get_running_loop()
        self._state_timer = loop.call_later(STATE_SECONDS, self._keep_state)

    def _write_state(self) -> None:
        assert self._mailbox is not None
        state = ServerState(
            format=STATE_FORMAT,
            pid=os.getpid(),
            version=__version__,
            started=self._started,
            smtp=[Listening(one.host, one.port, one.path) for one in self.addresses],
            counters=self._tally.counters,
            last_error=self._tally.last_error,
            removed=self._tally.removed,
        )
        if repr(state) != self._state_written:
            # A disk that is full or gone is told to clients; the counters come back with the disk.
            with suppress(OSError):
                write_state(self._mailbox.root, state)
                self._state_written = repr(state)

    def _tell_removal(self, removal: Removal) -> None:
        # At once, so that readers who notice that files are gone can tell why.
        self._write_state()
        if self._on_removal is not None:
            self._on_removal(removal)

    def _remove_temporary(self) -> None:
        if self._temporary and self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


class _Thread:
    """A catcher on a thread of its own."""

    def __init__(self, catcher: Catcher) -> None:
        self._catcher = catcher
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mailcatch", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._catcher.start(), self._loop).result()
        except BaseException:
            self._end()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._catcher.stop(0), self._loop).result()
        finally:
            self._end()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
