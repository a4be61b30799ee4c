"""What pytest shows where a mailbox is compared with something else."""

from __future__ import annotations

from mailcatch.testing import failures
from mailcatch.testing.mailbox import Mailbox


def explain(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines of pytest's explanation, or None where no mailbox is compared."""
    mailbox = left if isinstance(left, Mailbox) else right
    if not isinstance(mailbox, Mailbox):
        return None
    sides = ["mailbox" if one is mailbox else repr(one)[:200] for one in (left, right)]
    count = failures.messages(len(mailbox))
    lines = failures.listed(mailbox.share, mailbox).splitlines()
    return [f" {op} ".join(sides), f"the mailbox has {count}:", *lines]
