"""What can be wrong with a query."""

from __future__ import annotations

from mailcatch.mail import safe_text
from mailcatch.mailbox.errors import MailboxError


class QueryError(MailboxError):
    """A mistake in a query.

    query: the query. at, length: where the mistake is, in characters from its beginning. hint: what
    may be meant, "" where nothing is near. The message is a sentence, safe to show.
    """

    def __init__(self, what: str, query: str, at: int, length: int = 1, hint: str = "") -> None:
        super().__init__(f"{what}{f'; {hint}' if hint else ''}")
        self.query = query
        self.at = min(max(at, 0), len(query))
        self.length = max(length, 1)
        self.hint = hint

    def pointed(self) -> str:
        """Return the query with a line below it that points at the mistake, safe to show."""
        # One sign for each character, so that the marks below stand where they should.
        shown = "".join(safe_text(char) or " " for char in self.query)
        before = "".join(safe_text(char) or " " for char in self.query[: self.at])
        return f"{shown}\n{' ' * len(before)}{'^' * min(self.length, 200)}"
