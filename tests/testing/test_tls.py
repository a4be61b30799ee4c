"""Servers that speak TLS, and that know their users."""

from __future__ import annotations

import smtplib
import ssl

import pytest

from mailcatch import CertificateError
from mailcatch.testing import Config, MailcatchFailure, MailServer
from tests.testing.plugin import Run
from tests.testing.sending import send

MAIL = "Subject: Hello\r\n\r\nhello\r\n"


def test_starttls_and_a_client_that_trusts_the_server() -> None:
    with MailServer(tls="starttls", require_tls=True) as server, server.inbox() as inbox:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(inbox)
        with smtplib.SMTP(*inbox.addr, timeout=20) as client:
            client.starttls(context=inbox.ssl_context())
            client.sendmail("app@example.com", ["bob@example.com"], MAIL)
        assert inbox.one().session.tls
        assert "TLSv1.3 with TLS_" in inbox.transcript
        assert inbox.attempts()[0].reply.code == 530
        assert server.url.startswith("smtp://")


def test_tls_comes_first_on_the_port() -> None:
    with MailServer(tls="implicit") as server, server.inbox() as inbox:
        with smtplib.SMTP_SSL(*inbox.addr, timeout=20, context=inbox.ssl_context()) as client:
            client.sendmail("app@example.com", ["bob@example.com"], MAIL)
        assert inbox.one().session.tls
        assert inbox.tls_port == inbox.port
        assert inbox.env()["EMAIL_URL"] == f"smtps://127.0.0.1:{inbox.port}"


def test_a_mailbox_with_a_port_of_its_own_speaks_tls_as_its_server_does() -> None:
    with MailServer(tls="implicit") as server, server.inbox(isolation="port") as inbox:
        with smtplib.SMTP_SSL(*inbox.addr, timeout=20, context=inbox.ssl_context()) as client:
            client.sendmail("app@example.com", ["bob@example.com"], MAIL)
        assert inbox.one().session.tls
        assert inbox.port != server.port


def test_both_and_neither() -> None:
    with MailServer(tls="both") as server, server.inbox() as inbox:
        where = ("localhost", inbox.tls_port)
        with smtplib.SMTP_SSL(*where, timeout=20, context=inbox.ssl_context()) as client:
            client.sendmail("app@example.com", ["bob@example.com"], MAIL)
        send(inbox)
        assert [one.session.tls for one in inbox] == [True, False]
    with MailServer() as server:
        assert server.authority_file is None
        with pytest.raises(RuntimeError, match='use tls="implicit" or "both"'):
            assert server.tls_port


def test_a_handshake_that_fails_is_told() -> None:
    with MailServer(tls="starttls") as server, server.inbox() as inbox:
        client = smtplib.SMTP(*inbox.addr, timeout=20)
        with client, pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=ssl.create_default_context())
        inbox.settle()
        assert "no TLS: " in inbox.transcript
        assert not inbox.sessions[0].tls


def test_the_authority_goes_with_its_server() -> None:
    with MailServer(tls="starttls") as server:
        authority = server.authority_file
        assert authority is not None
        assert authority.exists()
    assert not authority.parent.exists()
    with pytest.raises(CertificateError, match="nowhere"):
        MailServer(tls="starttls", client_ca="nowhere.pem")


def test_a_sender_that_forgets_tls_or_its_login_fails_the_wait_at_once() -> None:
    for demand in ({"tls": "starttls", "require_tls": True}, {"require_auth": True}):
        with MailServer.of(Config(**demand)) as server, server.inbox() as inbox:
            with pytest.raises(smtplib.SMTPSenderRefused):
                send(inbox)
            with pytest.raises(MailcatchFailure, match=r"was not delivered: .*530"):
                inbox.wait_for(to="bob@example.com", timeout=60)
            assert [one.outcome for one in inbox.attempts()] == ["refused"]


def test_only_named_users_may_send() -> None:
    users = {"app": "a secret"}
    with MailServer(auth_users=users, require_auth=True) as server, server.inbox() as inbox:
        with smtplib.SMTP(*inbox.addr, timeout=20) as client:
            with pytest.raises(smtplib.SMTPSenderRefused):
                client.sendmail("app@example.com", ["bob@example.com"], MAIL)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("app", "wrong")
            client.login("app", "a secret")
            client.sendmail("app@example.com", ["bob@example.com"], MAIL)
        assert inbox.one().session.auth_user == "app"


def test_the_fixtures_speak_tls(run: Run) -> None:
    result = run(
        """
        import smtplib
        import pytest
        from mailcatch.testing import Config

        @pytest.fixture(scope="session")
        def mailcatch_config():
            return Config(tls="implicit")

        def test_it(mailcatch):
            with smtplib.SMTP_SSL(*mailcatch.addr, context=mailcatch.ssl_context()) as client:
                client.sendmail("a@x.io", "b@x.io", "Subject: Hello\\n\\n")
            assert mailcatch.one().session.tls

        def test_other(make_mailcatch):
            other = make_mailcatch(tls=None, auth_users={"u": "p"}, require_auth=True)
            with smtplib.SMTP(*other.addr) as client:
                client.login("u", "p")

        def test_typo(make_mailcatch):
            make_mailcatch(requires_auth=True)
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*a server has no 'requires_auth': did you mean 'require_auth'?"])
