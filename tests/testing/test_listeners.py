"""Servers that speak LMTP, stand behind a proxy, or give their mail away."""

from __future__ import annotations

import smtplib

import pytest

from mailcatch.testing import Config, MailServer
from tests.talk import Talk
from tests.testing.plugin import Run

MAIL = "Subject: Hello\r\n\r\nhello\r\n"


def test_lmtp_delivers_to_each_recipient_for_itself() -> None:
    with MailServer(lmtp=True) as server, server.inbox() as inbox:
        inbox.fail("EOM", 452, to="full@example.com")
        with Talk(server) as talk:
            talk.ask(b"LHLO x")
            talk.ask(b"MAIL FROM:<app@example.com>")
            talk.ask(b"RCPT TO:<full@example.com>")
            talk.ask(b"RCPT TO:<bob@example.com>")
            talk.ask(b"DATA")
            talk.say(b"Subject: Hello\r\n\r\nhello\r\n.\r\n")
            assert [talk.hear()[:3] for _ in range(2)] == [b"452", b"250"]
        message = inbox.one()
        assert message.envelope.rcpt_to == ["bob@example.com"]
        (refused,) = message.envelope.rejected
        assert (refused.address, refused.reply.code) == ("full@example.com", 452)
        assert server.url == f"lmtp://127.0.0.1:{server.port}"
        assert inbox.env()["EMAIL_URL"] == server.url
        assert message.session.helo == "x"


def test_a_port_of_its_own_speaks_as_its_server_does() -> None:
    with MailServer(lmtp=True) as server, server.inbox(isolation="port") as inbox:
        with smtplib.LMTP(*inbox.addr, local_hostname="x", timeout=20) as client:
            client.sendmail("app@example.com", ["bob@example.com"], MAIL)
        assert inbox.one().envelope.rcpt_to == ["bob@example.com"]
        assert inbox.port != server.port


def test_rules_of_a_port_behind_a_proxy_are_for_that_port() -> None:
    with (
        MailServer(proxy_protocol=True) as server,
        server.inbox(isolation="port") as broken,
        server.inbox(isolation="port") as whole,
    ):
        broken.fail("CONNECT", 421)
        for inbox, reply in ((broken, b"421"), (whole, b"220")):
            with Talk(inbox, greeting=False) as talk:
                talk.say(b"PROXY TCP4 192.0.2.7 192.0.2.1 501 25\r\n")
                assert talk.hear().startswith(reply)


@pytest.mark.parametrize(
    ("header", "peer", "end"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 501 25\r\n", "192.0.2.7:501", ("192.0.2.7", 501)),
        (b"PROXY TCP6 2001:db8::7 ::1 5 25\r\n", "[2001:db8::7]:5", ("2001:db8::7", 5)),
    ],
)
def test_the_client_behind_a_proxy_is_the_peer(
    header: bytes, peer: str, end: tuple[str, int]
) -> None:
    with MailServer.of(Config(proxy_protocol=True)) as server, server.inbox() as inbox:
        with Talk(server, greeting=False) as talk:
            talk.say(header)
            assert talk.hear().startswith(b"220 ")
            talk.send(b"Subject: Hello\r\n")
        session = inbox.one().session
        assert (session.peer, session.peer_end) == (peer, end)
        assert "through the proxy 127.0.0.1:" in inbox.transcript


def test_xclient_changes_the_peer_and_the_user() -> None:
    with MailServer() as server, server.inbox() as inbox:
        with Talk(server) as talk:
            talk.ask(b"XCLIENT ADDR=203.0.113.9 PORT=5 LOGIN=ann")
            talk.send(b"Subject: Hello\r\n")
        session = inbox.one().session
        assert (session.peer, session.auth_user) == ("203.0.113.9:5", "ann")


def test_the_fixtures_take_these_settings(run: Run) -> None:
    result = run(
        """
        import smtplib
        import pytest
        from mailcatch.testing import Config

        @pytest.fixture(scope="session")
        def mailcatch_config():
            return Config(lmtp=True)

        def test_it(mailcatch):
            with smtplib.LMTP(*mailcatch.addr, local_hostname="x") as client:
                client.sendmail("a@x.io", ["b@x.io"], "Subject: Hello\\n\\n")
            assert mailcatch.one().subject == "Hello"

        def test_other(make_mailcatch):
            other = make_mailcatch(lmtp=False, atrn=True)
            with smtplib.SMTP(*other.addr) as client:
                client.ehlo()
                assert "atrn" in client.esmtp_features
        """
    )
    result.assert_outcomes(passed=2)
