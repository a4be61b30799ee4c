"""Delivery status notifications in tests: whose they are, and what is known of them."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch.mailbox.reader import Reader
from mailcatch.testing import Mailbox, MailServer
from mailcatch.testing.artifacts import keep
from tests.reading import eventually
from tests.testing.plugin import Run
from tests.testing.sending import send

NOTIFY = ["NOTIFY=SUCCESS"]


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with MailServer(dsn=True) as running:
        yield running


def ask(inbox: Mailbox, to: str = "bob@example.com") -> None:
    with smtplib.SMTP(*inbox.addr) as client:
        client.sendmail("app@example.com", [to], "Subject: Hi\r\n\r\n", rcpt_options=NOTIFY)


def test_a_notice_of_success_is_a_message_of_the_test(inbox: Mailbox) -> None:
    ask(inbox)
    notice = inbox.wait_for(subject="Success")
    sent = inbox.one(subject="Hi")
    assert (notice.envelope.mail_from, notice.envelope.rcpt_to) == ("", ["app@example.com"])
    assert notice.status_of == sent.file
    assert sent.status_of == ""
    assert notice.email.get_content_type() == "multipart/report"


def test_nobody_sent_a_notice(inbox: Mailbox) -> None:
    ask(inbox)
    inbox.wait_for(subject="Success")
    (attempt,) = inbox.attempts()
    assert attempt.reply.code == 250
    inbox.assert_no_duplicates()


def test_a_notice_counts_and_what_clients_sent_can_be_counted_alone(inbox: Mailbox) -> None:
    ask(inbox)
    inbox.wait_for(subject="Success")
    assert len(inbox) == 2
    sent = inbox.find(where=lambda message: not message.status_of)
    assert [one.subject for one in sent] == ["Hi"]
    inbox.assert_delivered_once(to="bob@example.com")


def test_a_server_makes_none_unless_asked(run: Run) -> None:
    module = """
        import smtplib

        def test_success(mailcatch):
            with smtplib.SMTP(*mailcatch.addr, timeout=20) as client:
                asked = ["NOTIFY=SUCCESS,FAILURE,DELAY"]
                client.sendmail("a@b.example", "bob@example.com", "Subject: Hi", (), asked)
            assert mailcatch.settle().subjects == ["Hi"]
        """
    run(module).assert_outcomes(passed=1)


def test_a_bounce_comes_later(inbox: Mailbox) -> None:
    rule = inbox.bounce_later("550 5.1.1 No such user", to="*@gone.example", after="100ms")
    send(inbox, "eve@gone.example")
    send(inbox, "ok@example.com")
    notice = inbox.wait_for(to="app@example.com", subject="Failure")
    assert rule.fired == 1
    assert notice.status_of == inbox.one(to="eve@gone.example").file
    assert b"\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user\r\n" in notice.raw


def test_a_preset_bounces_for_a_whole_message(inbox: Mailbox) -> None:
    rule = inbox.bounce_later("gmail-overquota", subject="Inv*")
    send(inbox, subject="Invoice")
    assert b"over quota" in inbox.wait_for(subject="Notification").raw
    assert rule.has_effect


def test_a_rule_bounces_word_by_word(inbox: Mailbox) -> None:
    inbox.faults.at("rcpt").to("gone@*").bounce_later(552)
    send(inbox, "gone@example.com")
    assert b"\r\nStatus: 5.2.2\r\n" in inbox.wait_for(subject="Failure").raw


def test_it_is_expected_as_any_mail_is(inbox: Mailbox) -> None:
    with inbox.expect(subject="Success") as expected:
        ask(inbox)
    assert expected.message.status_of


def test_what_comes_after_its_test_is_nobodys(server: MailServer) -> None:
    with server.inbox(name="first") as first:
        first.bounce_later(after="300ms")
        send(first, "gone@example.com")
    with server.inbox(name="second") as second:
        before = server.counters.notifications
        eventually(lambda: server.counters.notifications > before)
        assert list(second) == []
        assert second.sessions == []
    assert server.ledger.strays == []


def test_it_is_kept_with_what_a_failed_test_leaves(inbox: Mailbox, tmp_path: Path) -> None:
    ask(inbox)
    inbox.wait_for(subject="Success")
    place = keep(tmp_path, "test_x", 0, inbox.share)
    with Reader(place) as reader:
        reader.refresh()
        assert len(list(reader.search("is:dsn"))) == 1


def test_a_run_is_configured_to_make_them(run: Run) -> None:
    module = """
        import smtplib
        import pytest
        from mailcatch.testing import Config

        @pytest.fixture(scope="session")
        def mailcatch_config():
            return Config(dsn=True)

        def test_success(mailcatch):
            with smtplib.SMTP(*mailcatch.addr, timeout=20) as client:
                to = ["bob@example.com"]
                client.sendmail("a@b.example", to, "Subject: Hi", rcpt_options=["NOTIFY=SUCCESS"])
            assert mailcatch.wait_for(subject="Success").to == ["a@b.example"]
        """
    run(module).assert_outcomes(passed=1)
