"""What comes back later of a message that was accepted."""

from __future__ import annotations

import msgspec

from mailcatch.smtp.reply import Reply


class Bounce(msgspec.Struct, frozen=True):
    """A delivery status notification (RFC 3464) that a policy wants made later.

    reply: what a server further on is supposed to have said. delay: seconds from the acceptance on.
    delayed: whether the message is still tried, and has not failed. rule: whose doing it is.

    Raises ValueError for a reply that refuses nothing.
    """

    reply: Reply
    delay: float = 0.0
    delayed: bool = False
    rule: str = ""

    def __post_init__(self) -> None:
        if self.reply.positive:
            raise ValueError(
                f"a message bounces with 4xx or 5xx, and {self.reply!r} refuses nothing"
            )
