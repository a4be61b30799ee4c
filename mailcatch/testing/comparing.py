"""What pytest shows where a mailbox is compared with something else."""

from __future__ import annotations

from mailcatch.testing import failures
from mailcatch.testing.mailbox import Mailbox


def explain(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines of pytest's explanation, or None where no mailbox is compared."""
    for mailbox, other in ((left, right), (right, left)):
        if isinstance(mailbox, Mailbox):
            count = failures.messages(len(mailbox))
            lines = failures.listed(mailbox.share, mailbox).splitlines()
            return [f"mailbox {op} {other!r}"[:200], f"the mailbox has {count}:", *lines]
    return None
