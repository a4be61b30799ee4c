"""`mailcatch serve` by LMTP, behind a proxy, and for clients that fetch their mail."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from mailcatch.mailbox.server_file import read_state
from tests.reading import ended_session
from tests.serving import Serving, run
from tests.talk import Talk

LINE = b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25\r\n"


def test_lmtp_on_all_listeners(tmp_path: Path) -> None:
    with Serving("--port", "0", "--dir", tmp_path / "mail", "--lmtp") as server:
        assert server.ready["smtp"][0]["protocol"] == "lmtp"
        with smtplib.LMTP("127.0.0.1", server.port, local_hostname="x") as client:
            client.sendmail("a@b.test", ["c@d.test"], b"Subject: x\r\n")
        assert server.stop() == 0
    shown = run("show", "--transcript", "--dir", server.mailbox, "last").stdout
    assert "LMTP mailcatch" in shown
    assert "<c@d.test> 250 2.0.0 Ok: queued as" in shown


def test_each_listener_may_be_another(tmp_path: Path) -> None:
    marks = ["", "lmtp:", "proxy:", "proxy:lmtp:"]
    listen = [word for mark in marks for word in ("--listen", f"{mark}127.0.0.1:0")]
    with Serving(*listen, "--dir", tmp_path / "mail") as server:
        told = [(one.get("protocol"), one.get("proxied")) for one in server.ready["smtp"]]
        assert told == [(None, None), ("lmtp", None), (None, True), ("lmtp", True)]
        state = read_state(server.mailbox)
        assert state is not None
        assert state.entrance == state.smtp[0]
        assert [(one.protocol, one.proxied) for one in state.smtp] == [
            ("smtp", False),
            ("lmtp", False),
            ("smtp", True),
            ("lmtp", True),
        ]


def test_a_session_behind_a_proxy_is_shown_as_its_clients(tmp_path: Path) -> None:
    options = {"MAILCATCH_PROXY_PROTOCOL": "true", "MAILCATCH_PROXY_TIMEOUT": "300ms"}
    where = ("--port", "0", "--dir", tmp_path / "mail")
    with Serving(*where, environment=options) as server:
        with Talk(server, greeting=False) as talk:
            talk.say(LINE)
            assert talk.hear().startswith(b"220 ")
            talk.ask(b"EHLO x")
            talk.ask(b"QUIT")
        with Talk(server, greeting=False) as talk:
            assert talk.rest() == b""
        ended_session(server.mailbox, 1)
        server.stop()
    late, fine = run("sessions", "--dir", server.mailbox).stdout.splitlines()
    assert "203.0.113.7:50123" in fine
    shown = run("show", "--transcript", "--dir", server.mailbox, fine.split()[0]).stdout
    assert "203.0.113.7:50123 connected to 127.0.0.1:" in shown
    assert "(PROXY version 1), to 192.0.2.1:25" in shown
    shown = run("show", "--transcript", "--dir", server.mailbox, late.split()[0]).stdout
    assert "note proxy-header-missing nothing came within 0.3 s" in shown
    found = run("sessions", "peer:203.0.113.7", "--dir", server.mailbox).stdout
    assert found.split()[0] == fine.split()[0]


def test_xclient_and_xforward_are_shown_and_can_be_hidden(tmp_path: Path) -> None:
    where = ("--port", "0", "--dir", tmp_path / "mail")
    with Serving(*where, "--without", "xforward") as server:
        with server.talk() as talk:
            assert b"XFORWARD" not in talk.ask(b"EHLO x")
            talk.ask(b"XCLIENT NAME=spike.test ADDR=203.0.113.9 LOGIN=ann")
            talk.ask(b"QUIT")
        ended_session(server.mailbox)
    (session,) = run("sessions", "--dir", server.mailbox).stdout.splitlines()
    shown = run("show", "--transcript", "--dir", server.mailbox, session.split()[0]).stdout
    assert "the client is 203.0.113.9:" in shown
    assert "NAME spike.test" in shown
    assert "XCLIENT of ann was accepted" in shown


def test_mail_is_fetched_from_a_server_that_is_configured_so(tmp_path: Path) -> None:
    (tmp_path / "mailcatch.toml").write_text('atrn = true\nauth-user = ["ann:sesame"]\n')
    with Serving("--port", "0", "--dir", tmp_path / "mail", cwd=tmp_path) as server:
        with server.talk() as talk:
            talk.send(b"Subject: x\r\n", b"b@x.test")
        with server.talk() as talk:
            talk.ask(b"EHLO x")
            assert talk.ask(b"ATRN").startswith(b"530 ")
            talk.ask(b"AUTH PLAIN AGFubgBzZXNhbWU=")
            assert talk.ask(b"ATRN x.test").startswith(b"250 ")
            talk.say(b"220 x\r\n")
            for answer in (b"250 x", b"250 x", b"250 x", b"354 x"):
                assert talk.hear()
                talk.say(answer + b"\r\n")
            while talk.hear() != b".\r\n":
                pass
            talk.say(b"250 taken\r\n")
            assert talk.hear() == b"QUIT\r\n"
            talk.say(b"221 x\r\n")
        ended_session(server.mailbox, 1)
    session = run("sessions", "--dir", server.mailbox).stdout.split()[0]
    shown = run("show", "--transcript", "--dir", server.mailbox, session).stdout
    assert "the roles are reversed: 1 to send for x.test" in shown
    assert ".eml to <b@x.test>: 250 taken" in shown


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", "tls:plain:127.0.0.1:0"], "says twice how TLS is spoken there"),
        (["--listen", "proxy:lmtp:nowhere"], "cannot listen on 'nowhere': write HOST:PORT"),
        (["--listen", "proxy:1025"], "there is no host 'proxy' here"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    done = run("serve", "--dir", tmp_path / "mail", *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_commands_that_send_find_the_listener_that_takes_smtp(tmp_path: Path) -> None:
    listen = ("--listen", "lmtp:127.0.0.1:0", "--listen", "127.0.0.1:0")
    with Serving(*listen, "--dir", tmp_path / "mail") as server:
        done = run("demo", "--dir", server.mailbox)
        assert done.returncode == 0, done.stderr
    with Serving("--port", "0", "--lmtp", "--dir", tmp_path / "other") as server:
        done = run("demo", "--dir", server.mailbox)
        assert done.returncode != 0
        assert "takes no plain SMTP" in done.stderr
