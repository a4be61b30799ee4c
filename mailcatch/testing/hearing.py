"""A mailbox directory that tells a ledger what is written into it, as it is written."""

from __future__ import annotations

from pathlib import Path

from mailcatch.mailbox import events
from mailcatch.mailbox.directory import Directory
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.message_file import MessageFile
from mailcatch.mailbox.session_file import SessionFile
from mailcatch.testing.ledger import Ledger


class HeardMailbox(Mailbox):
    """A directory that is served, and listened to."""

    def __init__(self, root: Path, ledger: Ledger, *, syncs: bool, guest: bool) -> None:
        super().__init__(root, syncs=syncs, guest=guest)
        self._ledger = ledger
        self._contents: dict[str, bytes] = {}

    def new_message(self) -> MessageFile:
        """Begin a message."""
        return _HeardMessage(self.directory, self._contents)

    def new_session(self, opening: events.Connect) -> SessionFile:
        """Begin the file of a session."""
        return _HeardSession(self.directory, opening, self._ledger, self._contents)


class _HeardMessage(MessageFile):
    """Keeps what it stored in memory too, until its transaction is told."""

    __slots__ = ("_contents", "_name")

    def __init__(self, directory: Directory, contents: dict[str, bytes]) -> None:
        super().__init__(directory)
        self._contents = contents
        self._name = ""

    async def commit(self) -> str:
        content = self.content()
        self._name = await super().commit()
        self._contents[self._name] = content
        return self._name

    def discard(self) -> None:
        self._contents.pop(self._name, None)
        super().discard()


class _HeardSession(SessionFile):
    """Passes events on; that a message is stored only once it is."""

    __slots__ = ("_contents", "_ledger", "_pending", "_session")

    def __init__(
        self,
        directory: Directory,
        opening: events.Connect,
        ledger: Ledger,
        contents: dict[str, bytes],
    ) -> None:
        super().__init__(directory, opening)
        self._ledger = ledger
        self._contents = contents
        self._pending: events.Transaction | None = None
        self._session = ledger.opened(opening)
        self.gather = self._hear

    def forget(self, event_type: type[events.AnyEvent]) -> None:
        super().forget(event_type)
        self._pending = None

    def settle(self) -> None:
        super().settle()
        if not self._directory.syncs:
            self._publish()

    async def sync(self) -> None:
        await super().sync()
        self._publish()

    def _publish(self) -> None:
        if self._pending is not None:
            told, self._pending = self._pending, None
            self._tell(told)

    def _hear(self, event: events.AnyEvent) -> None:
        self._gathered.append(event)
        if isinstance(event, events.Transaction) and event.outcome == "stored":
            self._pending = event
        else:
            self._tell(event)

    def _tell(self, event: events.AnyEvent) -> None:
        content = None
        if isinstance(event, events.Transaction) and event.file:
            content = self._contents.pop(event.file, None)
        self._ledger.heard(self._session, event, content)
