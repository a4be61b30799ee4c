"""The mail of one test, and everything that a test asks of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, Self, Unpack, overload

from mailcatch.mail.safe import safe_text
from mailcatch.testing import failures, wiring
from mailcatch.testing.attempts import OUTCOMES, Attempt
from mailcatch.testing.criteria import Criteria, Text, check, fits_address
from mailcatch.testing.errors import MailcatchFailure, check_words
from mailcatch.testing.faults import Faults
from mailcatch.testing.message import Message
from mailcatch.testing.questions import found
from mailcatch.testing.session import Session
from mailcatch.testing.transcript import transcript
from mailcatch.testing.waits import Waits

if TYPE_CHECKING:
    import ssl
    from pathlib import Path
    from types import TracebackType

    from mailcatch.testing.ledger import Share
    from mailcatch.testing.server import MailServer

_FINISH_SECONDS: Final = 0.25


class Mailbox(Waits, Sequence[Message]):
    """The messages of one test, in the order of their arrival, and what else it knows of them.

    server: where it comes from. host, port: where it has to be sent to.
    timeout: seconds that a wait may take unless it is told otherwise.
    strict: whether a fault rule that never fired is a failure.
    faults: what breaks delivery on purpose; `fail`, `drop`, `delay`, `hang`, `lose_reply`,
    `bounce_later`, `rate_limit`, `greylist`, `preset`, `sequence` and `without` are its methods.
    clock: the time that the faults' windows go by; `clock.advance("10m")`.
    """

    def __init__(
        self,
        server: MailServer,
        share: Share,
        *,
        timeout: float,
        strict: bool,
        close: Callable[[Mailbox], None],
        port: int,
    ) -> None:
        super().__init__(share, server.ledger, timeout)
        self.server = server
        self.strict = strict
        self.host = server.host
        self.port = port
        self._close = close
        self.faults = Faults(server.rules, share, port if share.listener else None)
        self.clock = server.clock
        self.fail = self.faults.fail
        self.drop = self.faults.drop
        self.delay = self.faults.delay
        self.hang = self.faults.hang
        self.lose_reply = self.faults.lose_reply
        self.bounce_later = self.faults.bounce_later
        self.rate_limit = self.faults.rate_limit
        self.greylist = self.faults.greylist
        self.preset = self.faults.preset
        self.sequence = self.faults.sequence
        self.without = self.faults.without

    @property
    def addr(self) -> tuple[str, int]:
        """Host and port, as `smtplib.SMTP(*mailcatch.addr)` takes them."""
        return self.host, self.port

    @property
    def begins_with_tls(self) -> bool:
        """Whether TLS comes first on the port."""
        return self.server.begins_with_tls

    @property
    def speaks_lmtp(self) -> bool:
        """Whether LMTP is spoken on the port, instead of SMTP."""
        return self.server.speaks_lmtp

    @property
    def tls_port(self) -> int:
        """The server's port where TLS comes first. Raises RuntimeError where there is none."""
        return self.server.tls_port

    @property
    def authority_file(self) -> Path | None:
        """What an application has to trust; None without TLS, or with your own certificate."""
        return self.server.authority_file

    @property
    def login(self) -> tuple[str, str] | None:
        """The first user who may authenticate, and the secret; None where everybody may."""
        return self.server.login

    def ssl_context(self) -> ssl.SSLContext:
        """Return a context for clients that trusts the server: `client.starttls(context=...)`."""
        return self.server.ssl_context()

    @property
    def url(self) -> str:
        """Where to send to, as "smtp://127.0.0.1:1025"; "smtps://" where TLS comes first."""
        return wiring.url(self)

    def env(self, prefix: str = "") -> dict[str, str]:
        """Return environment variables with host and port, as `wiring.environment` does."""
        return wiring.environment(self, prefix)

    def address(self, local: str = "test", domain: str = "test.example") -> str:
        """Return an address of this mailbox alone, such as "bob-7b1e4d9a@test.example".

        What is sent to it belongs to this mailbox, whoever sends it and when.
        """
        return f"{local}-{self.share.tag}@{domain}"

    @property
    def messages(self) -> list[Message]:
        """The messages that were delivered."""
        return list(self.share.messages)

    @property
    def last(self) -> Message:
        """The message that came last. Raises MailcatchFailure when there is none."""
        __tracebackhide__ = True
        if not self.share.messages:
            raise self._failure("expected a message, got none")
        return self.share.messages[-1]

    @property
    def subjects(self) -> list[str]:
        """The subjects, in order."""
        return [message.subject for message in self.messages]

    @property
    def sessions(self) -> list[Session]:
        """The connections in which something of this mailbox happened."""
        return list(self.share.sessions)

    @property
    def transcript(self) -> str:
        """All that was said to this mailbox, safe to show."""
        return transcript(self.share)

    def attempts(
        self, to: Text | None = None, *, sender: Text | None = None, outcome: str | None = None
    ) -> list[Attempt]:
        """Return the tries at sending, refused ones too; each knows its distance from the last.

        to: a recipient; the reply is then the one that this recipient got.
        outcome: "stored", "refused", "dropped", "reset" or "aborted".
        """
        __tracebackhide__ = True
        if outcome is not None:
            check_words([outcome], OUTCOMES, "there is no outcome")
        chosen: list[Attempt] = []
        for attempt in self._ledger.attempts(self.share):
            asked = [one for one in attempt.addresses if to is not None and fits_address(one, to)]
            if (
                (to is None or asked or not attempt.recipients)
                and (sender is None or fits_address(attempt.mail_from, sender))
                and (outcome is None or attempt.outcome == outcome)
            ):
                seen = attempt.seen_by(asked[0]) if asked else attempt
                chosen.append(seen.after(chosen[-1] if chosen else None))
        return chosen

    def find(self, **criteria: Unpack[Criteria]) -> list[Message]:
        """Return the messages that meet the criteria now."""
        __tracebackhide__ = True
        check(criteria)
        return found(self.share, criteria)

    def one(self, **criteria: Unpack[Criteria]) -> Message:
        """Return the one message that meets the criteria now; more or fewer is a failure."""
        __tracebackhide__ = True
        came = self.find(**criteria)
        if len(came) != 1:
            wanted = failures.expected("1 message", criteria)
            raise self._failure(f"expected {wanted}, got {len(came)}", criteria)
        return came[0]

    def clear(self) -> list[Message]:
        """Take all messages out, and return them; none is lost or taken twice."""
        with self._ledger.changed:
            taken, self.share.messages = self.share.messages, []
        return taken

    def duplicates(self) -> list[list[Message]]:
        """Return the groups of messages that are the same mail to the same recipients."""
        groups: dict[str, list[Message]] = {}
        for message in self.messages:
            groups.setdefault(message.fingerprint, []).append(message)
        return [group for group in groups.values() if len(group) > 1]

    def assert_no_duplicates(self) -> None:
        """Fail if the same mail came more than once."""
        __tracebackhide__ = True
        for group in self.duplicates():
            same = failures.listed(self.share, group)
            raise MailcatchFailure(f"mailcatch: the same mail was sent {len(group)} times:\n{same}")

    def assert_unique_message_ids(self) -> None:
        """Fail if a Message-ID is missing or came more than once."""
        __tracebackhide__ = True
        came = self.messages
        missing = [one for one in came if not one.message_id]
        if missing:
            without = failures.listed(self.share, missing)
            raise MailcatchFailure(f"mailcatch: these have no Message-ID:\n{without}")
        counted = Counter(one.message_id for one in came)
        for name, count in counted.items():
            if count > 1:
                same = failures.listed(self.share, [m for m in came if m.message_id == name])
                shown = safe_text(name, 200)
                raise MailcatchFailure(f"mailcatch: {count} have the Message-ID {shown}:\n{same}")

    def assert_delivered_once(self, **criteria: Unpack[Criteria]) -> Message:
        """Return the one message that meets the criteria; a second copy is a failure."""
        __tracebackhide__ = True
        came = self.find(**criteria)
        if len(came) == 1:
            return came[0]
        same = len({one.fingerprint for one in came}) < len(came)
        why = "; some are the same mail, sent again" if same else ""
        wanted = failures.expected("1 delivery", criteria)
        raise self._failure(f"expected {wanted}, got {len(came)}{why}", criteria)

    def unmet(self, *, patient: bool = True) -> list[str]:
        """Return what was expected and did not happen.

        patient: wait for what may still come.
        """
        pending, self._expectations = self._expectations, []
        unmet = [said for one in pending if (said := one.unmet(patient=patient))]
        unfired = self.faults.unfired() if self.strict and not self.share.closed else []
        if unfired:
            unmet.append(str(self._failure("\nmailcatch: ".join(unfired))))
        return unmet

    def close(self) -> None:
        """Let mail that is on its way arrive, then take none any more."""
        if self.share.closed:
            return
        self.faults.lift()
        deadline = monotonic() + _FINISH_SECONDS
        with self._ledger.changed:
            while any(
                self._ledger.live.get(one) is self.share for one in self._ledger.busy(self.share)
            ):
                left = deadline - monotonic()
                if left <= 0:
                    break
                self._ledger.changed.wait(left)
        self._close(self)

    def _failure(self, sentence: str, criteria: Criteria | None = None) -> MailcatchFailure:
        return MailcatchFailure(failures.say(self.share, self._ledger, sentence, criteria or {}))

    def __enter__(self) -> Self:
        """Use the mailbox; leaving the block closes it and checks what was expected."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close; fail where an expectation was not met and nothing else went wrong."""
        __tracebackhide__ = True
        unmet = [] if error is not None else self.unmet()
        self.close()
        if unmet:
            raise MailcatchFailure("\n\n".join(unmet))

    def __len__(self) -> int:
        return len(self.share.messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    @overload
    def __getitem__(self, place: int) -> Message: ...
    @overload
    def __getitem__(self, place: slice) -> list[Message]: ...
    def __getitem__(self, place: int | slice) -> Message | list[Message]:
        """Return a message, or several. Raises IndexError."""
        __tracebackhide__ = True
        came = self.messages
        try:
            return came[place]
        except IndexError:
            failure = self._failure(f"there is no message [{place}], got {len(came)}")
            raise IndexError(str(failure)) from None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mailbox):
            return self is other
        return self.messages == other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        came = self.messages
        shown = ", ".join(message.describe() for message in came[:10])
        more = f", and {len(came) - 10} more" if len(came) > 10 else ""
        refused = sum(not one.delivered for one in self.share.attempts)
        also = f" ({refused} not delivered)" if refused else ""
        if not self.share.sessions:
            shown = f"nobody connected to {self.share.address}"
        count = failures.messages(len(came))
        return f"<Mailbox of {count}{also}{': ' if shown else ''}{shown}{more}>"
