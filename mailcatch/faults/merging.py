"""Merging what fired into one decision."""

from __future__ import annotations

import msgspec

from mailcatch.faults.chance import sample, token, uniform
from mailcatch.faults.decision import Bounce, Decision, Firing
from mailcatch.faults.ledger import Outcome
from mailcatch.faults.moment import Moment
from mailcatch.faults.replying import bounce_in_words, fill, handshake_in_words, in_words
from mailcatch.faults.rule import FOREVER, Answer, Delay, Reply, Rule, TlsFault


class Merger:
    """Gathers the effects of the rules that fire at one moment."""

    __slots__ = (
        "_answer",
        "_bounce",
        "_firings",
        "_moment",
        "_quoting",
        "_reply",
        "_seed",
        "_slowing",
    )

    def __init__(self, moment: Moment, seed: int, *, quoting: bool = False) -> None:
        """Begin with nothing. quoting: whether replies are told, instead of their codes alone."""
        self._moment = moment
        self._seed = seed
        self._quoting = quoting
        self._firings: list[Firing] = []
        self._answer: Answer | None = None
        self._bounce: Bounce | None = None
        self._reply: Reply | None = None
        self._slowing = _Slowed()

    @property
    def answered(self) -> bool:
        """Whether a rule has decided the answer."""
        return self._answer is not None

    def add(self, rule: Rule, outcome: Outcome) -> None:
        """Add a rule that fires. A dry run is only told of."""
        mark = token(self._seed, rule.id, outcome.key, outcome.ordinal)
        reply = None
        if outcome.answer is not None and outcome.answer.reply is not None:
            reply = fill(outcome.answer.reply, self._moment, mark)
        bounce = self._bounced(rule, outcome, mark)
        slowed = _Slowed()
        said = slowed.add(rule, outcome, self._seed)
        said += in_words(outcome.answer, reply=reply, quoted=self._quoting)
        said += [] if bounce is None else [bounce_in_words(bounce)]
        if rule.schedule.set_state:
            said.append(f"scenario {rule.schedule.scenario} to {rule.schedule.set_state}")
        self._firings.append(
            Firing(
                rule=rule.id,
                effect=", ".join(said),
                ordinal=outcome.ordinal,
                seed=self._seed,
                dry=rule.dry_run,
            )
        )
        if rule.dry_run:
            return
        self._slowing.merge(slowed)
        if outcome.answer is not None:
            self._answer = outcome.answer
            self._bounce = bounce
            self._reply = reply

    def decision(self) -> Decision | None:
        """Return all of it, or None where nothing fired."""
        if not self._firings:
            return None
        slow = self._slowing
        decision = Decision(
            firings=tuple(self._firings),
            delay=slow.delay,
            reading=slow.reading,
            dribble=slow.dribble,
            bandwidth=slow.bandwidth,
            hide=slow.hide,
            add=tuple(slow.add_lines),
            size=slow.size,
            tls=slow.tls,
        )
        answer = self._answer
        if answer is None:
            return decision
        return msgspec.structs.replace(
            decision,
            reply=self._reply,
            raw=answer.raw,
            truncate=answer.truncate,
            crlf=answer.crlf,
            repeat=answer.repeat,
            ending=answer.ending,
            when=answer.when,
            octets=answer.octets,
            hang=None if answer.hang == FOREVER else answer.hang,
            store=answer.store,
            bounce=self._bounce,
        )

    def _bounced(self, rule: Rule, outcome: Outcome, mark: str) -> Bounce | None:
        bounce = outcome.answer.bounce if outcome.answer is not None else None
        if bounce is None:
            return None
        return Bounce(
            rule=rule.id,
            reply=fill(bounce.reply, self._moment, mark),
            seconds=_drawn(bounce.delay, rule, outcome, self._seed, "bounce "),
            action=bounce.action,
        )


class _Slowed:
    """The composing effects of several rules: delays add up, the slowest pace and width win."""

    __slots__ = ("add_lines", "bandwidth", "delay", "dribble", "hide", "reading", "size", "tls")

    def __init__(self) -> None:
        self.delay = 0.0
        self.reading = 0.0
        self.dribble = 0.0
        self.bandwidth = 0
        self.hide: frozenset[str] = frozenset()
        self.add_lines: list[str] = []
        self.size: int | None = None
        self.tls = TlsFault()

    def add(self, rule: Rule, outcome: Outcome, seed: int) -> list[str]:
        """Take the effects of one rule, and return them in words."""
        slowing = rule.slowing
        if slowing is None:
            return []
        said: list[str] = []
        if slowing.delay is not None:
            self.delay = _drawn(slowing.delay, rule, outcome, seed)
            said.append(f"delay {self.delay:.3g} s")
        if slowing.reading is not None:
            self.reading = _drawn(slowing.reading, rule, outcome, seed)
            said.append(f"delay {self.reading:.3g} s before reading on")
        if slowing.dribble:
            self.dribble = slowing.dribble
            said.append(f"an octet of the reply each {slowing.dribble:g} s")
        if slowing.bandwidth:
            self.bandwidth = slowing.bandwidth
            said.append(f"read {slowing.bandwidth} octets a second")
        if slowing.capabilities is not None:
            self.hide = frozenset(slowing.capabilities.hide)
            self.add_lines = list(slowing.capabilities.add)
            self.size = slowing.capabilities.size
            said += [f"hide {name}" for name in sorted(self.hide)]
            said += [f"offer {line}" for line in self.add_lines]
            said += [] if self.size is None else [f"offer SIZE {self.size}"]
        if slowing.tls is not None:
            self.tls = slowing.tls
            said += handshake_in_words(self.tls)
        return said

    def merge(self, other: _Slowed) -> None:
        self.delay += other.delay
        self.reading += other.reading
        self.dribble = max(self.dribble, other.dribble)
        widths = [width for width in (self.bandwidth, other.bandwidth) if width]
        self.bandwidth = min(widths, default=0)
        self.hide |= other.hide
        self.add_lines += [line for line in other.add_lines if line not in self.add_lines]
        sizes = [size for size in (self.size, other.size) if size is not None]
        self.size = min(sizes, default=None)
        # Of two things that are wrong in one way, the first rule's is.
        self.tls = TlsFault(
            cert=self.tls.cert or other.tls.cert,
            version=self.tls.version or other.tls.version,
            handshake=self.tls.handshake or other.tls.handshake,
        )


def _drawn(delay: Delay, rule: Rule, outcome: Outcome, seed: int, of: str = "") -> float:
    """Draw a delay. of: what is late, where that is not the reply: it is drawn apart from that."""
    chance, angle = (
        uniform(seed, rule.id, outcome.key, outcome.ordinal, of + purpose)
        for purpose in ("delay", "angle")
    )
    return sample(delay, chance, angle)
