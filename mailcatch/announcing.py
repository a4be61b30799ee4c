"""Telling readers of a directory who serves it, where, and what was counted: server.json."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from mailcatch._version import __version__
from mailcatch.breaking.faults import Faults
from mailcatch.mailbox.mailbox import Mailbox
from mailcatch.mailbox.server_file import Listening, ServerState, remove_state, write_state
from mailcatch.recording import Tally
from mailcatch.smtp.address import Address, Security
from mailcatch.smtp.server import Server

FORMAT: Final = 1
SECONDS: Final = 0.25
"""Between two looks at what changed."""


class Announcing:
    """Keeps server.json true while a server runs.

    mailbox: the directory; nothing is written into one that another server owns. tally, faults: of
    what is told. server: that listens.
    """

    def __init__(self, mailbox: Mailbox, tally: Tally, faults: Faults, server: Server) -> None:
        self._mailbox = mailbox
        self._tally = tally
        self._faults = faults
        self._server = server
        self._started = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._written = ""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Write the file now, and whenever something changed, four times a second at most."""
        self._keep()

    def stop(self) -> None:
        """Remove the file."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._mailbox.guest:
            remove_state(self._mailbox.root)

    def write(self) -> None:
        """Write the file at once, where something changed."""
        if self._mailbox.guest:
            return
        state = ServerState(
            format=FORMAT,
            pid=os.getpid(),
            version=__version__,
            started=self._started,
            smtp=[_listening(one) for one in self._server.addresses],
            counters=self._tally.counters,
            last_error=self._tally.last_error,
            faults=self._faults.state(),
            removed=self._tally.removed,
        )
        if repr(state) != self._written:
            # A disk that is full or gone is told to clients; the counters come back with the disk.
            with suppress(OSError):
                write_state(self._mailbox.root, state)
                self._written = repr(state)

    def _keep(self) -> None:
        self.write()
        self._timer = asyncio.get_running_loop().call_later(SECONDS, self._keep)


def _listening(address: Address) -> Listening:
    tls = "" if address.security in {None, Security.NONE} else str(address.security)
    return Listening(
        address.host, address.port, address.path, tls, address.protocol, address.proxied
    )
