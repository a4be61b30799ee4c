"""Showing a mailbox, from the first paint to the terminal given back."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.worker import WorkerFailed

from mailcatch.mail import safe_text
from mailcatch.mailbox.reader import Reader
from mailcatch.tui.app import MailcatchApp
from mailcatch.tui.desk import Desk
from mailcatch.tui.keys import Keys, KeysError
from mailcatch.tui.remembered import recall, remember, state_file
from mailcatch.tui.terminal import forget_other_sizes

if TYPE_CHECKING:
    from mailcatch.verifying.verdict import Source

__all__ = ["Desk", "KeysError", "ScreenError", "show_mailbox"]

_TURN = 0.001
"""Seconds that one thread may run while others wait."""


class ScreenError(Exception):
    """The screen ended by a mistake of its own. The message is a sentence, safe to show."""


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
    Raises MailboxError where the mailbox cannot be read, KeysError, and ScreenError where a mistake
    of this program ended it.
    """
    forget_other_sizes()
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
        broke: Exception | None = None
        try:
            app.run()
        # The screen may break while it ends, too.
        except Exception as error:  # noqa: BLE001
            broke = error
        finally:
            app.close()
            remember(place, remembered)
    broke = app.failure or broke
    if broke is not None:
        raise ScreenError(_told(broke, place.with_name("screen-error.txt"))) from None
    return app.return_code or 0


def _told(error: Exception, place: Path) -> str:
    """Write down what happened, and return it in a sentence. place: of the file."""
    if isinstance(error, WorkerFailed):
        error = cast("Exception", error.error)
    what = safe_text(f"{type(error).__name__}: {error}", 200)
    said = f"the screen broke ({what}); mailbox and mail are untouched"
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_text("".join(traceback.format_exception(error)), errors="backslashreplace")
    except OSError:
        return said
    return f"{said}. Where it broke is written in {safe_text(str(place), 300)}"


def _leave_when_told(app: MailcatchApp) -> None:
    """Have a closed window or a SIGTERM end the screen as `q` does, so that its server ends too."""

    def told(*_: object) -> None:
        app.call_later(app.exit)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with suppress(ValueError):
                signal.signal(number, told)
