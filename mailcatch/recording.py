"""From the wire to the directory: what happens in a session becomes events of its session file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from time import monotonic_ns

from mailcatch._version import __version__
from mailcatch.mailbox import events
from mailcatch.mailbox.events import Client, Server
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.message_file import MessageFile
from mailcatch.mailbox.names import SESSION_SUFFIX, written_out
from mailcatch.mailbox.server_file import Counters, Removed
from mailcatch.smtp.handshake import Handshake
from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import Firing
from mailcatch.smtp.proxy_header import ProxyHeader
from mailcatch.smtp.transaction import Outcome, Recipient, Transaction

log = logging.getLogger("mailcatch")

SERVER = f"mailcatch {__version__}"


TransactionWatcher = Callable[[Transaction, Outcome, str], None]
"""Called with a transaction that ended, how it ended, and the file of its message or ""."""


Heed = Callable[[Transaction, Outcome, str], None]
"""Called with a transaction that ended, how, and its message's file, or else its session's."""


class Tally:
    """What a server counted and has in hand, and who wants to hear of transactions.

    last_error: what went wrong last. removed: what went because of a limit. live: names of open
    sessions. unanswered: files of messages whose end was not answered yet. heed: makes notices of
    what became of messages.
    """

    def __init__(self) -> None:
        self.counters = Counters()
        self.last_error = ""
        self.removed: Removed | None = None
        self.live: set[str] = set()
        self.unanswered: set[str] = set()
        self.watcher: TransactionWatcher | None = None
        self.heed: Heed | None = None


class SessionRecorder:
    """Records one session in a mailbox.

    transcript: octets of the file; past them only what becomes of messages is kept.
    """

    __slots__ = (
        "_began", "_file", "_full", "_gather", "_mailbox", "_most", "_name", "_stored", "_tally",
        "_unanswered",
    )  # fmt: skip

    def __init__(
        self, mailbox: Mailbox, tally: Tally, client: str, server: str, transcript: int
    ) -> None:
        self._mailbox = mailbox
        self._tally = tally
        self._most = transcript
        self._full = False
        self._stored: tuple[Transaction, str] | None = None
        self._unanswered = ""
        self._began = monotonic_ns()
        self._name = name = mailbox.directory.names.new()
        opening = events.Connect(0, events.FORMAT, name, written_out(name), client, server, SERVER)
        self._file = mailbox.new_session(opening)
        self._gather = self._file.gather
        tally.counters.sessions += 1
        tally.counters.live += 1
        tally.live.add(name)

    def client(self, line: bytes, end: str, /) -> None:
        """Record a line of the client."""
        if self._full:
            return
        now = (monotonic_ns() - self._began) // 1000
        try:
            self._gather(Client(now, line.decode(), b"", end))
        except UnicodeDecodeError:
            self._gather(Client(now, "", line, end))

    def server(self, octets: bytes, /) -> None:
        """Record a reply."""
        if self._unanswered:
            self._answer()
        if self._full:
            return
        now = (monotonic_ns() - self._began) // 1000
        try:
            self._gather(Server(now, octets.decode()))
        except UnicodeDecodeError:
            self._gather(Server(now, "", octets))

    def auth(self, mechanism: str, user: str, /, *, accepted: bool, secret: str) -> None:
        """Record an authentication."""
        if not self._full:
            self._gather(events.Auth(self._now(), mechanism, user, accepted, secret))

    def tls(self, handshake: Handshake, /) -> None:
        """Record a TLS handshake."""
        if not self._full:
            self._gather(
                events.Tls(
                    self._now(),
                    handshake.version,
                    handshake.cipher,
                    handshake.server_name,
                    handshake.subject,
                    handshake.fingerprint,
                    handshake.failure,
                    handshake.alert,
                )
            )

    def proxy(self, header: ProxyHeader, via: str, /) -> None:
        """Record what a proxy said of the client."""
        self._gather(
            events.Proxy(
                self._now(),
                header.version,
                via,
                "" if header.server is None else str(header.server),
                header.client is None,
                header.server_name,
                header.tls,
                header.cipher,
                header.subject,
                header.unique_id,
            )
        )

    def became(self, attributes: Mapping[str, str], client: str, /) -> None:
        """Record that the session is another client's from now on."""
        if not self._full:
            self._gather(events.Xclient(self._now(), dict(attributes), client))

    def forwarded(self, attributes: Mapping[str, str], /) -> None:
        """Record of whose mail the next transaction is."""
        if not self._full:
            self._gather(events.Xforward(self._now(), dict(attributes)))

    def turned(self, domains: tuple[str, ...], messages: int, /) -> None:
        """Record that the roles are reversed."""
        self._gather(events.Turned(self._now(), messages, domains))

    def relayed(self, file: str, recipients: list[Recipient], answer: str, /) -> None:
        """Record a message that was sent to the client."""
        self._gather(events.Relayed(self._now(), file, tuple(map(_recipient, recipients)), answer))

    def note(self, note: Note, /) -> None:
        """Record a note of the session."""
        if not self._full:
            self._gather(events.SessionNote(self._now(), note.name, note.detail))

    def fault(self, stage: str, firing: Firing, /) -> None:
        """Record what was done on purpose, or would have been."""
        if not self._full:
            rule, effect = firing.rule, firing.effect
            ordinal, seed, dry = firing.ordinal, firing.seed, firing.dry
            self._gather(events.Fault(self._now(), stage, rule, effect, ordinal, seed, dry))

    def transaction(self, transaction: Transaction, outcome: Outcome, file: str, /) -> None:
        """Record the end of a transaction."""
        if file:
            self._unanswered = file
            self._tally.unanswered.add(file)
        if outcome is Outcome.STORED:
            # It counts once it is safe.
            self._stored = transaction, file
        else:
            self._tally.counters.refused += outcome is Outcome.REFUSED
            self._tell(transaction, outcome, file)
        notes = [events.Note(note.name, note.detail) for note in transaction.notes]
        self._gather(
            events.Transaction(
                self._now(),
                outcome,
                transaction.verb,
                transaction.sender.address,
                transaction.reply,
                transaction.answer,
                tuple(map(_recipient, transaction.recipients)),
                transaction.octets,
                file,
                transaction.sender.route,
                transaction.parameters,
                tuple(notes),
                transaction.chunks,
            )
        )

    def close(self, by: str, how: str, reason: str, /) -> None:
        """Record the end of the session and close its file."""
        self._tally.counters.live -= 1
        self._tally.live.discard(self._name)
        self._answer()
        self._gather(events.Close(self._now(), by, how, reason))
        self._file.close()

    def deposit(self) -> MessageFile:
        """Begin to keep a message."""
        return self._mailbox.new_message()

    async def settle(self) -> None:
        """Write what was gathered, and sync it where the mailbox does so."""
        self._measure()
        try:
            self._file.settle()
            if self._mailbox.directory.syncs:
                await self._file.sync()
        except OSError as error:
            self._file.forget(events.Transaction)
            self._stored = None
            self._tally.last_error = str(error)
            raise
        if self._stored is not None:
            transaction, file = self._stored
            self._stored = None
            self._tally.counters.messages += 1
            self._tally.counters.octets += transaction.octets
            self._tell(transaction, Outcome.STORED, file)

    def flush(self) -> None:
        """Write what was gathered, as far as that is possible."""
        if self._file.waiting:
            self._measure()
            try:
                self._file.write()
            except OSError as error:
                self._tally.last_error = str(error)

    def _tell(self, transaction: Transaction, outcome: Outcome, file: str) -> None:
        if self._tally.heed is not None:
            self._tally.heed(transaction, outcome, file or f"{self._name}{SESSION_SUFFIX}")
        if self._tally.watcher is None:
            return
        try:
            self._tally.watcher(transaction, outcome, file)
        except Exception:
            # What is stored is stored, whatever somebody who listens makes of it.
            log.exception("the watcher of transactions failed")

    def _answer(self) -> None:
        self._tally.unanswered.discard(self._unanswered)
        self._unanswered = ""

    def _now(self) -> int:
        return (monotonic_ns() - self._began) // 1000

    def _measure(self) -> None:
        """Keep no more lines once the file, and what waits for it, has reached the limit."""
        if self._file.size > self._most and not self._full:
            self._full = True
            self._gather(events.SessionNote(self._now(), "transcript-full"))


def _recipient(one: Recipient) -> events.Recipient:
    return events.Recipient(
        one.path.address, one.reply, one.accepted, one.path.route, one.parameters, one.answer
    )
