"""Expectations: what has to come inside a block, or before a test ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from mailcatch.testing.criteria import Criteria, Mark, describe
from mailcatch.testing.errors import MailcatchFailure
from mailcatch.testing.place import calling_line

if TYPE_CHECKING:
    from types import TracebackType

    from mailcatch.testing.message import Message
    from mailcatch.testing.waits import Waits


class Expectation:
    """A number of messages that have to come. Made by `Mailbox.expect`.

    messages: those that came, once the expectation was checked.
    """

    def __init__(
        self,
        mailbox: Waits,
        count: int,
        ordered: tuple[str, ...],
        timeout: float | None,
        criteria: Criteria,
    ) -> None:
        self._mailbox = mailbox
        self._count = count
        self._ordered = ordered
        self._timeout = timeout
        self._asked = criteria
        self._since = self._now()
        self._place = calling_line()
        self._over = False
        self.messages: list[Message] = []

    @property
    def message(self) -> Message:
        """The one message that came."""
        __tracebackhide__ = True
        if len(self.messages) != 1:
            raise MailcatchFailure(
                f"mailcatch: the expectation has {len(self.messages)} messages, not one"
            )
        return self.messages[0]

    def unmet(self, *, patient: bool) -> str:
        """Return why it is not met, or ""; patient: after waiting for what may still come."""
        if self._over:
            return ""
        if not patient:
            self._timeout = 0
        try:
            self._check()
        except MailcatchFailure as failure:
            sentence, _, rest = str(failure).partition("\n")
            return f"{sentence} (expect() at {self._place})\n{rest}".rstrip()
        return ""

    def __enter__(self) -> Self:
        """Begin to count."""
        self._since = self._now()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for what was expected; an error of the block itself is left alone."""
        __tracebackhide__ = True
        if error is None:
            self._check()
        self._over = True

    async def __aenter__(self) -> Self:
        """Begin to count."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Do what `__exit__` does, in an event loop."""
        __tracebackhide__ = True
        if error is None:
            criteria = self._closing()
            if self._count:
                came = await self._mailbox.async_wait_for(
                    self._count, timeout=self._timeout, **criteria
                )
                self._take(came)
            else:
                await self._mailbox.async_assert_none(timeout=self._timeout, **criteria)
            self._check_order()
        self._over = True

    def _now(self) -> Mark:
        return replace(self._mailbox.mark(), name="")

    def _check(self) -> None:
        __tracebackhide__ = True
        criteria = self._closing()
        self._take(self._mailbox.expected(self._count, self._timeout, criteria))
        self._check_order()

    def _closing(self) -> Criteria:
        self._over = True
        criteria = self._asked.copy()
        criteria.setdefault("after", self._since)
        return criteria

    def _check_order(self) -> None:
        __tracebackhide__ = True
        came = [message.subject for message in self.messages]
        if self._ordered and came != list(self._ordered):
            raise MailcatchFailure(
                "mailcatch: expected these subjects in this order:\n  "
                + "\n  ".join(map(repr, self._ordered))
                + "\ngot:\n  "
                + "\n  ".join(map(repr, came))
            )

    def _take(self, came: Message | list[Message]) -> None:
        self.messages = came if isinstance(came, list) else [came]

    def __repr__(self) -> str:
        return f"<Expectation of {self._count}: {describe(self._asked) or 'any mail'}>"
