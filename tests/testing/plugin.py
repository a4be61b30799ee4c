"""A run of pytest over files that a test writes, with the plugin loaded as it is for users."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CONFTEST = """
import smtplib, threading
import pytest

def deliver(server, to="bob@example.com", subject="Hello", text="hello"):
    mail = f"From: app@example.com\\nTo: {to}\\nSubject: {subject}\\n\\n{text}\\n"
    with smtplib.SMTP(server.host, server.port, timeout=20) as client:
        client.sendmail("app@example.com", [to], mail)

@pytest.fixture
def send(mailcatch):
    def send(*args, **named):
        deliver(mailcatch, *args, **named)
    return send

@pytest.fixture
def soon(send):
    threads = []
    def soon(*args, **named):
        threads.append(threading.Timer(0.05, send, args, named))
        threads[-1].start()
    yield soon
    for thread in threads:
        thread.join()
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Return what runs pytest on the text of a test module."""
    pytester.makeini(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\naddopts = -p no:cacheprovider"
    )
    pytester.makeconftest(CONFTEST)

    def run(module: str, *options: str, fresh: bool = False, **files: str) -> pytest.RunResult:
        pytester.makepyfile(module)
        if files:
            pytester.makepyfile(**files)
        if fresh:
            return pytester.runpytest_subprocess(*options)
        return pytester.runpytest_inprocess(*options)

    return run
