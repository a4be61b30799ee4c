"""The first seam: a policy is asked before each stage what the server shall do there.

A policy decides and nothing else: it gets no socket, no file and no clock of the session's.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, runtime_checkable

import msgspec

from mailcatch.smtp.bounce import Bounce
from mailcatch.smtp.path import Path
from mailcatch.smtp.reply import Reply, reply_in
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
    """Where an ending comes: instead of the reply, after half of it, or after it."""

    BEFORE = "before"
    MIDDLE = "middle"
    AFTER = "after"


class Firing(msgspec.Struct, frozen=True):
    """One rule that had its way in a verdict: what the transcript tells of it.

    rule: its name. effect: what it does, in words; "" for words made from the verdict.
    ordinal: how many times it fired before, and now, for what it counts by. seed: what chance was
    drawn from. dry: whether it only tells what it would have done.
    """

    rule: str
    effect: str = ""
    ordinal: int = 0
    seed: int = 0
    dry: bool = False


class TlsFault(msgspec.Struct, frozen=True):
    """What is wrong with a handshake on purpose.

    certificate: "expired", "not-yet-valid", "wrong-host", "unknown-ca" or "self-signed", or "" for
    the good one. version: the only one that is spoken, "1.0" to "1.3", or "". handshake: what comes
    in its place, "refuse" (an alert), "stall", "close" or "garbage", or "".
    """

    certificate: str = ""
    version: str = ""
    handshake: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy wants done at a stage. The default of each field changes nothing.

    reply: said instead of the server's own; a negative one keeps the command from taking effect,
        and a 421 ends the session unless `stays`.
    raw: octets sent instead of a reply, as they are. Where they begin with no reply code, the
        command does not take effect.
    delay: seconds to wait before the reply. reading: seconds to wait after it, before reading on.
    dribble: seconds between two octets of the reply.
    truncate: how many octets of the reply are sent; its end is not.
    crlf: whether the reply has its line end. repeat: how many times it is said.
    ending: how to end the session, or None to go on. when: where the ending comes.
    hang: with the ending HANG, seconds after which the session goes on; None until the client
        closes.
    stays: whether the session goes on after a 421.
    store: at EOM, whether the message is kept as taken; None keeps it so where the reply is
        positive or, with an ending before the reply, never sent ("the reply was lost"), and keeps
        a refused one aside, as refused.
    bounce: what comes back later: at RCPT of this recipient, at EOM of all that were accepted; only
        where the message is accepted in the end.
    octets: at BODY, how many octets of the message arrive before the verdict is carried out.
    again: at BODY, at how many octets the policy is asked once more; None for not at all. It is
        asked at 0 first. Such a verdict without firings does nothing else.
    bandwidth: at BODY, how many octets a second are read; 0 is no limit.
    hide: at EHLO, extensions (upper case) that are not offered, and whose verbs do not work.
    add: at EHLO, lines that are offered besides. size: what SIZE tells.
    tls: at TLS, what is wrong with the handshake.
    firings: the rules behind all this, for the transcript.
    """

    reply: Reply | None = None
    raw: bytes | None = None
    delay: float = 0.0
    reading: float = 0.0
    dribble: float = 0.0
    truncate: int | None = None
    crlf: bool = True
    repeat: int = 1
    ending: Ending | None = None
    when: When = When.AFTER
    hang: float | None = None
    stays: bool = False
    store: bool | None = None
    bounce: Bounce | None = None
    octets: int = 0
    again: int | None = None
    bandwidth: int = 0
    hide: frozenset[str] = frozenset()
    add: tuple[str, ...] = ()
    size: int | None = None
    tls: TlsFault = TlsFault()
    firings: tuple[Firing, ...] = ()

    @property
    def said(self) -> Reply | None:
        """What decides the effect of the command instead of the server's own reply, or None."""
        return self.reply if self.raw is None else reply_in(self.raw)

    @property
    def silent(self) -> bool:
        """Whether no reply is sent at all."""
        return self.ending is not None and self.when is When.BEFORE and self.hang is None

    @property
    def keeps(self) -> bool:
        """Whether a message is stored under this verdict at EOM."""
        if self.store is not None:
            return self.store
        said = self.said
        return said is None or said.code < 300


NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})


class Facts:
    """What is known of a session: the view that a policy gets, kept up to date by the connection.

    client: its end, as "127.0.0.1:50123" or "unix": whom a PROXY header or XCLIENT named, where one
    did. server: the listener, in the same form, or the path of its Unix socket. destination: where
    the client wanted to get, the listener unless one of these said otherwise.
    ordinal: the number of this connection since the server started, from 1.
    helo: the argument of HELO or EHLO, or None before it.
    user, mechanism: who authenticated and how, or None.
    line: the command line of this stage, as it was sent.
    path: the path that the last MAIL or RCPT named.
    transaction: the transaction that is open, or None.
    quiet: at IDLE, seconds since the last octet came.
    transactions: how many were opened so far. tls: whether TLS is active. server_name: the host
    that the client asked for in the handshake (SNI), or "".
    content: at EOM, returns the octets of the message. head: the first 64 KiB of them.
    client_name: the client's host name, where XCLIENT told it. forwarded: what XFORWARD told of the
    next transaction's mail, by attribute.
    recipient: at EOM, the one whose reply it is (LMTP), None where one reply is for all.
    """

    __slots__ = (
        "client",
        "client_name",
        "content",
        "destination",
        "forwarded",
        "head",
        "helo",
        "line",
        "mechanism",
        "ordinal",
        "path",
        "quiet",
        "recipient",
        "server",
        "server_name",
        "tls",
        "transaction",
        "transactions",
        "user",
    )

    def __init__(self, client: str, server: str, ordinal: int) -> None:
        self.client = client
        self.server = server
        self.destination = server
        self.ordinal = ordinal
        self.client_name: str | None = None
        self.forwarded: Mapping[str, str] = NO_ATTRIBUTES
        self.helo: str | None = None
        self.user: str | None = None
        self.mechanism: str | None = None
        self.line = b""
        self.path: Path | None = None
        self.recipient: Path | None = None
        self.transaction: Transaction | None = None
        self.transactions = 0
        self.quiet = 0.0
        self.tls = False
        self.server_name = ""
        self.content: Callable[[], bytes] = bytes
        self.head = b""


class Policy(Protocol):
    """Decides what happens at each stage."""

    def decide(self, stage: Stage, facts: Facts, /) -> Verdict | None:
        """Return what to do before `stage` takes effect, or None to go on as usual.

        At TLS a handshake is about to begin, and nothing can be said. At IDLE it is asked about ten
        times a second while a session is quiet; a reply there is sent unasked. At EOM
        `facts.content()` returns the octets of the message; under LMTP it is asked for each
        recipient.
        """


@runtime_checkable
class Attentive(Protocol):
    """A policy that also wants to know when a session is over."""

    def session_over(self, facts: Facts, /) -> None:
        """Forget a session that was asked about."""


@runtime_checkable
class Selective(Protocol):
    """A policy that only wants to be asked at some stages.

    stages: which they are; looked at again and again, and not to be replaced.
    """

    @property
    def stages(self) -> Container[Stage]: ...


def stages_of(policy: Policy) -> Container[Stage]:
    """Return the stages that a policy wants to be asked at: what is not asked costs nothing."""
    return policy.stages if isinstance(policy, Selective) else frozenset(Stage)


class AcceptAll:
    """The policy of a server without faults."""

    stages: Final[frozenset[Stage]] = frozenset()

    def decide(self, _stage: Stage, _facts: Facts, /) -> Verdict | None:
        """Go on as usual."""
        return None


ACCEPT_ALL: Final = AcceptAll()
