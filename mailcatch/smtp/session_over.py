"""The end of a session, raised from wherever it is noticed."""

from __future__ import annotations

from mailcatch.smtp.policy import Ending
from mailcatch.smtp.reply import Reply


class SessionOver(Exception):  # noqa: N818 - an end, not an error
    """Ends the session from wherever it is raised.

    by: "client" or "server". how: a word for the transcript. reason: a sentence for it.
    reply: said before the end. ending: what happens to the connection then.
    """

    def __init__(
        self,
        by: str,
        how: str,
        reason: str = "",
        reply: Reply | None = None,
        ending: Ending = Ending.FIN,
    ) -> None:
        super().__init__(f"{how} by {by}: {reason}")
        self.by = by
        self.how = how
        self.reason = reason
        self.reply = reply
        self.ending = ending
