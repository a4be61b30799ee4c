"""The plugin, in runs of pytest as users start them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.plugin import Run


def test_a_test_that_asks_for_it_gets_its_mail(run: Run) -> None:
    result = run(
        """
        def test_signup(mailcatch, send):
            send(subject="Welcome")
            assert mailcatch.one(to="bob@example.com").subject == "Welcome"

        def test_that_comes_after(mailcatch):
            assert mailcatch == []
            mailcatch.assert_none(settle=0.01)

        def test_without(): pass
        """
    )
    result.assert_outcomes(passed=3)


def test_mail_in_flight_at_the_end_of_the_run_belongs_to_the_last_test(run: Run) -> None:
    result = run(
        """
        import socket, threading
        from pathlib import Path
        def test_it(mailcatch):
            global box
            box = mailcatch
            sock = socket.create_connection(mailcatch.addr, timeout=20)
            sock.sendall(b"MAIL FROM:<a@x.io>\\r\\nRCPT TO:<b@x.io>\\r\\nDATA\\r\\n")
            while b"354" not in sock.recv(1000): pass
            def finish():
                sock.sendall(b"Subject: late\\r\\n.\\r\\n")
                while sock.recv(1000): pass
                sock.close()
                Path("late").write_text(str(box.subjects))
            threading.Timer(0.05, finish).start()
        """,
        fresh=True,
    )
    result.assert_outcomes(passed=1)
    assert Path("late").read_text() == "['late']"
    assert "stray" not in result.stdout.str()


def test_mail_of_a_fixture_belongs_to_the_test(run: Run) -> None:
    result = run(
        """
        import pytest
        from conftest import deliver
        @pytest.fixture
        def user(mailcatch_server):
            deliver(mailcatch_server, subject="welcome")
            yield
            deliver(mailcatch_server, subject="bye")

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(user, mailcatch, number):
            assert mailcatch.subjects == ["welcome"]
        """
    )
    result.assert_outcomes(passed=2)
    assert "stray" not in result.stdout.str()


def test_workers_of_xdist_keep_apart_and_tell_the_rest(run: Run) -> None:
    result = run(
        """
        import pytest
        from conftest import deliver
        @pytest.mark.parametrize("number", range(20))
        def test_it(mailcatch, send, number):
            send(subject=str(number))
            assert mailcatch.subjects == [str(number)]
        def test_fails(mailcatch, send):
            send()
            assert not mailcatch
        def test_stray(mailcatch_server):
            deliver(mailcatch_server, subject="whose?")
        """,
        "-n2",
        "--mailcatch-artifacts=kept",
        fresh=True,
    )
    result.assert_outcomes(passed=21, failed=1)
    result.stdout.fnmatch_lines(
        ["*Captured SMTP call*", "*1 stray message*", "'whose?' to *", "mailcatch view */kept/*"]
    )


def test_a_run_again_starts_afresh(run: Run) -> None:
    result = run(
        """
        tries = []
        def test_it(mailcatch, send):
            send(subject=f"try {len(tries)}")
            tries.append(1)
            assert len(mailcatch) == 1
            assert len(tries) == 3
        """,
        "--reruns=2",
        fresh=True,
    )
    result.assert_outcomes(passed=1)
    assert "2 rerun" in result.stdout.str()


def test_any_order_will_do(run: Run) -> None:
    result = run(
        """
        import pytest
        @pytest.mark.parametrize("number", range(30))
        @pytest.mark.parametrize("isolation", [1, 2])
        def test_it(mailcatch, send, number, isolation):
            send(subject=str(number))
            assert mailcatch.subjects == [str(number)]
        """,
        "--random-order",
    )
    result.assert_outcomes(passed=60)


def test_classes_of_unittest(run: Run) -> None:
    result = run(
        """
        import unittest, pytest
        from conftest import deliver
        from mailcatch.testing import MailcatchTestCase

        class TestFixture(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def mail(self, mailcatch):
                self.mailcatch = mailcatch

            def test_it(self):
                deliver(self.mailcatch)
                self.assertEqual(self.mailcatch.one().subject, "Hello")

            def test_expects(self):
                self.mailcatch.expect(timeout=0.01)

        class TestMixin(MailcatchTestCase):
            def test_it(self):
                deliver(self.mailcatch)
                self.assertEqual(self.mailcatch.subjects, ["Hello"])
        """
    )
    result.assert_outcomes(passed=2, failed=1)


def test_event_loops(run: Run) -> None:
    result = run(
        """
        import asyncio, pytest, trio

        @pytest.mark.asyncio
        async def test_asyncio(mailcatch, soon):
            soon()
            assert (await mailcatch.async_wait_for()).subject == "Hello"

        @pytest.mark.asyncio
        async def test_unmet(mailcatch):
            mailcatch.expect(timeout=0.01)

        @pytest.mark.asyncio
        async def test_advice(mailcatch):
            mailcatch.wait_for()

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
        async def test_anyio(mailcatch, soon, anyio_backend):
            async with mailcatch.expect(to="bob@example.com") as mail:
                soon()
            assert mail.message.subject == "Hello"
            await mailcatch.async_assert_none(subject="other", settle=0.01)

        def test_trio(mailcatch, soon):
            async def main():
                soon()
                await mailcatch.async_wait_for()
            trio.run(main)
        """,
        "-p",
        "anyio",
    )
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["*write `await mailcatch.async_wait_for(...)`"])


def test_asyncio_in_auto_mode(run: Run) -> None:
    result = run(
        """
        async def test_it(mailcatch, soon):
            soon()
            assert (await mailcatch.async_wait_for()).subject == "Hello"
        """,
        "--asyncio-mode=auto",
    )
    result.assert_outcomes(passed=1)


def test_a_sender_in_another_process(run: Run) -> None:
    result = run(
        """
        import os, subprocess, sys
        CODE = "import os, smtplib;" \\
            "smtplib.SMTP(os.environ['SMTP_HOST'], int(os.environ['SMTP_PORT']))" \\
            ".sendmail('a@x.io', ['b@x.io'], 'Subject: from a child\\\\n\\\\n')"
        def test_env(mailcatch, mailcatch_env):
            assert os.environ["EMAIL_URL"] == mailcatch.url
            child = subprocess.Popen([sys.executable, "-c", CODE])
            assert mailcatch.wait_for(timeout=60).subject == "from a child"
            child.wait()
        def test_given(mailcatch):
            told = {**os.environ, **mailcatch.env("SMTP")}
            subprocess.run([sys.executable, "-c", CODE], env=told)
            assert len(mailcatch) == 1
        """
    )
    result.assert_outcomes(passed=2)


def test_a_run_without_the_plugin_knows_nothing_of_it(run: Run) -> None:
    result = run(
        "def test_it(request): assert 'mailcatch' not in request.fixturenames", "-p", "no:mailcatch"
    )
    result.assert_outcomes(passed=1)
    result = run("def test_it(mailcatch): pass", "-p", "no:mailcatch")
    result.assert_outcomes(errors=1)


def test_nothing_is_left_over_and_nothing_is_warned_of(run: Run, pytester: pytest.Pytester) -> None:
    module = """
        import smtplib, socket, pytest
        def test_send(mailcatch, send): send()
        @pytest.mark.mailcatch(isolation="port")
        def test_port(mailcatch, send): send()
        def test_left_open(mailcatch):
            global client
            client = smtplib.SMTP(*mailcatch.addr)
            client.ehlo()
        """
    conftest = """
        import threading
        def pytest_unconfigure():
            client = __import__("test_nothing_is_left_over_and_nothing_is_warned_of").client
            client.close()
            print("threads:", [one.name for one in threading.enumerate()])
        """
    pytester.makepyfile(plugin_of_the_test=conftest)
    pytester.makepyfile(module)
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-X",
            "dev",
            "-m",
            "pytest",
            "-p",
            "plugin_of_the_test",
            "-p",
            "no:rerunfailures",
            "-W",
            "error",
            "--import-mode=prepend",
        ],
        capture_output=True,
        text=True,
        cwd=pytester.path,
        env={**__import__("os").environ, "PYTHONPATH": str(pytester.path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "threads: ['MainThread']" in done.stdout
    assert done.stderr == ""


def test_the_plugin_loads_only_pytest_and_the_standard_library() -> None:
    code = (
        "import sys, pytest\nbefore = set(sys.modules)\nimport mailcatch.testing.plugin\n"
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded <= {"mailcatch", *sys.stdlib_module_names}
    assert not loaded & {"asyncio", "ssl", "smtplib", "socket", "email", "tempfile"}
    ours = {name for name in done.stdout.split() if name.startswith("mailcatch")}
    assert ours == {
        "mailcatch",
        "mailcatch._version",
        "mailcatch.testing",
        "mailcatch.testing.config",
        "mailcatch.testing.plugin",
        "mailcatch.testing.run",
        "mailcatch.testing.settings",
    }
