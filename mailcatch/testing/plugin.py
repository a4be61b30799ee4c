"""The pytest plugin: fixtures, what a test's end checks, and what a failed test tells.

It is loaded in every run of pytest in its environment, so it imports pytest and the standard
library only; the server is loaded by the first test that asks for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from mailcatch.testing.config import Config, time_scale
from mailcatch.testing.run import KEPT, RUN, TEST, OneTest, Run, case_of
from mailcatch.testing.settings import add_options, read_run, read_test, refuse_unknown_options

if TYPE_CHECKING:
    from mailcatch.testing.extra_servers import ExtraServers
    from mailcatch.testing.mailbox import Mailbox
    from mailcatch.testing.server import MailServer

_STRAYS: Final = "mailcatch_strays"
_SECTION: Final = "SMTP"


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
    config.stash[RUN] = Run(read_run(config))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Tell where the mail of the run can be seen."""
    connect = config.stash[RUN].settings.connect
    return [f"mailcatch: mail goes into {connect}, see `mailcatch view`"] if connect else []


@pytest.fixture(scope="session")
def mailcatch_config() -> Config:
    """Return how the server of this run is set up; to be overridden in conftest.py."""
    return Config()


@pytest.fixture(scope="session")
def mailcatch_server(pytestconfig: pytest.Config, mailcatch_config: Config) -> Iterator[MailServer]:
    """Run the SMTP server: one for all tests, on a free port of 127.0.0.1."""
    from mailcatch.testing.server import MailServer

    run = pytestconfig.stash[RUN]
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
        if run.item is not None and (last := run.item.stash[TEST].mailbox) is not None:
            last.close()
        run.server = None
    run.strays += [stray.describe() for stray in server.ledger.strays]


@pytest.fixture
def mailcatch(request: pytest.FixtureRequest, mailcatch_server: MailServer) -> Mailbox:
    """Return the mail of this test."""
    own = request.node.stash[TEST].settings.server
    if own:
        servers: ExtraServers = request.getfixturevalue("make_mailcatch")
        with _telling_mistakes("@pytest.mark.mailcatch"):
            return servers(**own)
    return request.config.stash[RUN].mailbox_of(request.node)


@pytest.fixture
def make_mailcatch(
    request: pytest.FixtureRequest, mailcatch_config: Config
) -> Iterator[ExtraServers]:
    """Return what makes more servers: called with changes, `.refused()` or `.blackhole()`."""
    from mailcatch.testing.extra_servers import ExtraServers

    test: OneTest = request.node.stash[TEST]
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
    run = item.config.stash[RUN]
    mistake = ""
    try:
        settings = read_test(run.settings, item)
    except ValueError as error:
        mistake = str(error)
    if mistake:
        pytest.fail(f"mailcatch: {mistake} ({item.nodeid})", pytrace=False)
    item.stash[TEST] = OneTest(settings)
    run.item = item
    run.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose expectations were not met; leave its own failure as it is."""
    test = item.stash.get(TEST, None)
    if test is None:
        return (yield)
    test.case = case_of(item)
    try:
        result = yield
    except (Exception, pytest.fail.Exception):
        _add_unmet(item, test)
        raise
    # What became of a case of unittest, pytest keeps to itself until it reports.
    if getattr(item, "_excinfo", None):
        _add_unmet(item, test)
    elif unmet := test.unmet(patient=True):
        pytest.fail(unmet, pytrace=False)
    return result


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Close the test's mailbox after its last fixture, and keep it where that was asked for."""
    test = item.stash.get(TEST, None)
    run = item.config.stash[RUN]
    try:
        return (yield)
    except Exception:
        if test is not None:
            test.failed = True
        raise
    finally:
        run.end(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what was said to a failed test's report, under "Captured SMTP"."""
    # Only now it is known whether a case of unittest failed.
    report = yield
    test = item.stash.get(TEST, None)
    if test is not None:
        failed = call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception)
        test.failed = test.failed or failed
        show = test.settings.show
        if show == "always" or (show == "fail" and failed):
            for text in test.conversations():
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
        run = session.config.stash[RUN]
        output[_STRAYS], output[KEPT] = run.strays, run.kept


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker handed over."""
    run = node.config.stash[RUN]
    output = getattr(node, "workeroutput", None) or {}
    run.strays += output.get(_STRAYS, [])
    run.kept += output.get(KEPT, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the mail that belongs to no test, and the mailboxes that were kept."""
    run = terminalreporter.config.stash.get(RUN, None)
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
    request.node.stash[TEST].others.append(mailbox)


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


def _add_unmet(item: pytest.Item, test: OneTest) -> None:
    """Add what was expected to the report of a test that failed for a reason of its own."""
    if unmet := test.unmet(patient=False):
        item.add_report_section("call", "mailcatch", unmet)
