"""Waiting for mail, for none, and for quiet: in a thread, and in an event loop."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal, Self, Unpack, overload

from mailcatch.testing.criteria import Criteria, Mark, check
from mailcatch.testing.errors import MailcatchMisuse
from mailcatch.testing.expectation import Expectation
from mailcatch.testing.message import Message
from mailcatch.testing.questions import Absence, Arrival, Quiet
from mailcatch.testing.waiting import ask_until_answered, ask_until_answered_async

if TYPE_CHECKING:
    from mailcatch.testing.ledger import Ledger, Share

SETTLE_SECONDS: Final = 0.1


class Waits:
    """What can be waited for.

    share: what belongs to the mailbox. ledger: what its server heard.
    timeout: seconds that a wait may take unless it is told otherwise.
    """

    def __init__(self, share: Share, ledger: Ledger, timeout: float) -> None:
        self.share = share
        self.timeout = timeout
        self._ledger = ledger
        self._expectations: list[Expectation] = []

    @overload
    def wait_for(  # type: ignore[overload-overlap]
        self,
        count: Literal[1] = 1,
        *,
        timeout: float | None = None,
        first: bool = False,
        fail_fast: bool = True,
        **criteria: Unpack[Criteria],
    ) -> Message: ...

    @overload
    def wait_for(
        self,
        count: int,
        *,
        timeout: float | None = None,
        first: bool = False,
        fail_fast: bool = True,
        **criteria: Unpack[Criteria],
    ) -> list[Message]: ...

    def wait_for(
        self,
        count: int = 1,
        *,
        timeout: float | None = None,
        first: bool = False,
        fail_fast: bool = True,
        **criteria: Unpack[Criteria],
    ) -> Message | list[Message]:
        """Wait until mail has come: return the one message, or a list where count is not 1.

        timeout: seconds. first: take the first where more came, instead of failing.
        fail_fast: fail as soon as it was refused for good (5xx) or the sender vanished.
        """
        __tracebackhide__ = True
        _check_count("wait_for", count)
        question = self._arrival(count, timeout, first, fail_fast, criteria)
        came = ask_until_answered(self._ledger, question, "wait_for")
        return came[0] if count == 1 else came

    @overload
    async def async_wait_for(  # type: ignore[overload-overlap]
        self,
        count: Literal[1] = 1,
        *,
        timeout: float | None = None,
        first: bool = False,
        fail_fast: bool = True,
        **criteria: Unpack[Criteria],
    ) -> Message: ...

    @overload
    async def async_wait_for(
        self,
        count: int,
        *,
        timeout: float | None = None,
        first: bool = False,
        fail_fast: bool = True,
        **criteria: Unpack[Criteria],
    ) -> list[Message]: ...

    async def async_wait_for(
        self,
        count: int = 1,
        *,
        timeout: float | None = None,
        first: bool = False,
        fail_fast: bool = True,
        **criteria: Unpack[Criteria],
    ) -> Message | list[Message]:
        """Do what `wait_for` does, in asyncio, anyio or trio."""
        __tracebackhide__ = True
        _check_count("async_wait_for", count)
        question = self._arrival(count, timeout, first, fail_fast, criteria)
        came = await ask_until_answered_async(self._ledger, question)
        return came[0] if count == 1 else came

    def assert_none(
        self,
        *,
        settle: float = SETTLE_SECONDS,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> None:
        """Fail if such mail came, or comes before it was quiet for `settle` seconds.

        Quiet: no transaction is open and nothing is said. Returns as soon as that is so.
        """
        __tracebackhide__ = True
        check(criteria)
        question = Absence(criteria, self._quiet(settle, timeout))
        ask_until_answered(self._ledger, question, "assert_none")

    async def async_assert_none(
        self,
        *,
        settle: float = SETTLE_SECONDS,
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> None:
        """Do what `assert_none` does, in an event loop."""
        __tracebackhide__ = True
        check(criteria)
        question = Absence(criteria, self._quiet(settle, timeout))
        await ask_until_answered_async(self._ledger, question)

    def settle(self, quiet: float = SETTLE_SECONDS, *, timeout: float | None = None) -> Self:
        """Wait until it was quiet for some seconds."""
        __tracebackhide__ = True
        ask_until_answered(self._ledger, self._quiet(quiet, timeout), "settle")
        return self

    async def async_settle(
        self,
        quiet: float = SETTLE_SECONDS,
        *,
        timeout: float | None = None,
    ) -> Self:
        """Do what `settle` does, in an event loop."""
        __tracebackhide__ = True
        await ask_until_answered_async(self._ledger, self._quiet(quiet, timeout))
        return self

    def expect(
        self,
        count: int | None = None,
        *,
        ordered: Sequence[str] = (),
        timeout: float | None = None,
        **criteria: Unpack[Criteria],
    ) -> Expectation:
        """Say what has to come: inside a `with` block, or, without one, before the test ends.

        count: exactly as many; 1 unless told otherwise. ordered: subjects, in this order.
        Only mail that was begun after the call, or inside the block, counts.
        """
        __tracebackhide__ = True
        check(criteria)
        if isinstance(ordered, str):
            raise MailcatchMisuse(f"mailcatch: ordered is {ordered!r}: write a list of subjects")
        if count is None:
            count = len(ordered) or 1
        if ordered and count != len(ordered):
            raise MailcatchMisuse(f"mailcatch: count is {count}, and ordered has {len(ordered)}")
        if count:
            _check_count("expect", count)
        expectation = Expectation(self, count, tuple(ordered), timeout, criteria)
        self._expectations.append(expectation)
        return expectation

    def expected(self, count: int, timeout: float | None, criteria: Criteria) -> list[Message]:
        """Wait for what an expectation is about; for quiet where it is about no mail."""
        __tracebackhide__ = True
        if count:
            arrival = self._arrival(count, timeout, False, True, criteria)
            return ask_until_answered(self._ledger, arrival, "expect")
        absence = Absence(criteria, self._quiet(SETTLE_SECONDS, timeout))
        ask_until_answered(self._ledger, absence, "expect")
        return []

    def mark(self) -> Mark:
        """Return this moment, for `after=`."""
        return Mark(self._ledger.begun)

    def _arrival(
        self, count: int, timeout: float | None, first: bool, fail_fast: bool, criteria: Criteria
    ) -> Arrival:
        __tracebackhide__ = True
        check(criteria)
        seconds = self.timeout if timeout is None else timeout
        return Arrival(
            self.share,
            self._ledger,
            count,
            criteria,
            monotonic() + seconds,
            seconds,
            first,
            fail_fast,
        )

    def _quiet(self, quiet: float, timeout: float | None) -> Quiet:
        seconds = self.timeout if timeout is None else timeout
        now = monotonic()
        return Quiet(self.share, self._ledger, quiet, now, now + seconds + quiet, seconds)


def _check_count(method: str, count: object) -> None:
    __tracebackhide__ = True
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise MailcatchMisuse(
            f"mailcatch: {method}() takes a number of messages from 1, and got {count!r}: what they"
            " have to be is said by name, such as to='bob@example.com'; that none comes is"
            " assert_none()"
        )
