"""One fault rule of a test: what it does, said word by word, and how often it fired."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, Self

from msgspec.structs import replace

from mailcatch.faults import language
from mailcatch.faults.loading import rule_of
from mailcatch.faults.presets import TABLES
from mailcatch.faults.replies import is_reply
from mailcatch.mail.safe import safe_text
from mailcatch.testing.errors import MailcatchFailure
from mailcatch.testing.unfired import why_unfired

if TYPE_CHECKING:
    from types import TracebackType

    from mailcatch.faults.engine import RuleCount
    from mailcatch.faults.moment import Moment
    from mailcatch.faults.rule import Rule
    from mailcatch.testing.attempts import Attempt

Pattern = str | re.Pattern[str]
Duration = float | str

_STAGES: Final = {"data_end": "eom", "data-end": "eom", "end-of-message": "eom"}
_EFFECTS: Final = {
    field.name for field in (*language.ANSWER, *language.SLOWING, language.SEQUENCE)
} | {language.SET_STATE.name}
# These tell of an effect that may come later.
_OF_EFFECTS: Final = {"when", "before", "after_bytes"}


class Force(Protocol):
    """What puts rules in force, and counts."""

    def enforce(self, rule: FaultRule, /) -> None:
        """Put a rule in force as it is now."""

    def take_out(self, rule: FaultRule, /) -> RuleCount | None:
        """Take it out of force; return its last counters."""

    def count(self, rule: FaultRule, /) -> RuleCount | None:
        """Return its counters."""

    def tries(self) -> Iterable[Attempt]:
        """Return what was sent so far."""


class FaultRule:
    """A rule of a test. It is in force from the moment that it has an effect.

    Each method adds to it and returns it, so that they can be chained; used as a block, the rule is
    lifted at the end. Patterns are globs, or compiled regular expressions. Durations are seconds,
    or such as "90ms" or "10m". What cannot be is a `mailcatch.RuleError` that says why.

    name: what transcripts call it. place: the line of the test that made it.
    """

    def __init__(self, force: Force, name: str, place: str, table: Mapping[str, object]) -> None:
        __tracebackhide__ = True
        self.name = name
        self.place = place
        self.is_optional = False
        self._force = force
        self._table: dict[str, object] = {"id": name, **table}
        self._match: dict[str, object] = {}
        self._condition: Callable[[Moment], object] | None = None
        self._raised = ""
        self._last: RuleCount | None = None
        self._lifted = False
        self._changed()

    @property
    def fired(self) -> int:
        """How often it fired."""
        count = self._count()
        return count.fired if count is not None else 0

    @property
    def matched(self) -> int:
        """How often its conditions held."""
        count = self._count()
        return count.matched if count is not None else 0

    @property
    def seen(self) -> int:
        """How often it was asked."""
        count = self._count()
        return count.seen if count is not None else 0

    @property
    def has_effect(self) -> bool:
        """Whether it says what shall happen."""
        return bool((_EFFECTS - _OF_EFFECTS) & self._table.keys())

    def to(self, recipient: Pattern | Sequence[Pattern]) -> Self:
        """Match a recipient."""
        __tracebackhide__ = True
        return self.match(recipient=recipient)

    def sender(self, sender: Pattern | Sequence[Pattern]) -> Self:
        """Match the sender of the envelope."""
        __tracebackhide__ = True
        return self.match(sender=sender)

    def subject(self, subject: Pattern | Sequence[Pattern]) -> Self:
        """Match the subject; at eom."""
        __tracebackhide__ = True
        return self.match(subject=subject)

    def match(self, **attributes: object) -> Self:
        """Match any attribute of docs/faults.md, such as size=">1MB" or helo_name="app*".

        `header={"X-Tag": "a*"}` matches fields. A list means any of them.
        """
        __tracebackhide__ = True
        for name, wanted in attributes.items():
            if isinstance(wanted, Mapping):
                self._match |= {f"{name}.{key}": _pattern(value) for key, value in wanted.items()}
            else:
                self._match[name] = _pattern(wanted)
        return self._changed()

    def where(self, condition: Callable[[Moment], object]) -> Self:
        """Match what a function says: `where(lambda moment: moment.size > 1_000_000)`.

        It is called on the server's thread, with the attributes of docs/faults.md; one that is not
        known at the stage is None. An error in it is no match, and fails the test.
        """
        __tracebackhide__ = True
        self._condition = condition
        return self._changed()

    def reply(self, reply: int | str, *more: str) -> Self:
        """Say this instead: 451, "451 4.3.0 text", or several lines."""
        __tracebackhide__ = True
        return self.set(reply=[str(reply), *more] if more else str(reply))

    def preset(self, name: str) -> Self:
        """Do what a preset does, such as "gmail-overquota" (`mailcatch faults presets`)."""
        __tracebackhide__ = True
        return self.set(preset=name)

    def sequence(self, *steps: int | str | Mapping[str, object]) -> Self:
        """Do one after the other: replies, presets, tables, or "pass"."""
        __tracebackhide__ = True
        return self.set(sequence=[str(one) if isinstance(one, int) else one for one in steps])

    def drop(self, how: str = "rst", *, when: str = "before") -> Self:
        """Close the connection: "rst", "fin" or "half"; "before" or "after" the reply."""
        __tracebackhide__ = True
        return self.set(disconnect=how, when=when)

    def lost(self, how: str = "rst") -> Self:
        """Store the message and never reply: "rst", "fin" or "hang"; at eom."""
        __tracebackhide__ = True
        return self.set(lost=how)

    def bounce_later(self, reply: int | str = 550, *, after: Duration = 0) -> Self:
        """Accept the mail, and let a notice come back with a reply or a preset; at rcpt or eom."""
        __tracebackhide__ = True
        said = str(reply)
        key = "reply" if is_reply(said) else "preset"
        return self.set(bounce_later={key: said, "delay": after})

    def hang(self, seconds: Duration | None = None) -> Self:
        """Say nothing, until the client gives up or for some time."""
        __tracebackhide__ = True
        return self.set(hang=True if seconds is None else seconds)

    def delay(self, seconds: Duration) -> Self:
        """Wait before the reply."""
        __tracebackhide__ = True
        return self.set(delay=seconds)

    def tls(self, *, cert: str = "", version: str = "", handshake: str = "") -> Self:
        """Break the TLS handshake, at tls.

        cert: "expired", "wrong-host", "self-signed", ... version: the only one that is spoken.
        handshake: "refuse", "stall", "close" or "garbage" in its place.
        """
        __tracebackhide__ = True
        told = {"cert": cert, "version": version, "handshake": handshake}
        return self.set(tls={key: value for key, value in told.items() if value})

    def times(self, count: int) -> Self:
        """Fire so often, then be inert."""
        __tracebackhide__ = True
        return self.set(times=count)

    def skip(self, count: int) -> Self:
        """Let the first ones pass."""
        __tracebackhide__ = True
        return self.set(skip=count)

    def every(self, nth: int) -> Self:
        """Fire each so-manieth time only."""
        __tracebackhide__ = True
        return self.set(every=nth)

    def probability(self, chance: float) -> Self:
        """Fire with a chance from 0 to 1; the transcript tells the seed."""
        __tracebackhide__ = True
        return self.set(probability=chance)

    def key(self, key: str) -> Self:
        """Count apart by "sender", "recipient", "triplet", "envelope", "fingerprint", ..."""
        __tracebackhide__ = True
        return self.set(key=key)

    def optional(self) -> Self:
        """Let it be no failure that the rule never fires."""
        self.is_optional = True
        return self

    def set(self, **keys: object) -> Self:
        """Set any keys of a rule as docs/faults.md has them."""
        __tracebackhide__ = True
        self._table |= keys
        return self._changed()

    def lift(self) -> None:
        """Take the rule out of force; its counters stay."""
        if not self._lifted:
            self._last = self._force.take_out(self)
            self._lifted = True

    def rule(self, conditions: Mapping[str, object]) -> Rule:
        """Return it for the engine; conditions: what has to hold besides. Raises RuleError."""
        table = dict(self._table)
        match = dict(_table(table.pop("match", {}))) | self._match | dict(conditions)
        wanted = table | {"match": match} if match else table
        rule = rule_of(wanted, where=self.place, presets=TABLES)
        return rule if self._condition is None else replace(rule, where=self._says)

    def unfired(self, tries: Iterable[Attempt] = ()) -> str:
        """Return why it is a failure that the rule was there for nothing, or "".

        tries: what was sent meanwhile.
        """
        if not self.has_effect:
            return f"fault rule at {self.place} does nothing: say .reply(451), .drop(), ..."
        if self._raised:
            return f"fault rule at {self.place}: its function raised {self._raised}"
        if self.is_optional or self.fired:
            return ""
        wanted = dict(_table(self._table.get("match"))) | self._match
        if self._condition is not None:
            wanted[""] = "what its function says"
        why = why_unfired(
            self._table.get("at"), wanted, seen=self.seen, matched=self.matched, tries=tries
        )
        right = "where that is right, pass optional=True"
        return f"fault rule at {self.place} never fired: {why}; {right}"

    def _says(self, moment: Moment) -> bool:
        assert self._condition is not None
        try:
            return bool(self._condition(moment))
        except Exception as error:  # noqa: BLE001 - the test's own code; the test is told
            self._raised = self._raised or safe_text(f"{type(error).__name__}: {error}", 300)
            return False

    def _count(self) -> RuleCount | None:
        return self._last if self._lifted else self._force.count(self)

    def _changed(self) -> Self:
        __tracebackhide__ = True
        if self.has_effect and not self._lifted:
            self._force.enforce(self)
        return self

    def __enter__(self) -> Self:
        """Use the rule in a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Lift the rule; fail where it never fired and nothing else went wrong."""
        __tracebackhide__ = True
        self.lift()
        unfired = "" if error is not None else self.unfired(self._force.tries())
        if unfired:
            self.is_optional = True
            raise MailcatchFailure(f"mailcatch: {unfired}")

    def __repr__(self) -> str:
        said = " ".join(f"{key}={value!r}" for key, value in self._table.items() if key != "id")
        match = f" match={self._match!r}" if self._match else ""
        return f"<FaultRule {self.name} {said}{match} fired={self.fired}>"


def stage_of(name: str) -> str:
    """Return the stage that a test calls "RCPT" or "DATA_END"."""
    return _STAGES.get(name.lower(), name.lower())


def _pattern(wanted: object) -> object:
    if isinstance(wanted, re.Pattern):
        flags = "(?i)" if wanted.flags & re.IGNORECASE else ""
        return f"re:{flags}{wanted.pattern}"
    if isinstance(wanted, list | tuple):
        return [_pattern(one) for one in wanted]
    return wanted


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
