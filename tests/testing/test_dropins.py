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

        def test_auth(smtpd):
            with SMTP(smtpd.hostname, smtpd.port) as client:
                client.login(smtpd.config.login_username, smtpd.config.login_password)
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
            with SMTP(smtpd.hostname, port) as client:
                client.login("user", "other")
            assert len(smtpd.messages) == 1
            with pytest.raises(AttributeError, match="no use_tls: there are host, port"):
                smtpd.config.use_tls = True
            with pytest.raises(ValueError, match="'perhaps' is neither true nor false"):
                smtpd.config.use_ssl = "perhaps"
        """,
        *SMTPDFIX,
        fresh=True,
    )
    result.assert_outcomes(passed=7)


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
