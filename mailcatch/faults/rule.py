"""A rule: match x stage x effect x schedule. Values only; all of them can be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from mailcatch.faults.errors import Problem
from mailcatch.faults.moment import Moment

Key = Literal[
    "rule", "client", "connection", "sender", "recipient", "triplet", "envelope", "fingerprint"
]
Count = Literal["transaction", "connection", "command"]
Exhausted = Literal["pass", "last", "cycle", "fail"]
Ending = Literal["fin", "rst", "half", "hang"]
When = Literal["before", "after", "middle"]
Action = Literal["failed", "delayed"]

FOREVER = float("inf")
"""How long something lasts that has no end."""


class Text(msgspec.Struct, frozen=True, tag=True):
    """A pattern for text. form: how `value` is meant, a glob, an expression or the exact text."""

    form: Literal["glob", "re", "exact"]
    value: str


class Between(msgspec.Struct, frozen=True, tag=True):
    """A pattern for numbers: from least to most, both included."""

    least: float
    most: float


class Network(msgspec.Struct, frozen=True, tag=True):
    """A pattern for addresses: a network in CIDR notation."""

    value: str


class Present(msgspec.Struct, frozen=True, tag=True):
    """Whether there is a value at all; for `tls`, the value itself."""

    value: bool


Pattern = Text | Between | Network | Present


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that must hold.

    attribute: a name of stages.KNOWN_AT. name: of the header field where the attribute is "header".
    negated: whether none of the patterns may fit, instead of one. patterns: at least one.
    """

    attribute: str
    patterns: tuple[Pattern, ...]
    name: str = ""
    negated: bool = False


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds: fixed where low == high, uniform, or lognormal with a median.

    sigma: of the logarithm. high: never longer than this.
    """

    low: float = 0.0
    high: float = 0.0
    median: float = 0.0
    sigma: float = 0.0


class ReplyLine(msgspec.Struct, frozen=True):
    """One line of a reply. enhanced: as "4.3.0", or "". text: without line end."""

    code: int
    enhanced: str = ""
    text: str = ""


class Reply(msgspec.Struct, frozen=True):
    """A reply of one or more lines; their codes may differ on purpose."""

    lines: tuple[ReplyLine, ...]

    @property
    def code(self) -> int:
        """The code that counts: the last line's (RFC 5321 section 4.2.1)."""
        return self.lines[-1].code

    @property
    def mixed(self) -> bool:
        """Whether the lines differ in code or enhanced code."""
        return len({(line.code, line.enhanced) for line in self.lines}) > 1


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered at EHLO. hide: keywords in capitals. add: whole lines. size: of SIZE."""

    hide: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    size: int | None = None


class TlsFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a TLS handshake. "" is what is as usual.

    cert: what is wrong with the certificate. version: the only one that is spoken. handshake: what
    comes in its place.
    """

    cert: str = ""
    version: str = ""
    handshake: str = ""


class Slowing(msgspec.Struct, frozen=True, kw_only=True):
    """The effects that compose: those of every rule that fires are merged.

    delay: before the reply. reading: before reading on. dribble: seconds between the octets of the
    reply. bandwidth: octets a second at which the body is read, 0 without limit. tls: what is wrong
    with the handshake.
    """

    delay: Delay | None = None
    reading: Delay | None = None
    dribble: float = 0.0
    bandwidth: int = 0
    capabilities: Capabilities | None = None
    tls: TlsFault | None = None


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back of a mail that was accepted (RFC 3464).

    reply: what a server further on would have said. delay: how long it takes. action: "failed", or
    "delayed" where it is still tried.
    """

    reply: Reply
    delay: Delay = Delay()
    action: Action = "failed"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The terminal effects: of the rules that fire, the first one's are carried out.

    reply: said instead of the server's own. raw: these octets instead of a reply. truncate: how
    many octets of the reply are sent. crlf: whether the reply ends its lines. repeat: how often it
    is said. ending, when: how the session ends, and when, seen from the reply. octets: at body,
    after how many octets. hang: with ending "hang", seconds until the session goes on. store:
    whether the message is kept; None is "auto". bounce: what comes back of the accepted mail.
    passes: the step of a sequence that lets go on.
    """

    reply: Reply | None = None
    raw: bytes | None = None
    truncate: int | None = None
    crlf: bool = True
    repeat: int = 1
    ending: Ending | None = None
    when: When = "after"
    octets: int = 0
    hang: float = FOREVER
    store: bool | None = None
    bounce: Bounce | None = None
    passes: bool = False

    @property
    def does_nothing(self) -> bool:
        """Whether it leaves all as it would be."""
        return msgspec.structs.replace(self, octets=0) == _USUAL

    @property
    def never_replies(self) -> bool:
        """Whether the session ends, or is silent for ever, without a reply."""
        return self.ending is not None and self.when == "before" and self.hang == FOREVER


_USUAL = Answer()


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When a rule is awake: from `after` seconds after its loading, for `lasts` seconds."""

    after: float = 0.0
    lasts: float = FOREVER


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """Fires where more than limit occasions would pass in window seconds."""

    limit: int
    window: float
    per: Key = "client"


class Concurrency(msgspec.Struct, frozen=True, kw_only=True):
    """Fires where more than limit connections would be open at once."""

    limit: int
    per: Key = "client"


class Greylist(msgspec.Struct, frozen=True, kw_only=True):
    """Fires until delay seconds after the first occasion."""

    delay: float
    per: Key = "triplet"


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a rule that matches fires. The default is: always.

    skip: how many occasions pass first. times: how often it fires, for each key; None without end.
    every: 3 for each third occasion. probability: 0 to 1. sequence: what happens at one firing
    after the other, and exhausted: after its end. ttl: seconds after loading until the rule is
    inert. when_state, set_state: of the scenario. key: what is counted apart. count: what is one
    occasion.
    """

    skip: int = 0
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    sequence: tuple[Answer, ...] = ()
    exhausted: Exhausted = "pass"
    active: Window | None = None
    ttl: float = FOREVER
    quota: Quota | None = None
    concurrency: Concurrency | None = None
    greylist: Greylist | None = None
    scenario: str = ""
    when_state: str = ""
    set_state: str = ""
    key: Key = "rule"
    count: Count = "transaction"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One injected fault.

    id: unique in its file. priority: lower comes first. stages: names of stages.STAGES. anywhere:
    whether they are all at which it can stand. after: at idle, seconds of quiet. match: all must
    hold. where: must be true of the moment; Python only, no file can say it. slowing, answer: the
    effects; with a sequence in the schedule, answer is None. final: a match keeps later rules from
    being asked.
    """

    id: str
    stages: tuple[str, ...]
    anywhere: bool = False
    description: str = ""
    enabled: bool = True
    priority: int = 5
    dry_run: bool = False
    final: bool = False
    tags: tuple[str, ...] = ()
    after: float = 0.0
    match: tuple[Condition, ...] = ()
    where: Callable[[Moment], object] | None = None
    slowing: Slowing | None = None
    answer: Answer | None = None
    schedule: Schedule = Schedule()

    @property
    def terminal(self) -> bool:
        """Whether the rule decides the answer, and so competes with others."""
        return self.answer is not None or bool(self.schedule.sequence)

    @property
    def begins_after(self) -> int:
        """At body, how many octets have to come before the rule is asked."""
        steps = (self.answer,) if self.answer is not None else self.schedule.sequence
        return min((step.octets for step in steps), default=0)

    def acts_like(self, other: Rule) -> bool:
        """Return whether two rules do the same: what is only said about them may differ."""
        return _bare(self) == _bare(other)


def _bare(rule: Rule) -> Rule:
    return msgspec.structs.replace(rule, enabled=True, description="", tags=(), priority=5)


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of a file.

    seed: None for a random one. enabled: whether any rule is asked. magic: domains where magic
    recipients work, ("*",) for all. magic_first: whether they go before rules. generation: when it
    changes, all counters start anew. keys: how many keys each rule remembers. rules: in the order
    of the file. presets: the user's own, by name, as tables. warnings: what is odd but can be used.
    """

    rules: tuple[Rule, ...] = ()
    seed: int | None = None
    enabled: bool = True
    magic: tuple[str, ...] = ()
    magic_first: bool = False
    generation: int = 0
    keys: int = 10_000
    presets: dict[str, dict[str, object]] = {}
    warnings: tuple[Problem, ...] = ()
