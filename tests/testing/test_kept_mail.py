"""Mail of a run that is kept, or goes elsewhere, in runs of pytest as users start them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.plugin import Run
from tests.testing.sending import send


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
    assert "rcpt to:<bob@x.io>" in mailcatch.transcript.lower()
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
