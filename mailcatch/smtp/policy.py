"""The first seam: a policy is asked before each stage what the server shall do there.

A policy decides and nothing else: it gets no socket, no file and no clock of the session's.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from mailcatch.smtp.path import Path
from mailcatch.smtp.reply import Reply
from mailcatch.smtp.transaction import Transaction


class Stage(StrEnum):
    """Where in a session a policy is asked."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    TLS = "tls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    EOM = "eom"
    RSET = "rset"
    NOOP = "noop"
    VRFY = "vrfy"
    QUIT = "quit"
    IDLE = "idle"


class Ending(StrEnum):
    """How the server ends a session on purpose.

    FIN: closes the connection. RST: resets it. HALF: closes its own direction and reads on, until
    the client closes. HANG: says nothing more and keeps the connection, until the client closes it.
    """

    FIN = "fin"
    RST = "rst"
    HALF = "half"
    HANG = "hang"


class When(StrEnum):
    """Whether an ending comes instead of the reply or after it."""

    BEFORE = "before"
    AFTER = "after"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy wants done at a stage. The default of each field changes nothing.

    reply: said instead of the server's own; a negative one keeps the command from taking effect.
    delay: seconds to wait before the reply.
    ending: how to end the session, or None to go on.
    when: whether the ending replaces the reply or follows it.
    store: at EOM, whether the message is kept; None keeps it where the reply is positive or, with
        an ending before the reply, never sent ("the reply was lost").
    octets: at BODY, how many octets of the message arrive before the verdict is carried out.
    rule: the name under which the transcript records all this.
    """

    reply: Reply | None = None
    delay: float = 0.0
    ending: Ending | None = None
    when: When = When.AFTER
    store: bool | None = None
    octets: int = 0
    rule: str = ""

    @property
    def keeps(self) -> bool:
        """Whether a message is stored under this verdict at EOM."""
        if self.store is not None:
            return self.store
        return self.reply is None or self.reply.code < 300


class Facts:
    """What is known of a session: the view that a policy gets, kept up to date by the connection.

    client, server: the two ends, as "127.0.0.1:50123" or the path of a Unix socket.
    ordinal: the number of this connection since the server started, from 1.
    helo: the argument of HELO or EHLO, or None before it.
    user, mechanism: who authenticated and how, or None.
    line: the command line of this stage, as it was sent.
    path: the path that the last MAIL or RCPT named.
    transaction: the transaction that is open, or None.
    quiet: at IDLE, seconds since the last octet came.
    """

    __slots__ = (
        "client",
        "content",
        "helo",
        "line",
        "mechanism",
        "ordinal",
        "path",
        "quiet",
        "server",
        "transaction",
        "transactions",
        "user",
    )

    def __init__(self, client: str, server: str, ordinal: int) -> None:
        self.client = client
        self.server = server
        self.ordinal = ordinal
        self.helo: str | None = None
        self.user: str | None = None
        self.mechanism: str | None = None
        self.line = b""
        self.path: Path | None = None
        self.transaction: Transaction | None = None
        self.transactions = 0
        self.quiet = 0.0
        self.content: Callable[[], bytes] = bytes


class Policy(Protocol):
    """Decides what happens at each stage."""

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        """Return what to do before `stage` takes effect, or None to go on as usual.

        At IDLE it is asked about ten times a second while a session is quiet; a reply there is sent
        unasked. At EOM `facts.content()` returns the octets of the message.
        """


class AcceptAll:
    """The policy of a server without faults."""

    def decide(self, _stage: Stage, _facts: Facts, /) -> Verdict | None:
        """Go on as usual."""
        return None


ACCEPT_ALL: Final = AcceptAll()
