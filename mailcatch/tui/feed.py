"""News of the mailbox, from a thread that follows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from mailcatch.mailbox.changes import AnyChange
from mailcatch.mailbox.errors import MailboxError
from mailcatch.mailbox.index.update import Progress
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.watch import follow
from mailcatch.processors import leave_one

REST: Final = 0.2
"""Seconds between news and the next look at the files, so that mails in plenty are taken together:
a look at a few costs the keys, the server and the battery nearly as much as one at many."""


class Feed:
    """Follows a mailbox until it is closed.

    reader: brings the index up to date. changed: is told what changed. failed: is told why the
    mailbox cannot be read any more, in a sentence. reading: is told how far a reading is. rest:
    seconds after news without a look at the files. All are called on the feed's thread.
    """

    def __init__(
        self,
        reader: Reader,
        changed: Callable[[list[AnyChange]], object],
        failed: Callable[[str], object],
        reading: Callable[[Progress], None],
        *,
        rest: float = REST,
    ) -> None:
        self._reader = reader
        self._changed = changed
        self._failed = failed
        self._reading = reading
        self._rest = rest
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
        # A client of the server, which may run beside, must not wait for this.
        leave_one()
        try:
            for changes in follow(self._reader, report=self._reading, stop=self._stop):
                if self._stop.is_set():
                    return
                self._changed(changes)
                self._stop.wait(self._rest)
        except MailboxError as error:
            if not self._stop.is_set():
                self._failed(str(error))
