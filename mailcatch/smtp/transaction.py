"""A transaction: from MAIL to the end of data, to RSET, or to the end of the session."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from mailcatch.smtp.bounce import Bounce
from mailcatch.smtp.notes import Note
from mailcatch.smtp.path import Path


class Outcome(StrEnum):
    """How a transaction ended.

    STORED: its message is kept. REFUSED: a negative reply stood in its way. DROPPED: a policy took
    the message and kept it not. RESET: given up by the client with RSET, HELO, EHLO or QUIT.
    ABORTED: the session ended first.
    """

    STORED = "stored"
    REFUSED = "refused"
    DROPPED = "dropped"
    RESET = "reset"
    ABORTED = "aborted"


class Recipient(msgspec.Struct, frozen=True):
    """A recipient that was asked for, and the reply it got.

    path: the forward-path. parameters: each as it was sent. reply: the reply, on one line. bounce:
    what comes back of the message to this one, where it is accepted.
    answer: what the end of the data was answered for this one (LMTP), or "".
    """

    path: Path
    parameters: tuple[str, ...]
    reply: str
    accepted: bool
    bounce: Bounce | None = None
    answer: str = ""


class Transaction:
    """One transaction and its envelope.

    verb: MAIL, or SEND, SOML or SAML of RFC 821. sender: the reverse-path. parameters: as sent.
    reply: what MAIL was answered. recipients: all that were asked for, the refused ones too.
    answer: what DATA, BDAT or the end of data was answered, or "". octets: how many octets of the
    message came. chunks: how many chunks they came in; 0 by DATA. notes: what was unusual.
    declared_size, eight_bit, binary, smtputf8: what the parameters of MAIL announce.
    data_verb: DATA or BDAT, once one of them began the message, or "". head: how the message
    begins, once it is complete. bounce: what comes back of it, to whichever recipient.
    """

    __slots__ = (
        "accepted",
        "answer",
        "binary",
        "bounce",
        "chunks",
        "data_verb",
        "declared_size",
        "eight_bit",
        "head",
        "notes",
        "octets",
        "parameters",
        "recipients",
        "reply",
        "sender",
        "smtputf8",
        "verb",
    )

    def __init__(self, verb: str, sender: Path, parameters: tuple[str, ...]) -> None:
        self.verb = verb
        self.sender = sender
        self.parameters = parameters
        self.notes: list[Note] = []
        self.reply = ""
        self.answer = ""
        self.recipients: list[Recipient] = []
        self.accepted = 0
        self.octets = 0
        self.chunks = 0
        self.data_verb = ""
        self.declared_size: int | None = None
        self.eight_bit = False
        self.binary = False
        self.smtputf8 = False
        self.head = b""
        self.bounce: Bounce | None = None

    @property
    def refused(self) -> bool:
        """Whether a negative reply stood in the message's way."""
        return self.answer[:1] in {"4", "5"} or bool(self.recipients and not self.accepted)

    def note(self, note: Note) -> None:
        """Add a note, once."""
        if note not in self.notes:
            self.notes.append(note)

    def add(self, recipient: Recipient) -> None:
        """Add a recipient with its reply."""
        self.recipients.append(recipient)
        if recipient.accepted:
            self.accepted += 1
