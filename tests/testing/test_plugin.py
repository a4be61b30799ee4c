"""The plugin, in runs of pytest as users start them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from mailcatch.testing.settings import read_run
from tests.testing.plugin import Run
from tests.testing.sending import send

LINE = "-" * 20


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


def test_a_failure_tells_what_came_and_what_was_said(run: Run) -> None:
    result = run(
        """
        def test_it(mailcatch, send):
            send(to="ann@example.com")
            mailcatch.one(to="bob@example.com")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*MailcatchFailure: mailcatch: expected 1 message to='bob@example.com', got 0",
            "E         #1 +*ms  from app@example.com  'Hello' to ann@example.com  \u00d7 to",
            "*- Captured SMTP call -*",
            "session 1  127.0.0.1:*  no TLS",
            "+*ms C: rcpt TO:<ann@example.com>",
            "messages:",
            "  #1 'Hello' to ann@example.com",
        ]
    )


def test_the_section_can_be_silenced_and_had_always(run: Run) -> None:
    module = "def test_it(mailcatch, send):\n    send()\n    assert not mailcatch"
    assert "Captured SMTP" not in run(module, "--show-capture=no").stdout.str()
    assert "Captured SMTP" not in run(module, "-o", "mailcatch_show=never").stdout.str()
    passing = "def test_it(mailcatch, send):\n    send()"
    result = run(passing, "-rP", "-o", "mailcatch_show=always")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*- Captured SMTP call -*"])


def test_long_sessions_are_shortened(run: Run) -> None:
    result = run(
        """
        import smtplib
        def test_it(mailcatch):
            with smtplib.SMTP(*mailcatch.addr) as client:
                for _ in range(100):
                    client.noop()
            assert mailcatch.sessions == []
        """,
        "-o",
        "mailcatch_transcript_lines=10",
    )
    result.stdout.fnmatch_lines(["  ... * lines ..."])
    assert result.stdout.str().count("C: noop") < 10


def test_mailboxes_are_compared_message_by_message(run: Run) -> None:
    result = run("def test_it(mailcatch, send):\n    send()\n    assert mailcatch == []")
    result.stdout.fnmatch_lines(
        ["E         the mailbox has 1 message:", "E           #1 *'Hello' to bob@example.com"]
    )


def test_a_mailbox_stands_on_its_side_of_the_comparison(run: Run) -> None:
    result = run("def test_it(mailcatch, send):\n    send()\n    assert 'Bye' in mailcatch")
    result.stdout.fnmatch_lines(
        ["E       AssertionError: assert 'Bye' in mailbox", "E         the mailbox has 1 message:"]
    )


def test_addresses_are_compared_readably(run: Run) -> None:
    result = run("def test_it(mailcatch, send):\n    send()\n    assert mailcatch[0].to == ['a@x']")
    result.stdout.fnmatch_lines(["E       AssertionError: assert ['bob@example.com'] == ['a@x']"])


def test_a_misuse_shows_the_line_of_the_test_and_none_of_ours(run: Run) -> None:
    result = run(
        """
        def test_criterion(mailcatch):
            mailcatch.one(subjct="x")
        def test_stage(mailcatch):
            mailcatch.fail("RCTP", 550)
        def test_step(mailcatch):
            mailcatch.faults.at("rcpt").sequence("x")
        def test_condition(mailcatch):
            mailcatch.fail("RCPT", 550, recipients="x")
        def test_letters(mailcatch):
            mailcatch.faults.add("rcpt-9")
        def test_place(mailcatch):
            mailcatch[0]
        def test_order(mailcatch, send):
            with mailcatch.expect(ordered=["a"]):
                send()
        def test_value(mailcatch, send):
            send()
            mailcatch.one(to=5)
        def test_count(mailcatch):
            mailcatch.wait_for("bob@example.com")
        def test_rules(mailcatch):
            mailcatch.faults.add_toml('[[faults.rule]]\\nat = "rcpt"\\nrepyl = 450')
        def test_server(make_mailcatch):
            make_mailcatch(auth_mechanisms=("PLIAN",))
        def test_tls(make_mailcatch):
            make_mailcatch(tls="startls")
        def test_outcome(mailcatch):
            mailcatch.attempts(outcome="refuse")
        """
    )
    result.assert_outcomes(failed=13)
    result.stdout.fnmatch_lines(["E *rcpt*"])
    assert "mailcatch/testing/" not in result.stdout.str()
    assert "mailcatch/faults/" not in result.stdout.str()
    assert "contextlib.py" not in result.stdout.str()


def test_an_unmet_expectation_is_a_failure_of_the_test(run: Run) -> None:
    result = run(
        """
        def test_unmet(mailcatch):
            mailcatch.expect(to="bob@example.com", timeout=0.01)

        def test_rule(mailcatch, send):
            mailcatch.fail("RCPT", 550, to="nobody@example.com")
            send()

        def test_own_error(mailcatch):
            mailcatch.fail("RCPT", 550)
            mailcatch.expect(timeout=60)
            raise ZeroDivisionError("my own")
        """
    )
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "mailcatch: expected 1 message to='bob@example.com' within 0.01 s, got 0 (expect*",
            "mailcatch: fault rule * never fired: it was asked once at rcpt, wants rec*",
            "E       ZeroDivisionError: my own",
            "*- Captured mailcatch call -*",
            "mailcatch: expected 1 message, got 0 (expect() at *.py:10)",
            "mailcatch: fault rule at *.py:9 never fired: nothing came to rcpt; *",
        ]
    )


def test_a_test_that_skips_or_fails_by_itself_is_left_alone(run: Run) -> None:
    result = run(
        """
        import pytest
        def test_skips(mailcatch):
            mailcatch.expect(timeout=60)
            pytest.skip("not here")
        def test_fails(mailcatch):
            mailcatch.expect(timeout=60)
            pytest.fail("my own")
        @pytest.mark.xfail(strict=True)
        def test_known(mailcatch):
            mailcatch.expect(timeout=0.01)
        """
    )
    result.assert_outcomes(skipped=1, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(["E       Failed: my own", "*- Captured mailcatch call -*"])


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


def test_rules_need_not_fire_where_the_marker_says_so(run: Run) -> None:
    result = run(
        """
        import pytest
        pytestmark = pytest.mark.mailcatch(strict=False, timeout=0.01)

        def test_module(mailcatch):
            mailcatch.fail("RCPT", 550)
            assert mailcatch.timeout == 0.01

        @pytest.mark.mailcatch(strict=True, isolation="port")
        def test_nearest(mailcatch, mailcatch_server):
            assert mailcatch.timeout == 0.01
            assert mailcatch.port != mailcatch_server.port
            mailcatch.fail("RCPT", 550)
        """
    )
    result.assert_outcomes(passed=1, failed=1)


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("timout=1", "there is no 'timout': did you mean timeout?"),
        ("timeout='soon'", "timeout is 'soon': write seconds"),
        ("timeout=True", "timeout is True: write seconds"),
        ("isolation='prot'", "isolation is 'prot': did you mean port?"),
        ("show='x'", "show is 'x': there are fail, always, never"),
        ("strict='maybe'", "strict is 'maybe': write true or false"),
        ("transcript_lines=0", "transcript_lines is 0: write a whole number above 0"),
        ("5", "takes names only, such as timeout=5; got 5"),
    ],
)
def test_a_mistake_in_a_marker_is_told(run: Run, marker: str, told: str) -> None:
    result = run(f"import pytest\n@pytest.mark.mailcatch({marker})\ndef test_it(mailcatch): pass")
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "mailcatch_timout=1"], "no ini option mailcatch_timout: did you mean mailcatch_t"),
        (["-o", "mailcatch_timeout=x"], "mailcatch_timeout is 'x': write seconds"),
        (["--mailcatch-timout=1"], "no option --mailcatch-timout: did you mean --mailcatch-time"),
        (["--mailcatch-timeout=-1"], "--mailcatch-timeout is '-1': write seconds"),
        (["--mailcatch-port=x"], "--mailcatch-port is 'x': write a port"),
        (["--mailcatch-port=2525", "-n2"], "gives one port, and 2 workers need one each"),
        (
            ["--mailcatch-connect=none"],
            "nobody serves a mailbox at none: start `mailcatch serve --d",
        ),
        (
            ["--mailcatch-connect=."],
            "nobody serves a mailbox at .: start `mailcatch serve --dir .`",
        ),
    ],
)
def test_a_mistake_in_an_option_is_told(run: Run, options: list[str], told: str) -> None:
    result = run("def test_it(mailcatch): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str() + result.stdout.str()


def test_a_mistake_in_the_ini_file_is_told(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nmailcatch_isolaton = "port"\n')
    Path("tox.ini").unlink()
    result = run("def test_it(mailcatch): pass")
    assert "no ini option mailcatch_isolaton: did you mean mailcatch_isolation?" in (
        result.stderr.str()
    )


def test_options_go_before_markers_before_ini(run: Run) -> None:
    module = """
        import pytest
        @pytest.mark.mailcatch(timeout=2)
        def test_marked(mailcatch, pytestconfig):
            assert mailcatch.timeout == float(pytestconfig.getoption("mailcatch_timeout") or 2)
        def test_ini(mailcatch, pytestconfig):
            assert mailcatch.timeout == float(pytestconfig.getoption("mailcatch_timeout") or 3)
        """
    run(module, "-o", "mailcatch_timeout=3").assert_outcomes(passed=2)
    run(module, "--mailcatch-timeout=4").assert_outcomes(passed=2)


def test_time_limits_can_be_stretched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILCATCH_TIMEOUT_SCALE", "3")
    run("def test_it(mailcatch): assert mailcatch.timeout == 15").assert_outcomes(passed=1)
    monkeypatch.setenv("MAILCATCH_TIMEOUT_SCALE", "0")
    assert "MAILCATCH_TIMEOUT_SCALE is '0'" in run("def test_it(): pass").stderr.str()


def test_mail_of_no_test_is_named_in_the_summary(run: Run) -> None:
    result = run(
        """
        from conftest import deliver
        def test_first(mailcatch, send): send(subject="mine")
        def test_without(mailcatch_server): deliver(mailcatch_server, subject="whose?")
        """
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*mailcatch: 1 stray message*",
            "'whose?' to bob@example.com, sent during *::test_without",
        ]
    )


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


def test_a_failed_case_of_unittest_has_the_section_and_leaves_a_mailbox(run: Run) -> None:
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
                self.mailcatch.expect(subject="never", timeout=60)
                deliver(self.mailcatch)
                self.assertEqual(self.mailcatch.subjects, ["Bye"])

        class TestMixin(MailcatchTestCase):
            def test_it(self):
                self.mailcatch.expect(subject="never", timeout=60)
                deliver(self.mailcatch)
                self.assertEqual(self.mailcatch.subjects, ["Bye"])

            def test_expects(self):
                self.mailcatch.expect(subject="never", timeout=0.01)
        """,
        "--mailcatch-artifacts=kept",
        fresh=True,
    )
    result.assert_outcomes(failed=3)
    one = [
        "*AssertionError: Lists differ: *'Hello'* != *'Bye'*",
        "*- Captured mailcatch call -*",
        "mailcatch: expected 1 message subject~'never', got 0 (expect() at *",
        "*- Captured SMTP call -*",
        "messages:",
    ]
    result.stdout.fnmatch_lines([*one, "_* TestMixin.test_expects _*", "mailcatch: expected 1 *"])
    result.stdout.fnmatch_lines(["_* TestMixin.test_it _*", *one])
    result.stdout.fnmatch_lines(["mailcatch view */kept/*TestFixture*", "mailcatch view *Mixin*"])
    assert result.stdout.str().count("Captured SMTP call") == 2


def test_what_the_fixtures_of_a_test_send_is_kept_when_they_fail(run: Run) -> None:
    result = run(
        """
        import pytest
        @pytest.fixture
        def last(mailcatch, send):
            yield
            send(subject="last")
            raise ZeroDivisionError
        def test_it(last): pass
        """,
        "--mailcatch-artifacts=kept",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*- Captured SMTP teardown -*", "*'last'*", "mailcatch view */kept/*"]
    )


def test_a_test_that_is_run_again_leaves_one_mailbox(run: Run) -> None:
    result = run(
        "def test_it(mailcatch, send):\n    send()\n    assert not mailcatch",
        "--reruns=2",
        "--mailcatch-artifacts=kept",
        fresh=True,
    )
    assert "2 rerun" in result.stdout.str()
    assert result.stdout.str().count("mailcatch view") == 1


def test_a_mailbox_that_nobody_connected_to_says_so_where_it_is_shown(run: Run) -> None:
    result = run("def test_it(mailcatch): assert len(mailcatch) == 1")
    result.stdout.fnmatch_lines(
        ["*where 0 = len(<Mailbox of 0 messages: nobody connected to 127.0.0.1:*>)"]
    )


def test_the_run_says_where_its_mail_can_be_seen(run: Run, tmp_path: Path) -> None:
    from mailcatch import Catcher

    with Catcher(port=0, mailbox=tmp_path / "mail").in_thread() as catcher:
        result = run("def test_it(): pass", f"--mailcatch-connect={catcher.mailbox}")
        result.stdout.fnmatch_lines([f"mailcatch: mail goes into {catcher.mailbox}, see *view*"])


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


def test_more_servers(run: Run) -> None:
    result = run(
        """
        import pytest, smtplib
        from conftest import deliver
        def test_two(mailcatch, make_mailcatch, send):
            other = make_mailcatch(hostname="other.example")
            deliver(other, subject="other")
            send(subject="first")
            assert (mailcatch.subjects, other.subjects) == (["first"], ["other"])
            assert "other.example" in other.transcript
        def test_small(make_mailcatch):
            with pytest.raises(smtplib.SMTPSenderRefused):
                deliver(make_mailcatch(max_size=1000), text="x" * 2000)
        def test_refused(make_mailcatch):
            with pytest.raises(ConnectionRefusedError):
                deliver(make_mailcatch.refused())
        def test_blackhole(make_mailcatch):
            hole = make_mailcatch.blackhole()
            with pytest.raises((TimeoutError, smtplib.SMTPException)):
                smtplib.SMTP(hole.host, hole.port, timeout=0.1)
        def test_expects(make_mailcatch):
            make_mailcatch().expect(timeout=0.01)
        """
    )
    result.assert_outcomes(passed=4, failed=1)


def test_the_server_can_be_configured_and_its_port_fixed(run: Run) -> None:
    module = """
        import pytest
        from mailcatch.testing import Config
        @pytest.fixture(scope="session")
        def mailcatch_config():
            return Config(hostname="mail.test", without=("SMTPUTF8",))
        def test_it(mailcatch, send, pytestconfig):
            send()
            assert "220 mail.test" in mailcatch.transcript
            assert "SMTPUTF8" not in mailcatch.transcript
            port = pytestconfig.getoption("mailcatch_port")
            assert port is None or mailcatch.port == int(port)
        """
    run(module).assert_outcomes(passed=1)
    with __import__("socket").socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run(module, f"--mailcatch-port={port}").assert_outcomes(passed=1)


def test_a_failed_test_leaves_a_mailbox_that_can_be_looked_at(
    run: Run, pytester: pytest.Pytester
) -> None:
    result = run(
        """
        import pytest, smtplib
        @pytest.mark.parametrize("name", ["a/../b"])
        def test_it(mailcatch, send, name):
            mailcatch.fail("RCPT", 550, to="x@example.com")
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                send(to="x@example.com")
            send(subject="kept")
            assert False
        def test_passes(mailcatch, send): send()
        """,
        "--mailcatch-artifacts=kept",
        "--junitxml=junit.xml",
    )
    (kept,) = (pytester.path / "kept").iterdir()
    assert kept.name.startswith(
        "test_a_failed_test_leaves_a_mailbox_that_can_be_looked_at.py-test_it"
    )
    assert "mailcatch_artifacts" in Path("junit.xml").read_text()
    result.stdout.fnmatch_lines([f"mailcatch view {kept}"])
    listed = subprocess.run(
        [sys.executable, "-m", "mailcatch", "ls", "--dir", str(kept)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "kept" in listed.stdout
    sessions = list((kept / "sessions").iterdir())
    assert len(sessions) == 2


def test_the_mail_goes_into_the_mailbox_of_a_running_server(
    run: Run, tmp_path: Path, pytester: pytest.Pytester
) -> None:
    from mailcatch import Catcher

    with Catcher(port=0, mailbox=tmp_path / "mail").in_thread() as catcher:
        before = (catcher.mailbox / "server.json").read_text()
        result = run(
            "def test_it(mailcatch, send):\n    send()\n    assert mailcatch.one()",
            f"--mailcatch-connect={catcher.mailbox}",
            "-n2",
            fresh=True,
        )
        result.assert_outcomes(passed=1)
        assert len(list(catcher.mailbox.glob("messages/*.eml"))) == 1
        assert (catcher.mailbox / "server.json").read_text().split('"counters"')[0] == (
            before.split('"counters"')[0]
        )


OUTSIDE = """
import smtplib, threading
def send_outside(*to, subject="outside"):
    with smtplib.SMTP("127.0.0.1", PORT) as client:
        client.sendmail("a@x.io", list(to), f"Subject: {subject}\\n\\n")
def test_it(mailcatch, send):
    send_outside("bob@x.io")
    mail = mailcatch.wait_for(to="bob@x.io", timeout=60)
    assert (mail.subject, mail.envelope.mail_from) == ("outside", "a@x.io")
    send(subject="inside")
    assert mailcatch.wait_for(2, after=None, timeout=60) == mailcatch.messages
    assert "rcpt TO:<bob@x.io>" in mailcatch.transcript
def test_again(mailcatch):
    assert mailcatch == []
"""

OF_SEVERAL = """
import pytest, smtplib
@pytest.mark.parametrize("number", range(4))
def test_it(mailcatch, number):
    mine = mailcatch.address("bob")
    with smtplib.SMTP("127.0.0.1", PORT) as client:
        client.sendmail("a@x.io", ["any@x.io"], "Subject: of nobody\\n\\n")
        client.sendmail("a@x.io", [mine], "Subject: outside\\n\\n")
    assert mailcatch.wait_for(timeout=60).to == []
    assert mailcatch.one(to=mine)
"""


def test_mail_to_the_running_server_is_seen_too(run: Run, tmp_path: Path) -> None:
    from mailcatch import Catcher

    with Catcher(port=0, mailbox=tmp_path / "mail").in_thread() as catcher:
        send(catcher, subject="before the run")
        connect = f"--mailcatch-connect={catcher.mailbox}"
        result = run(OUTSIDE.replace("PORT", str(catcher.port)), connect, fresh=True)
        result.assert_outcomes(passed=2)
        assert "stray" not in result.stdout.str()
        result = run(OF_SEVERAL.replace("PORT", str(catcher.port)), connect, "-n2", fresh=True)
        result.assert_outcomes(passed=4)
        assert "stray" not in result.stdout.str()


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


@dataclass
class StrictConfig:
    """A configuration as pytest 9 has it: no text where TOML has a number."""

    inipath: Path
    refuses: type[Exception]

    def getini(self, name: str) -> object:
        table = tomllib.loads(self.inipath.read_text())
        value = (table.get("pytest") or table["tool"]["pytest"]).get(name, "")
        if not isinstance(value, str):
            raise self.refuses(f"config option '{name}' expects a string")
        return value

    def getoption(self, name: str, default: object = None) -> object:
        return default


@pytest.mark.parametrize(
    ("name", "head"), [("pyproject.toml", "[tool.pytest]"), ("pytest.toml", "[pytest]")]
)
@pytest.mark.parametrize("refuses", [TypeError, pytest.UsageError])
def test_values_of_toml_are_taken_as_they_are(
    tmp_path: Path, name: str, head: str, refuses: type[Exception]
) -> None:
    config = StrictConfig(tmp_path / name, refuses)
    for values in ("3.5\nmailcatch_strict = false", '"3.5"\nmailcatch_strict = "false"'):
        config.inipath.write_text(f"{head}\nmailcatch_timeout = {values}\n")
        ini = read_run(cast("pytest.Config", config)).ini
        assert (ini.timeout, ini.strict) == (3.5, False)
    config.inipath.write_text(f"{head}\nmailcatch_transcript_lines = 1.5\n")
    with pytest.raises(pytest.UsageError, match=r"transcript_lines is 1\.5: write a whole"):
        read_run(cast("pytest.Config", config))


def test_a_marker_gives_a_test_a_server_of_its_own(run: Run) -> None:
    result = run(
        """
        import pytest, smtplib
        from conftest import deliver

        @pytest.mark.mailcatch(tls="starttls", require_tls=True, timeout=3)
        def test_tls(mailcatch, mailcatch_env, mailcatch_server):
            assert mailcatch_env["SMTP_PORT"] == str(mailcatch.port) != str(mailcatch_server.port)
            with smtplib.SMTP(*mailcatch.addr) as client:
                client.starttls(context=mailcatch.ssl_context())
                client.sendmail("a@x.io", "b@x.io", "Subject: Hello\\n\\n")
            assert mailcatch.one().session.tls
            assert mailcatch.timeout == 3

        @pytest.mark.mailcatch(auth_users={"app": "a secret"}, require_auth=True)
        class TestLogin:
            @pytest.mark.mailcatch(hostname="mail.test")
            def test_url(self, mailcatch):
                with smtplib.SMTP(*mailcatch.addr) as client:
                    client.login("app", "a secret")
                assert "220 mail.test" in mailcatch.transcript
                assert mailcatch.url == f"smtp://app:a%20secret@127.0.0.1:{mailcatch.port}"

        @pytest.mark.mailcatch(tls="starttls")
        def test_other(mailcatch, mailcatch_server):
            deliver(mailcatch_server, subject="to the other")
            assert mailcatch == []

        @pytest.mark.mailcatch(tls="startls")
        def test_typo(mailcatch): pass

        @pytest.mark.mailcatch(auth_user={})
        def test_name(mailcatch): pass
        """
    )
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(
        [
            "mailcatch: @pytest.mark.mailcatch: there is no tls 'startls': did you mean 'start*",
            "*@pytest.mark.mailcatch: there is no 'auth_user': did you mean auth_users?*",
            "'to the other' to bob@example.com, sent during *::test_other",
        ]
    )
    assert "mailcatch/testing/" not in result.stdout.str()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('Config(tls="startls")', "there is no tls 'startls': did you mean 'starttls'?"),
        (
            "Config(require_tls=True)",
            'require_tls is for a server with TLS: add tls="starttls", "i',
        ),
        ('Config(cert="cert.pem")', "cert is for a server with TLS: add"),
        ('Config(tls="starttls", cert="nowhere.pem")', "cannot read nowhere.pem: no such file"),
        ('Config(max_size="1MB")', "max_size is '1MB': write a whole number from 0"),
        ('Config(without=("PIPELNING",))', "without: there is no extension 'PIPELNING': choose"),
        ('Config(without="DSN")', "without is 'DSN': write ('DSN',)"),
        ("Config(port=65536)", "port is 65536: write a whole number from 0 to 65535"),
        ('Config(auth_users=["app"])', "auth_users is no dict of secrets by user"),
        ('Config(auth_mechanisms=("PLIAN",))', "there is no mechanism 'PLIAN'"),
        ('Config(host="nowhere.invalid")', "cannot listen on nowhere.invalid:0"),
        ('{"host": "127.0.0.1"}', "{'host': '127.0.0.1'} is no mailcatch.testing.Config"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_in_a_line(run: Run, given: str, told: str) -> None:
    result = run(
        f"""
        import pytest
        from mailcatch.testing import Config
        @pytest.fixture(scope="session")
        def mailcatch_config(): return {given}
        def test_it(mailcatch): pass
        """
    )
    result.assert_outcomes(errors=1)
    assert f"mailcatch: mailcatch_config: {told}" in result.stdout.str()
    assert "plugin.py" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()
