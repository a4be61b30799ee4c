"""Mail in unittest: a TestCase whose tests have `self.mailcatch`."""

from __future__ import annotations

import asyncio
import atexit
import inspect
import unittest
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ClassVar

from mailcatch.testing.errors import MailcatchFailure
from mailcatch.testing.server import MailServer
from mailcatch.testing.transcript import LINES, transcript

if TYPE_CHECKING:
    from mailcatch.testing.mailbox import Mailbox

# Tells unittest that the frames of this module are of no interest to whoever reads a failure.
__unittest = True


class MailcatchTestCase(unittest.TestCase):
    """A TestCase with a mailbox of each test; one server serves them all.

    Also usable as a mixin beside another TestCase, such as Django's or IsolatedAsyncioTestCase. A
    failure gets the SMTP transcript as a note, and an expectation that was not met is a failure.

    tells_conversation: whether a failure gets the note. unmet: what an expectation that was not met
    raises. pytest shows a section instead of the note, and a failure without its traceback.
    """

    mailcatch: Mailbox
    tells_conversation = True
    unmet: Callable[[str], BaseException] = MailcatchFailure
    _server: ClassVar[MailServer | None] = None

    def __init__(self, methodName: str = "runTest") -> None:  # noqa: N803 - unittest's name
        """Take the name of the method that is the test."""
        super().__init__(methodName)
        self._name = methodName

    @classmethod
    def mail_server(cls) -> MailServer:
        """Return the server, started when it is first asked for and stopped at exit."""
        if MailcatchTestCase._server is None:
            server = MailcatchTestCase._server = MailServer()
            server.__enter__()
            atexit.register(server.__exit__, None, None, None)
        return MailcatchTestCase._server

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """Run the test between the beginning and the end of its mailbox."""
        before = dict(vars(self))
        self.mailcatch = self.mail_server().inbox(name=self.id())
        method = getattr(self, self._name, None)
        if method is not None:
            setattr(self, self._name, self._checking(method))
        try:
            return super().run(result)
        finally:
            self.mailcatch.close()
            if self._name in before:
                setattr(self, self._name, before[self._name])
            else:
                vars(self).pop(self._name, None)

    def _checking(self, method: Callable[[], object]) -> Callable[[], object]:
        """Return the test that tells what was said when it fails, and checks what was expected."""
        if inspect.iscoroutinefunction(method):

            @wraps(method)
            async def checked_in_loop() -> None:
                __tracebackhide__ = True
                with self._telling():
                    await method()
                # In a thread: what is expected may still have to be sent by this loop.
                self._fail_for(await asyncio.to_thread(self.mailcatch.unmet))

            return checked_in_loop

        @wraps(method)
        def checked() -> object:
            __tracebackhide__ = True
            with self._telling():
                returned = method()
            self._fail_for(self.mailcatch.unmet())
            return returned

        return checked

    @contextmanager
    def _telling(self) -> Generator[None]:
        """Add what was said to an error that goes through."""
        try:
            yield
        except Exception as error:
            said = transcript(self.mailcatch.share, LINES) if self.tells_conversation else ""
            if said:
                error.add_note(f"SMTP:\n{said}")
            raise

    def _fail_for(self, unmet: list[str]) -> None:
        __tracebackhide__ = True
        if unmet:
            raise self.unmet("\n\n".join(unmet))
