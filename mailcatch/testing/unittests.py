"""Mail in unittest: a TestCase whose tests have `self.mailcatch`."""

from __future__ import annotations

import atexit
import unittest
from typing import TYPE_CHECKING, ClassVar

from mailcatch.testing.server import MailServer
from mailcatch.testing.transcript import LINES, transcript

if TYPE_CHECKING:
    from mailcatch.testing.mailbox import Mailbox


class MailcatchTestCase(unittest.TestCase):
    """A TestCase with a mailbox of each test; one server serves them all.

    Also usable as a mixin beside another TestCase, such as Django's. A failure gets the SMTP
    transcript as a note, and an expectation that was not met is a failure.
    """

    mailcatch: Mailbox
    _server: ClassVar[MailServer | None] = None

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
        self.mailcatch = self.mail_server().inbox(name=self.id())
        try:
            return super().run(result)
        finally:
            self.mailcatch.close()

    def _callTestMethod(self, method: object) -> None:
        """Call the test, add what was said to its failure, and check what was expected."""
        __tracebackhide__ = True
        try:
            super()._callTestMethod(method)  # type: ignore[misc]
        except Exception as error:
            said = transcript(self.mailcatch.share, LINES)
            if said:
                error.add_note(f"SMTP:\n{said}")
            raise
        unmet = self.mailcatch.unmet()
        if unmet:
            self.fail("\n\n".join(unmet))
