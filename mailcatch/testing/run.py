"""A run of pytest and each test in it: which mailboxes there are, and what they leave.

It is loaded in every run, like the plugin, which is made of hooks and fixtures only.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import pytest

from mailcatch.testing.config import time_scale
from mailcatch.testing.settings import RunSettings, Settings

if TYPE_CHECKING:
    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.server import MailServer
    from mailcatch.testing.unittests import MailcatchTestCase

KEPT: Final = "mailcatch_artifacts"
"""The property of a test, in JUnit XML, that names its mailbox directory."""


class Run:
    """One run of pytest in one process.

    server: once a test asked for it. item: the test that runs. strays: mail of no test, a line
    each. kept: the mailbox directories of failed tests.
    """

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings
        self.server: MailServer | None = None
        self.item: pytest.Item | None = None
        self.strays: list[str] = []
        self.kept: list[str] = []

    def begin(self) -> None:
        """Begin the mailbox of the test that runs, where it asks for one and a server is there."""
        if self.item is not None and self.server is not None:
            self.server.ledger.during = f"sent during {self.item.nodeid}"
            has_own = self.item.stash[TEST].settings.server
            if "mailcatch" in getattr(self.item, "fixturenames", ()) and not has_own:
                self.mailbox_of(self.item)

    def mailbox_of(self, item: pytest.Item) -> Mailbox:
        """Return the mailbox of a test, begun where it is not yet."""
        assert self.server is not None
        test = item.stash[TEST]
        if test.mailbox is None:
            test.mailbox = self.server.inbox(
                isolation=test.settings.isolation,
                timeout=test.settings.timeout * time_scale(),
                strict=test.settings.strict,
                name=item.nodeid,
            )
        return test.mailbox

    def end(self, item: pytest.Item) -> None:
        """Close the mailbox of a test that is over, and keep it where that was asked for."""
        test = item.stash.get(TEST, None)
        if test is not None:
            if test.mailbox is not None:
                test.mailbox.close()
            if test.failed and self.settings.artifacts is not None:
                self._keep(item, test)
        if self.server is not None:
            self.server.ledger.during = f"sent after {item.nodeid}"

    def _keep(self, item: pytest.Item, test: OneTest) -> None:
        """Keep a mailbox directory of each mailbox that anybody talked to."""
        assert self.settings.artifacts is not None
        for number, mailbox in enumerate(test.mailboxes):
            if mailbox.share.sessions:
                from mailcatch.testing.artifacts import keep

                place = str(keep(self.settings.artifacts, item.nodeid, number, mailbox.share))
                # A test that is run again leaves the mailbox of its last run.
                if place not in self.kept:
                    self.kept.append(place)
                    item.user_properties.append((KEPT, place))


class OneTest:
    """One run of one test.

    mailbox: that of the fixture `mailcatch`. others: further servers'. case: of unittest, where the
    test is one with a mailbox of its own.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mailbox: Mailbox | None = None
        self.others: list[Mailbox] = []
        self.case: MailcatchTestCase | None = None
        self.failed = False
        self._told: list[str] = []

    @property
    def mailboxes(self) -> list[Mailbox]:
        """All of them."""
        every = [self.mailbox, *self.others, getattr(self.case, "mailcatch", None)]
        return [one for one in every if one is not None]

    def unmet(self, *, patient: bool) -> str:
        """Return what was expected and did not happen; patient: wait for what may still come."""
        return "\n\n".join(said for box in self.mailboxes for said in box.unmet(patient=patient))

    def conversations(self) -> list[str]:
        """Return what was said and is in no report of the test yet."""
        if not self.mailboxes:
            return []
        from mailcatch.testing.transcript import transcript

        texts = [transcript(one.share, self.settings.transcript_lines) for one in self.mailboxes]
        new = [text for text in dict.fromkeys(texts) if text and text not in self._told]
        self._told += new
        return new


RUN: Final = pytest.StashKey[Run]()
"""Where pytest's configuration keeps the run."""

TEST: Final = pytest.StashKey[OneTest]()
"""Where an item of pytest keeps the test."""


def case_of(item: pytest.Item) -> MailcatchTestCase | None:
    """Return the case of unittest that a test is, where it has a mailbox of its own."""
    module = sys.modules.get("mailcatch.testing.unittests")
    case = getattr(item, "instance", None)
    if module is None or not isinstance(case, module.MailcatchTestCase):
        return None
    case = cast("MailcatchTestCase", case)
    case.tells_conversation = False
    case.unmet = partial(pytest.fail.Exception, pytrace=False)
    return case
