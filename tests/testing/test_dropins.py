"""The fixtures of other plugins: their documented examples run unchanged."""

from __future__ import annotations

import pytest

from mailcatch.tls.authority import Authority
from mailcatch.tls.certificates import Kind, issue
from tests.testing.plugin import Run

SMTPDFIX = ("-p", "no:smtpd", "-p", "mailcatch.testing.smtpdfix")


def test_the_examples_of_smtpdfix_run_unchanged(run: Run) -> None:
    result = run(
        """
        import os, ssl
        from smtplib import SMTP, SMTP_SSL, SMTPAuthenticationError, SMTPSenderRefused
        from smtplib import SMTPNotSupportedError
        import pytest

        FROM, TO = "from.addr@example.org", "to.addr@example.org"
        MAIL = f"From: {FROM}\\r\\nTo: {TO}\\r\\nSubject: Foo\\r\\n\\r\\nFoo bar"

        def test_sendmail(smtpd):
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.sendmail(FROM, TO, MAIL)
            assert len(smtpd.messages) == 1
            assert smtpd.messages[0]["X-MailFrom"] == FROM
            assert smtpd.messages[0]["X-RcptTo"] == TO
            assert smtpd.messages[0].get_payload().strip() == "Foo bar"

        def test_nothing_is_started_for_what_is_usual(smtpd, mailcatch_server, mailcatch):
            assert smtpd.port == mailcatch_server.port
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.sendmail(FROM, TO, MAIL)
            assert mailcatch.one().subject == "Foo"

        def test_starttls(smtpd):
            smtpd.config.use_starttls = True
            with SMTP(smtpd.hostname, smtpd.port) as client:
                with pytest.raises(SMTPSenderRefused):
                    client.sendmail(FROM, TO, MAIL)
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.starttls()
                client.sendmail(FROM, TO, MAIL)
            assert len(smtpd.messages) == 1

        def test_ssl_with_its_certificate(smtpd):
            smtpd.config.use_ssl = True
            context = ssl.create_default_context()
            context.load_verify_locations(os.environ["SMTPD_SSL_CERTIFICATE_FILE"])
            with SMTP_SSL("localhost", smtpd.port, context=context) as client:
                client.sendmail(FROM, TO, MAIL)
            assert len(smtpd.messages) == 1

        def test_the_variable_is_put_back(smtpd):
            assert "SMTPD_SSL_CERTIFICATE_FILE" not in os.environ

        def test_auth_is_for_tls(smtpd):
            with SMTP(smtpd.hostname, smtpd.port) as client:
                with pytest.raises(SMTPNotSupportedError, match="AUTH extension not supported"):
                    client.login("user", "password")
            smtpd.config.use_starttls = True
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.starttls()
                client.login(smtpd.config.login_username, smtpd.config.login_password)

        def test_auth(smtpd):
            smtpd.config.auth_require_tls = False
            smtpd.config.enforce_auth = True
            with SMTP(smtpd.hostname, smtpd.port) as client:
                with pytest.raises(SMTPSenderRefused):
                    client.sendmail(FROM, TO, MAIL)
                with pytest.raises(SMTPAuthenticationError):
                    client.login("user", "wrong")
                client.login("user", "password")
                client.sendmail(FROM, TO, MAIL)
            assert len(smtpd.messages) == 1

        def test_monkeypatch(monkeypatch, smtpd):
            monkeypatch.setattr(smtpd.config, "enforce_auth", True)
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.helo()
                assert client.docmd("DATA")[0] == 530

        def test_what_is_set_keeps_port_and_messages(smtpd):
            smtpd.config.login_password = "other"
            port = smtpd.port
            with SMTP(smtpd.hostname, port) as client:
                client.sendmail(FROM, TO, MAIL)
            smtpd.config.enforce_auth = "true"
            assert smtpd.port == smtpd.config.port == port
            assert len(smtpd.messages) == 1
            with pytest.raises(AttributeError, match="no use_startls: did you mean use_starttls"):
                smtpd.config.use_startls = True
            with pytest.raises(FileNotFoundError):
                smtpd.config.ssl_cert_files = "nowhere.pem"
            with pytest.raises(ValueError, match="'perhaps' is neither true nor false"):
                smtpd.config.use_ssl = "perhaps"
        """,
        *SMTPDFIX,
        fresh=True,
    )
    result.assert_outcomes(passed=9)


def test_smtpdfix_as_a_block_and_a_certificate_of_ones_own(
    run: Run, pytester: pytest.Pytester
) -> None:
    made = issue(Authority.open(pytester.path / "ca"), Kind.GOOD, hosts=("localhost",))
    (pytester.path / "localhost.cert.pem").write_bytes(made.key + made.chain)
    result = run(
        """
        import ssl
        from smtplib import SMTP, SMTP_SSL
        from mailcatch.testing.smtpdfix import SMTPDFix

        def test_smtpdfix():
            with SMTPDFix("127.0.0.1", 0) as smtpd:
                with SMTP(smtpd.hostname, smtpd.port) as client:
                    client.sendmail("foo@example.org", "bar@example.org", "Subject: Foo\\n\\n")
                assert len(smtpd.messages) == 1

        def test_custom_certificate(smtpd):
            smtpd.config.ssl_cert_files = "localhost.cert.pem"
            smtpd.config.use_ssl = True
            context = ssl.create_default_context(cafile="ca/ca.pem")
            with SMTP_SSL("localhost", smtpd.port, context=context) as client:
                client.sendmail("foo@example.org", "bar@example.org", "Subject: Foo\\n\\n")
            assert len(smtpd.messages) == 1
        """,
        *SMTPDFIX,
        fresh=True,
    )
    result.assert_outcomes(passed=2)


def test_variables_configure_smtpdfix(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPD_USE_STARTTLS", "True")
    monkeypatch.setenv("SMTPD_LOGIN_PASSWORD", "secret")
    result = run(
        """
        from smtplib import SMTP
        def test_it(smtpd):
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.starttls()
                client.login("user", "secret")
        """,
        *SMTPDFIX,
        fresh=True,
    )
    result.assert_outcomes(passed=1)


def test_the_example_of_pytest_localserver_runs_unchanged(run: Run) -> None:
    result = run(
        """
        import smtplib
        import email.mime.text

        def test_sending_some_message(smtpserver):
            host, port = smtpserver.addr
            mail = email.mime.text.MIMEText("Hello")
            mail["To"], mail["From"], mail["Subject"] = "b@x.io", "a@x.io", "MyMessage"
            with smtplib.SMTP(host, port) as client:
                client.sendmail("a@x.io", ["b@x.io"], mail.as_string())
            assert len(smtpserver.outbox) == 1
            message = smtpserver.outbox[0]
            assert message["subject"] == "MyMessage"
            assert message.details.rcpttos == ["b@x.io"]
            assert message.details.mailfrom == "a@x.io"
            assert message.details.peer[0] == "127.0.0.1"
            assert smtpserver.port == port and smtpserver.is_alive() and smtpserver.accepting
        """,
        "-p",
        "no:localserver",
        "-p",
        "mailcatch.testing.localserver",
        fresh=True,
    )
    result.assert_outcomes(passed=1)


def test_a_failed_test_of_smtpdfix_shows_what_was_said_to_its_own_server(run: Run) -> None:
    result = run(
        """
        from smtplib import SMTP

        def test_it(smtpd):
            smtpd.config.use_starttls = True
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.starttls()
                client.sendmail("a@x.io", "b@x.io", "Subject: Foo\\n\\n")
            assert len(smtpd.messages) == 2

        def test_nobody(smtpd):
            assert smtpd.messages
        """,
        *SMTPDFIX,
        fresh=True,
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*Captured SMTP call*", "+*ms C: mail *<a@x.io>*", "*#1 'Foo' to b@x.io*"]
    )
    result.stdout.fnmatch_lines(["*<AuthController on *<Mailbox of 0 messages: nobody connected*"])


def test_a_configuration_of_smtpdfix_is_made_before_its_server(run: Run) -> None:
    result = run(
        """
        from smtplib import SMTP
        from unittest import mock
        import pytest
        from mailcatch.testing.smtpdfix import AuthController, Config, SMTPDFix

        @pytest.fixture(scope="module")
        def controller():
            config = Config()
            config.login_username = "app"
            config.login_password = "secret"
            config.use_starttls = True
            with SMTPDFix(hostname="127.0.0.1", port=config.port, config=config) as controller:
                yield controller

        def test_it(controller: AuthController):
            assert controller.config.port == controller.port
            with SMTP(controller.config.host, controller.config.port) as client:
                client.starttls()
                client.login("app", "secret")
                client.sendmail("a@x.io", "b@x.io", "Subject: Foo\\n\\n")
            assert controller.messages[-1]["to"] is None

        def test_it_stays(controller):
            assert len(controller.messages) == 1
            controller.stop()
            with pytest.raises(ConnectionRefusedError):
                SMTP(controller.hostname, controller.port)

        @pytest.fixture
        def enforcing():
            with mock.patch.object(Config, "enforce_auth", True):
                yield

        def test_a_patched_class_counts(enforcing, smtpd):
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.helo()
                assert client.mail("a@x.io")[0] == 530
        """,
        *SMTPDFIX,
        fresh=True,
    )
    result.assert_outcomes(passed=3)


LOCALSERVER = ("-p", "no:localserver", "-p", "mailcatch.testing.localserver")


def test_the_outbox_of_pytest_localserver_is_a_list_that_mail_is_added_to(run: Run) -> None:
    result = run(
        """
        import smtplib, pytest

        def deliver(server, subject):
            with smtplib.SMTP(*server.addr) as client:
                client.sendmail("a@x.io", ["b@x.io"], f"Subject: {subject}\\n\\n")

        @pytest.fixture
        def outbox(smtpserver):
            return smtpserver.outbox

        def test_it_is_held_before_mail_comes(outbox, smtpserver, mailcatch):
            assert outbox == []
            deliver(smtpserver, "one")
            assert [one["subject"] for one in outbox] == ["one"]
            del smtpserver.outbox[:]
            deliver(smtpserver, "two")
            assert [one["subject"] for one in outbox] == ["two"]
            assert mailcatch.subjects == ["one", "two"]

        def test_it_stops(smtpserver):
            assert smtpserver.is_alive()
            smtpserver.stop()
            assert not smtpserver.is_alive() and not smtpserver.accepting
            with pytest.raises((OSError, smtplib.SMTPException)):
                deliver(smtpserver, "lost")
            assert smtpserver.outbox == []

        def test_the_next_is_not_concerned(smtpserver):
            deliver(smtpserver, "one")
            assert len(smtpserver.outbox) == 1
        """,
        *LOCALSERVER,
        fresh=True,
    )
    result.assert_outcomes(passed=3)


def test_a_server_of_pytest_localserver_for_the_whole_run(run: Run) -> None:
    result = run(
        """
        import smtplib, pytest
        from mailcatch.testing import localserver as smtp

        @pytest.fixture(scope="session")
        def smtp_server():
            server = smtp.Server(host="127.0.0.1")
            assert len(server.outbox) == 0
            server.start()
            yield server
            server.stop()
            assert not server.is_alive()

        @pytest.fixture
        def mails(smtp_server):
            yield smtp_server
            del smtp_server.outbox[:]

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(mails, number):
            with smtplib.SMTP(*mails.addr) as client:
                client.sendmail("a@x.io", ["b@x.io"], f"Subject: {number}\\n\\n")
            assert [one["subject"] for one in mails.outbox] == [str(number)]
        """,
        *LOCALSERVER,
        fresh=True,
    )
    result.assert_outcomes(passed=2)
