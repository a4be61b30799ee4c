"""What can be wrong with a mailbox directory, in sentences for the person who chose it."""

from __future__ import annotations


class MailboxError(Exception):
    """A mailbox directory that cannot be used. The message says why, and what to do."""


class MailboxBusyError(MailboxError):
    """Another server writes into the directory."""


class NotThereError(MailboxError):
    """A message or session that is asked for is not in the mailbox."""


class IndexBrokenError(MailboxError):
    """The index has to be made again. removed: whether the broken one is out of the way."""

    def __init__(self, message: str, *, removed: bool = False) -> None:
        super().__init__(message)
        self.removed = removed
