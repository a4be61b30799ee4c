"""What is waited for: mail to come, mail not to come, quiet. Each is a question of waiting.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mailcatch.testing.attempts import Attempt
from mailcatch.testing.criteria import Criteria, describe, fits, fits_address, may_concern
from mailcatch.testing.errors import MailcatchFailure
from mailcatch.testing.failures import expected, messages, say
from mailcatch.testing.ledger import Ledger, Share
from mailcatch.testing.message import Message
from mailcatch.testing.waiting import Later

# A criterion that looks into the message, which a refused one may never have sent.
_INSIDE: Final = frozenset({"subject", "text", "html", "header", "attachment", "where"})


def found(share: Share, criteria: Criteria) -> list[Message]:
    """Return the messages that meet the criteria, in the order of their arrival."""
    if not criteria:
        return list(share.messages)
    return [message for message in list(share.messages) if fits(message, criteria)]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Mail is to come: exactly `count` messages, or with `first` at least as many."""

    share: Share
    ledger: Ledger
    count: int
    criteria: Criteria
    deadline: float
    timeout: float
    first: bool
    fail_fast: bool

    def __call__(self, now: float) -> list[Message] | Later:
        """Answer with the messages. Raises MailcatchFailure: too many, too late, refused."""
        __tracebackhide__ = True
        came = found(self.share, self.criteria)
        if len(came) > self.count and not self.first:
            raise self._failure(f", got {len(came)}; pass first=True to take the first")
        if len(came) >= self.count:
            return came[: self.count]
        refused = self._refused_for_good() if self.fail_fast else None
        if refused is not None:
            raise self._failure(f", but it was not delivered: {refused.describe()}")
        if now >= self.deadline:
            within = f" within {self.timeout:g} s" if self.timeout else ""
            raise self._failure(f"{within}, got {len(came)}")
        return Later(self.deadline)

    def _failure(self, instead: str) -> MailcatchFailure:
        wanted = expected(messages(self.count), self.criteria)
        sentence = f"expected {wanted}{instead}"
        return MailcatchFailure(say(self.share, self.ledger, sentence, self.criteria))

    def _refused_for_good(self) -> Attempt | None:
        """Return the last try at what is meant, where no sender that keeps to the rules goes on."""
        tries = [one for one in list(self.share.attempts) if may_concern(one, self.criteria)]
        if not tries or self.ledger.busy(self.share) or not self._is_final(tries[-1]):
            return None
        return tries[-1].seen_by(to) if (to := self._to()) else tries[-1]

    def _is_final(self, attempt: Attempt) -> bool:
        to = self.criteria.get("to")
        if to is not None and any(
            not one.accepted and one.reply.permanent and fits_address(one.address, to)
            for one in attempt.recipients
        ):
            return True
        if attempt.rule and to is None and _INSIDE & self.criteria.keys():
            # Refused on purpose, and nothing says that it was this message.
            return False
        if attempt.outcome == "aborted":
            return not attempt.rule and attempt.session.ended is not None
        return not attempt.delivered and attempt.reply.permanent

    def _to(self) -> str:
        to = self.criteria.get("to")
        return to if isinstance(to, str) else ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing is to happen for `quiet` seconds: no transaction open, nothing said."""

    share: Share
    ledger: Ledger
    quiet: float
    began: float
    deadline: float
    timeout: float

    def __call__(self, now: float) -> Later | None:
        """Answer when it was quiet for long enough. Raises MailcatchFailure when it never is."""
        __tracebackhide__ = True
        busy = self.ledger.busy(self.share)
        since = max(self.ledger.quiet_since(self.share), self.began)
        if not busy and now >= since + self.quiet:
            return None
        if now >= self.deadline:
            sentence = f"expected {self.quiet:g} s of quiet within {self.timeout:g} s"
            raise MailcatchFailure(say(self.share, self.ledger, sentence, {}))
        return Later(self.deadline if busy else min(since + self.quiet, self.deadline))


@dataclass(frozen=True, slots=True)
class Absence:
    """No such mail is to come, until it was quiet for long enough."""

    criteria: Criteria
    quiet: Quiet

    def __call__(self, now: float) -> Later | None:
        """Answer when it is quiet. Raises MailcatchFailure at the first message that fits."""
        __tracebackhide__ = True
        share, ledger = self.quiet.share, self.quiet.ledger
        came = found(share, self.criteria)
        if came:
            wanted = f"no message {describe(self.criteria)}".rstrip()
            sentence = f"expected {wanted}, got {len(came)}"
            raise MailcatchFailure(say(share, ledger, sentence, self.criteria))
        return self.quiet(now)
