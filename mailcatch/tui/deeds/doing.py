"""Doing something on the loop, and saying what went wrong in a sentence."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from mailcatch.mail import safe_text
from mailcatch.mail.errors import MailError
from mailcatch.mailbox.errors import MailboxError

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp


def do(app: MailcatchApp, work: Coroutine[Any, Any, None]) -> None:
    """Do something in a worker; what may go wrong with files and mails is told."""

    async def guarded() -> None:
        try:
            await work
        except (MailboxError, MailError) as error:
            app.tell(safe_text(str(error), 300), bad=True)
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            where = f" {safe_text(str(error.filename), 200)}" if error.filename else ""
            app.tell(f"That did not work:{where} {why}", bad=True)
        # Whatever a mail does to what reads it, it must not end the screen.
        except Exception as error:  # noqa: BLE001
            what = safe_text(f"{type(error).__name__}: {error}", 300)
            app.tell(f"That broke ({what}).", bad=True)

    app.run_worker(guarded(), exit_on_error=True)
