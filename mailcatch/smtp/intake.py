"""The intake of one message: how its data is read, from the first octet to the last."""

from __future__ import annotations

from mailcatch.smtp.incoming import Incoming
from mailcatch.smtp.policy import Verdict


class Intake:
    """What holds for the data of one message, whether it comes in one piece or in chunks.

    incoming: the message. give_up: when it must have come, in the loop's time.
    verdict: what is to be carried out at some octet further on, or None. due: at how many octets
    the policy is asked next, or None. pace: how many octets a second are read; 0 is no limit.
    answered: whether the client got its answer in the middle; the rest is read, and that is all.
    """

    __slots__ = ("answered", "due", "give_up", "incoming", "pace", "verdict")

    def __init__(self, incoming: Incoming, give_up: float) -> None:
        self.incoming = incoming
        self.give_up = give_up
        self.verdict: Verdict | None = None
        self.due: int | None = 0
        self.pace = 0
        self.answered = False
