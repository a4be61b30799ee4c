"""Mail that comes to a server outside of the run, whose mailbox directory the tests share.

What that server writes down is followed, and told to the ledger as if it had been heard here: a
moment later, since it goes through files.
"""

from __future__ import annotations

import threading
from pathlib import Path

from mailcatch.mailbox import events
from mailcatch.mailbox.changes import (
    AnyChange,
    Rebuilt,
    SessionClosed,
    SessionOpened,
    SessionUpdated,
)
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.layout import is_file_name
from mailcatch.mailbox.names import MESSAGES, SESSION_SUFFIX, SESSIONS
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.watch import follow
from mailcatch.testing.ledger import Ledger
from mailcatch.testing.session import Session


class Overhearing:
    """A thread that follows the sessions of the server that a directory belongs to.

    Sessions of other guests of the directory, such as other workers of the run, are left alone.
    """

    def __init__(self, root: Path, ledger: Ledger) -> None:
        self._root = root
        self._ledger = ledger
        self._stop = threading.Event()
        self._error: MailboxError | None = None
        self._sessions: dict[str, Session | None] = {}
        # What was said before the tests began is not theirs.
        files = (root / SESSIONS).glob(f"*{SESSION_SUFFIX}")
        self._read = {file.name: file.stat().st_size for file in files}
        self._thread = threading.Thread(target=self._run, name="mailcatch-overhearing", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop following. Raises MailboxError where the directory could not be read any more."""
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with Reader(self._root) as reader:
                for changes in follow(reader, stop=self._stop):
                    for name in self._concerned(changes):
                        self._hear(reader, name)
        except MailboxError as error:
            self._error = error

    def _concerned(self, changes: list[AnyChange]) -> list[str]:
        if any(isinstance(one, Rebuilt) for one in changes):
            return [file.stem for file in (self._root / SESSIONS).glob(f"*{SESSION_SUFFIX}")]
        of_sessions = SessionOpened | SessionUpdated | SessionClosed
        return [one.name for one in changes if isinstance(one, of_sessions)]

    def _hear(self, reader: Reader, name: str) -> None:
        file = self._root / SESSIONS / f"{name.removesuffix(SESSION_SUFFIX)}{SESSION_SUFFIX}"
        try:
            lines = file.read_bytes()
        except OSError:
            return
        # A line that is still being written is read the next time.
        whole = lines.rfind(b"\n") + 1
        read = self._read.get(file.name, 0)
        self._read[file.name] = whole
        session = self._session(reader, file.name, lines)
        if session is None:
            return
        for event in events.decode(lines[read:whole]):
            if not isinstance(event, events.Connect):
                self._ledger.heard(session, event, self._content(event))

    def _session(self, reader: Reader, name: str, lines: bytes) -> Session | None:
        if name not in self._sessions:
            opening = next(iter(events.decode(lines[: lines.find(b"\n") + 1])), None)
            if not isinstance(opening, events.Connect):
                return None
            mine = opening.listener in _addresses(reader)
            self._sessions[name] = self._ledger.opened(opening, outside=True) if mine else None
        return self._sessions[name]

    def _content(self, event: events.AnyEvent) -> bytes | None:
        if not isinstance(event, events.Transaction) or not is_file_name(event.file):
            return None
        try:
            return (self._root / MESSAGES / event.file).read_bytes()
        except OSError:
            # Removed already, by its server's limits or by a user.
            return None


def _addresses(reader: Reader) -> set[str]:
    """Return where the server listens, as sessions name it."""
    _, state = reader.serving()
    if state is None:
        return set()
    hosts = [(f"[{one.host}]" if ":" in one.host else one.host, one) for one in state.smtp]
    return {one.path or f"{host}:{one.port}" for host, one in hosts}
