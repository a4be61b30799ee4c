"""`mailcatch serve` with TLS and AUTH, and `mailcatch ca`."""

from __future__ import annotations

import smtplib
import ssl
import stat
from pathlib import Path

import pytest

from mailcatch.mailbox.server_file import read_state
from tests.serving import Serving, run


def serving(tmp_path: Path, *options: str) -> Serving:
    return Serving("--port", "0", "--dir", tmp_path / "mail", "--ca-dir", tmp_path / "ca", *options)


def trusting(server: Serving) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.ready["ca"]))


def test_each_listener_tells_how_it_speaks_tls(tmp_path: Path) -> None:
    with serving(tmp_path, "--tls", "both") as server:
        told = [listener["tls"] for listener in server.ready["smtp"]]
        assert told == ["starttls", "implicit"]
        state = read_state(server.mailbox)
        assert state is not None
        assert [one.tls for one in state.smtp] == told
        context = trusting(server)
        with smtplib.SMTP("localhost", server.port, timeout=20) as client:
            client.starttls(context=context)
            client.sendmail("a@b.test", ["c@d.test"], b"Subject: starttls\r\n")
        port = server.ready["smtp"][1]["port"]
        with smtplib.SMTP_SSL("localhost", port, timeout=20, context=context) as client:
            client.sendmail("a@b.test", ["c@d.test"], b"Subject: implicit\r\n")
        assert server.stop() == 0
        assert server.error == b""
    assert len(list((server.mailbox / "messages").iterdir())) == 2


def test_the_transcript_shows_the_handshake(tmp_path: Path) -> None:
    with serving(tmp_path, "--tls", "starttls") as server:
        with smtplib.SMTP("localhost", server.port, timeout=20) as client:
            client.starttls(context=trusting(server))
        with pytest.raises(ssl.SSLError), smtplib.SMTP("localhost", server.port) as client:
            client.starttls(context=ssl.create_default_context())
        server.stop()
    (refused, fine) = run("sessions", "--dir", server.mailbox).stdout.splitlines()
    shown = run("show", "--transcript", "--dir", server.mailbox, fine.split()[0]).stdout
    assert "TLSv1.3 with TLS_" in shown
    assert ", for localhost" in shown
    shown = run("show", "--transcript", "--dir", server.mailbox, refused.split()[0]).stdout
    assert "no TLS: the client does not trust the certificate" in shown
    assert "(alert unknown_ca)" in shown


def test_only_those_who_are_named_may_log_in(tmp_path: Path) -> None:
    options = ("--auth-user", "ann:wonder:land", "--require-auth", "--auth-mechanism", "plain")
    with serving(tmp_path, *options) as server, smtplib.SMTP("localhost", server.port) as client:
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["PLAIN"]
        assert client.docmd("MAIL", "FROM:<a@b>")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("ann", "wonder")
        client.login("ann", "wonder:land")
        assert client.docmd("MAIL", "FROM:<a@b>")[0] == 250
    assert "ca" not in server.ready


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tls", "maybe"], "--tls 'maybe' is none of starttls, implicit, both"),
        (["--require-tls"], "no address speaks it"),
        (["--auth-user", "ann"], "--auth-user takes NAME:SECRET"),
        (["--auth-mechanism", "PLAN"], "there is no mechanism 'PLAN' of AUTH"),
        (["--auth-file", "none"], "cannot read none"),
        (["--tls", "both", "--cert", "none"], "cannot read none"),
        (["--tls", "both", "--client-ca", "none"], "cannot read none: no such file"),
        (["--tls", "both", "--client-ca", __file__], "holds no certificates of authorities"),
    ],
)
def test_a_mistake_is_said_in_a_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    ca = ("--ca-dir", tmp_path / "ca", "--dir", tmp_path / "mail", "--port", "0")
    done = run("serve", *ca, *options, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_authority_is_made_printed_and_explained(tmp_path: Path) -> None:
    at = ("--ca-dir", tmp_path / "ca")
    shown = run("ca", *at)
    file = tmp_path / "ca" / "ca.pem"
    assert shown.stdout.startswith(file.read_text())
    for word in ("curl", "Python", "Node", "Java", "Go", str(file)):
        assert word in shown.stdout
    assert run("ca", "--path", *at).stdout == f"{file}\n"
    assert run("ca", "--pem", *at).stdout == file.read_text()
    assert stat.S_IMODE((tmp_path / "ca" / "ca.key").stat().st_mode) == 0o600
    with serving(tmp_path, "--tls", "starttls") as server:
        assert server.ready["ca"] == str(file)


def test_an_authority_that_cannot_be_kept_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("ca", "--ca-dir", tmp_path / "file" / "ca")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot keep a certificate authority" in done.stderr
