"""A decision: what all the rules that fired want done, merged."""

from __future__ import annotations

import msgspec

from mailcatch.faults.rule import Action, Ending, Reply, TlsFault, When


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that fired.

    effect: what it does, in a few words. ordinal: which occasion of its key it was, from 1. seed:
    of the engine. dry: whether the rule only says what it would have done.
    """

    rule: str
    effect: str
    ordinal: int = 0
    seed: int = 0
    dry: bool = False


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back of an accepted mail. reply: filled in. seconds: after which it comes."""

    rule: str
    reply: Reply
    seconds: float
    action: Action


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done at a moment. The default of each field changes nothing.

    firings: whose decision it is; dry runs too, whose effects are left out. reply: filled in, ready
    to be said. raw: octets instead of a reply. delay: seconds before the reply. reading: seconds
    before reading on. dribble: seconds between the octets of the reply. bandwidth: octets a second
    at which the body is read, 0 without limit. truncate: send only so many octets of the reply.
    crlf: whether the reply has its line ends. repeat: how often it is said. ending: how the session
    ends, or None; it is already "fin" for a 421. when: seen from the reply. octets: at body, after
    how many octets of it. hang: with ending "hang", for how many seconds, None until the client
    closes. store: at eom, whether the message is kept as a delivered one; None: where a code is
    sent that is 2xx (who closes without a reply has not taken the message; a reply that is lost
    says True). bounce: what comes back of the mail, or of the recipient that is asked for. hide,
    add, size: what is offered at EHLO. tls: what is wrong with the handshake.
    """

    firings: tuple[Firing, ...]
    reply: Reply | None = None
    raw: bytes | None = None
    delay: float = 0.0
    reading: float = 0.0
    dribble: float = 0.0
    bandwidth: int = 0
    truncate: int | None = None
    crlf: bool = True
    repeat: int = 1
    ending: Ending | None = None
    when: When = "after"
    octets: int = 0
    hang: float | None = None
    store: bool | None = None
    bounce: Bounce | None = None
    hide: frozenset[str] = frozenset()
    add: tuple[str, ...] = ()
    size: int | None = None
    tls: TlsFault = TlsFault()
