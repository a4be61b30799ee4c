"""The pytest plugin: fixtures, what a test's end checks, and what a failed test tells.

It is loaded in every run of pytest in its environment, so it imports pytest and the standard
library only; the server is loaded by the first test that asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

from mailcatch.testing.config import Config, time_scale
from mailcatch.testing.settings import (
    RunSettings,
    Settings,
    add_options,
    read_run,
    read_test,
    refuse_unknown_options,
)

if TYPE_CHECKING:
    from mailcatch.testing.extra_servers import ExtraServers
    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.server import MailServer
    from mailcatch.testing.unittests import MailcatchTestCase

_STRAYS: Final = "mailcatch_strays"
_KEPT: Final = "mailcatch_artifacts"
_SECTION: Final = "SMTP"


class _Run:
    """One run of pytest in one process."""

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
            has_own = self.item.stash[_TEST].settings.server
            if "mailcatch" in getattr(self.item, "fixturenames", ()) and not has_own:
                self.mailbox_of(self.item)

    def mailbox_of(self, item: pytest.Item) -> Mailbox:
        """Return the mailbox of a test, begun where it is not yet."""
        assert self.server is not None
        test = item.stash[_TEST]
        if test.mailbox is None:
            test.mailbox = self.server.inbox(
                isolation=test.settings.isolation,
                timeout=test.settings.timeout * time_scale(),
                strict=test.settings.strict,
                name=item.nodeid,
            )
        return test.mailbox


class _Test:
    """One run of one test.

    mailbox: that of the fixture `mailcatch`. others: further servers'. case: of unittest, where the
    test is one with a mailbox of its own. told: the conversations that are in its reports already.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.mailbox: Mailbox | None = None
        self.others: list[Mailbox] = []
        self.case: MailcatchTestCase | None = None
        self.failed = False
        self.told: list[str] = []

    @property
    def mailboxes(self) -> list[Mailbox]:
        every = [self.mailbox, *self.others, getattr(self.case, "mailcatch", None)]
        return [one for one in every if one is not None]


_RUN: Final = pytest.StashKey[_Run]()
_TEST: Final = pytest.StashKey[_Test]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and ini values."""
    add_options(parser)


def pytest_load_initial_conftests(args: list[str]) -> None:
    """Name the nearest option for one that is misspelt."""
    refuse_unknown_options(args)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options and register the marker."""
    config.addinivalue_line(
        "markers",
        "mailcatch(timeout=, strict=, isolation=, show=, transcript_lines=, tls=, auth_users=...):"
        " how the mail of a test is caught; with what Config takes, by a server of its own",
    )
    config.stash[_RUN] = _Run(read_run(config))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Tell where the mail of the run can be seen."""
    connect = config.stash[_RUN].settings.connect
    return [f"mailcatch: mail goes into {connect}, see `mailcatch view`"] if connect else []


@pytest.fixture(scope="session")
def mailcatch_config() -> Config:
    """Return how the server of this run is set up; to be overridden in conftest.py."""
    return Config()


@pytest.fixture(scope="session")
def mailcatch_server(pytestconfig: pytest.Config, mailcatch_config: Config) -> Iterator[MailServer]:
    """Run the SMTP server: one for all tests, on a free port of 127.0.0.1."""
    from mailcatch.testing.server import MailServer

    run = pytestconfig.stash[_RUN]
    config = mailcatch_config
    if run.settings.port:
        config = replace(config, port=run.settings.port)
    connect = run.settings.connect
    with ExitStack() as stack:
        with _telling_mistakes("mailcatch_config"):
            server = MailServer.of(config, mailbox=connect, guest=connect is not None)
            stack.enter_context(server)
        run.server = server
        server.ledger.shares_outside = _workers(pytestconfig) > 1
        run.begin()
        yield server
        if run.item is not None and (last := run.item.stash[_TEST].mailbox) is not None:
            last.close()
        run.server = None
    run.strays += [stray.describe() for stray in server.ledger.strays]


@pytest.fixture
def mailcatch(request: pytest.FixtureRequest, mailcatch_server: MailServer) -> Mailbox:
    """Return the mail of this test."""
    own = request.node.stash[_TEST].settings.server
    if own:
        servers: ExtraServers = request.getfixturevalue("make_mailcatch")
        with _telling_mistakes("@pytest.mark.mailcatch"):
            return servers(**own)
    return request.config.stash[_RUN].mailbox_of(request.node)


@pytest.fixture
def make_mailcatch(
    request: pytest.FixtureRequest, mailcatch_config: Config
) -> Iterator[ExtraServers]:
    """Return what makes more servers: called with changes, `.refused()` or `.blackhole()`."""
    from mailcatch.testing.extra_servers import ExtraServers

    test: _Test = request.node.stash[_TEST]
    timeout = test.settings.timeout * time_scale()
    with ExtraServers(mailcatch_config, timeout, test.settings.strict, test.others) as servers:
        yield servers


@pytest.fixture
def mailcatch_env(mailcatch: Mailbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set the environment variables that mail libraries read to this test's server."""
    variables = mailcatch.env()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def mailcatch_django(mailcatch: Mailbox) -> Iterator[Mailbox]:
    """Change Django's settings, so that it sends by SMTP to this test's server."""
    from mailcatch.testing.frameworks import django_sends_to

    with django_sends_to(mailcatch):
        yield mailcatch


@pytest.fixture
def mailcatch_flask(
    request: pytest.FixtureRequest, mailcatch: Mailbox
) -> Iterator[Callable[[Any], Mailbox]]:
    """Change Flask-Mail or flask-mailman, so that they send to this test's server.

    The fixture `app` is changed where there is one; any other application by a call with it.
    """
    from mailcatch.testing.frameworks import flask_sends_to

    with ExitStack() as stack:

        def connect(app: Any) -> Mailbox:
            stack.enter_context(flask_sends_to(app, mailcatch))
            return mailcatch

        if "app" in request.fixturenames:
            connect(request.getfixturevalue("app"))
        yield connect


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin the test's mailbox before its first fixture can send anything."""
    run = item.config.stash[_RUN]
    mistake = ""
    try:
        settings = read_test(run.settings, item)
    except ValueError as error:
        mistake = str(error)
    if mistake:
        pytest.fail(f"mailcatch: {mistake} ({item.nodeid})", pytrace=False)
    item.stash[_TEST] = _Test(settings)
    run.item = item
    run.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose expectations were not met; leave its own failure as it is."""
    test = item.stash.get(_TEST, None)
    if test is None:
        return (yield)
    test.case = _case_of(item)
    try:
        result = yield
    except (Exception, pytest.fail.Exception):
        _tell_unmet(item, test)
        raise
    # What became of a case of unittest, pytest keeps to itself until it reports.
    if getattr(item, "_excinfo", None):
        _tell_unmet(item, test)
    elif unmet := _unmet(test, patient=True):
        pytest.fail(unmet, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Close the test's mailbox after its last fixture, and keep it where that was asked for."""
    test = item.stash.get(_TEST, None)
    run = item.config.stash[_RUN]
    try:
        return (yield)
    except Exception:
        if test is not None:
            test.failed = True
        raise
    finally:
        if test is not None and test.mailbox is not None:
            test.mailbox.close()
        if test is not None and test.failed and run.settings.artifacts is not None:
            _keep(item, test, run)
        if run.server is not None:
            run.server.ledger.during = f"sent after {item.nodeid}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what was said to a failed test's report, under "Captured SMTP"."""
    # Only now it is known whether a case of unittest failed.
    report = yield
    test = item.stash.get(_TEST, None)
    if test is not None:
        failed = call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception)
        test.failed = test.failed or failed
        show = test.settings.show
        if show == "always" or (show == "fail" and failed):
            for text in _conversations(test):
                item.add_report_section(call.when, _SECTION, text)
                report.sections.append((f"Captured {_SECTION} {call.when}", text))
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """List the messages where a mailbox is compared."""
    if "mailcatch.testing.mailbox" not in sys.modules:
        return None
    from mailcatch.testing.comparing import explain

    return explain(op, left, right)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what the summary tells from a worker of xdist to the process that prints it."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        run = session.config.stash[_RUN]
        output[_STRAYS], output[_KEPT] = run.strays, run.kept


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker handed over."""
    run = node.config.stash[_RUN]
    output = getattr(node, "workeroutput", None) or {}
    run.strays += output.get(_STRAYS, [])
    run.kept += output.get(_KEPT, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the mail that belongs to no test, and the mailboxes that were kept."""
    run = terminalreporter.config.stash.get(_RUN, None)
    if run is None:
        return
    if run.strays:
        count = len(run.strays)
        terminalreporter.section(f"mailcatch: {count} stray message{'s' if count > 1 else ''}")
        for line in run.strays[:50]:
            terminalreporter.line(line)
        if count > 50:
            terminalreporter.line(f"and {count - 50} more")
    if run.kept:
        terminalreporter.section("mailcatch: mailboxes of failed tests")
        for line in run.kept:
            terminalreporter.line(f"mailcatch view {line}")


def tell_of(request: pytest.FixtureRequest, mailbox: Mailbox) -> None:
    """Let the reports of a test tell of another mailbox too, and check what it expects."""
    request.node.stash[_TEST].others.append(mailbox)


@contextmanager
def _telling_mistakes(place: str) -> Generator[None]:
    """Tell what a server cannot be told, and where it was told, in one line."""
    try:
        yield
    except Exception as error:
        import mailcatch
        from mailcatch.testing.errors import MailcatchMisuse

        mistakes = (
            *(MailcatchMisuse, mailcatch.ListenError, mailcatch.MailboxError),
            *(mailcatch.CertificateError, mailcatch.AccountsError),
        )
        if not isinstance(error, mistakes):
            raise
        said = str(error).removeprefix("mailcatch: ")
        raise pytest.fail.Exception(f"mailcatch: {place}: {said}", pytrace=False) from None


def _workers(config: pytest.Config) -> int:
    """Return how many processes of xdist the run has, this one among them."""
    told: dict[str, int] = getattr(config, "workerinput", {})
    return int(told.get("workercount", 1))


def _case_of(item: pytest.Item) -> MailcatchTestCase | None:
    """Return the case of unittest that a test is, where it has a mailbox of its own."""
    module = sys.modules.get("mailcatch.testing.unittests")
    case = getattr(item, "instance", None)
    if module is None or not isinstance(case, module.MailcatchTestCase):
        return None
    case = cast("MailcatchTestCase", case)
    case.tells_conversation = False
    case.unmet = partial(pytest.fail.Exception, pytrace=False)
    return case


def _unmet(test: _Test, *, patient: bool) -> str:
    """Return what was expected and did not happen; patient: wait for what may still come."""
    return "\n\n".join(said for box in test.mailboxes for said in box.unmet(patient=patient))


def _tell_unmet(item: pytest.Item, test: _Test) -> None:
    """Add what was expected to the report of a test that failed for a reason of its own."""
    if unmet := _unmet(test, patient=False):
        item.add_report_section("call", "mailcatch", unmet)


def _conversations(test: _Test) -> list[str]:
    """Return what was said in a test and is in none of its reports yet."""
    if not test.mailboxes:
        return []
    from mailcatch.testing.transcript import transcript

    texts = [transcript(one.share, test.settings.transcript_lines) for one in test.mailboxes]
    new = [text for text in dict.fromkeys(texts) if text and text not in test.told]
    test.told += new
    return new


def _keep(item: pytest.Item, test: _Test, run: _Run) -> None:
    """Keep a mailbox directory of each mailbox that anybody talked to."""
    assert run.settings.artifacts is not None
    for number, mailbox in enumerate(test.mailboxes):
        if mailbox.share.sessions:
            from mailcatch.testing.artifacts import keep

            place = str(keep(run.settings.artifacts, item.nodeid, number, mailbox.share))
            # A test that is run again leaves the mailbox of its last run.
            if place not in run.kept:
                run.kept.append(place)
                item.user_properties.append((_KEPT, place))
