"""Showing a mailbox, from the first paint to the terminal given back."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailcatch.mailbox.reader import Reader
from mailcatch.tui.app import MailcatchApp
from mailcatch.tui.desk import Desk
from mailcatch.tui.keys import Keys, KeysError
from mailcatch.tui.remembered import recall, remember, state_file

if TYPE_CHECKING:
    from mailcatch.verifying.verdict import Source

__all__ = ["Desk", "KeysError", "show_mailbox"]

_TURN = 0.001
"""Seconds that one thread may run while others wait."""


def show_mailbox(
    root: Path,
    *,
    desk: Desk,
    keys: Mapping[str, str] | None = None,
    shown_place: Path | None = None,
    first: str = "",
    server_log: Callable[[], list[str]] = list,
    may_change: bool = True,
    source: Source | None = None,
) -> int:
    """Show a mailbox until the user leaves; return the exit status.

    root: the directory. keys: of actions, as mailcatch.toml has them. source: of records by which
    it is verified who messages are from. The others are those of `MailcatchApp`.
    Raises MailboxError where the mailbox cannot be read, and KeysError.
    """
    _forget_other_sizes()
    # Searches run beside the keys, which must not wait long for their turn.
    sys.setswitchinterval(_TURN)
    known_keys = Keys(keys)
    place = state_file()
    remembered = recall(place)
    with Reader(root, source=source) as rows, Reader(root, source=source) as finder:
        app = MailcatchApp(
            rows,
            finder,
            keys=known_keys,
            remembered=remembered,
            desk=desk,
            shown_place=shown_place or root.absolute(),
            first=first,
            server_log=server_log,
            may_change=may_change,
        )
        _leave_when_told(app)
        try:
            app.run()
        finally:
            app.close()
            remember(place, remembered)
    return app.return_code or 0


def _forget_other_sizes() -> None:
    """Have the terminal itself say how large it is.

    Programs that read lines leave its size of one moment in the environment of those that they
    start, and Textual would believe it for good.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


def _leave_when_told(app: MailcatchApp) -> None:
    """Have a closed window or a SIGTERM end the screen as `q` does, so that its server ends too."""

    def told(*_: object) -> None:
        app.call_later(app.exit)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with suppress(ValueError):
                signal.signal(number, told)
