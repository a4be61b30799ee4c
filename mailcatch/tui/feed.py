"""News of the mailbox, from a thread that follows it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mailcatch.mailbox.changes import AnyChange
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.update import Progress
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.watch import follow


class Feed:
    """Follows a mailbox until it is closed.

    reader: brings the index up to date. changed: is told what changed. failed: is told why the
    mailbox cannot be read any more, in a sentence. reading: is told how far a reading is.
    All are called on the feed's thread.
    """

    def __init__(
        self,
        reader: Reader,
        changed: Callable[[list[AnyChange]], object],
        failed: Callable[[str], object],
        reading: Callable[[Progress], None],
    ) -> None:
        self._reader = reader
        self._changed = changed
        self._failed = failed
        self._reading = reading
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailcatch-feed", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, and wait for the end. May be called more than once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        try:
            for changes in follow(self._reader, report=self._reading, stop=self._stop):
                if self._stop.is_set():
                    return
                self._changed(changes)
        except MailboxError as error:
            if not self._stop.is_set():
                self._failed(str(error))
