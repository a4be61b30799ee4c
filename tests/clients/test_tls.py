"""Real clients over TLS: with the authority trusted, and without."""

from __future__ import annotations

import json
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import aiosmtplib
import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import SessionNote, Tls
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, logins, only
from tests.clients.loops import run_to_the_end
from tests.clients.programs import PROJECT, program, run, unpacked
from tests.reading import close_of, ended_session, messages

HOST = "localhost"
USER, SECRET = "ann", "sesame"
PERL = Path(__file__).with_name("perl_send.pl")
RUBY = Path(__file__).with_name("ruby_send.rb")
NODE = Path(__file__).with_name("nodemailer_send.cjs")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca")


@pytest.fixture
def secure(mailbox: Path, authority: Path) -> Iterator[Catcher]:
    catcher = Catcher(port=0, mailbox=mailbox, tls="both", ca_dir=authority)
    with catcher.in_thread():
        yield catcher


@pytest.fixture
def guarded(mailbox: Path, authority: Path) -> Iterator[Catcher]:
    """A catcher with one user, so that SCRAM can be offered."""
    catcher = Catcher(
        port=0, mailbox=mailbox, tls="both", ca_dir=authority, auth_users={USER: SECRET}
    )
    with catcher.in_thread():
        yield catcher


def ca(catcher: Catcher) -> str:
    return str(catcher.authority_file)


def curl(catcher: Catcher, home: Path, *options: str, implicit: bool, status: int = 0) -> None:
    scheme, port = ("smtps", catcher.tls_port) if implicit else ("smtp", catcher.port)
    (home / "message").write_bytes(DIFFICULT)
    run(
        program("curl"),
        *("--disable", "--silent", "--show-error", "--noproxy", "*", "--ssl-reqd"),
        *("--mail-from", SENDER, "--mail-rcpt", RECIPIENT, "--upload-file", home / "message"),
        *options,
        f"{scheme}://{HOST}:{port}/client.example.com",
        home=home,
        status=status,
    )


def curl_sends(catcher: Catcher, home: Path, *, implicit: bool) -> None:
    curl(catcher, home, "--cacert", ca(catcher), implicit=implicit)


def msmtp(catcher: Catcher, home: Path, *settings: str, implicit: bool) -> None:
    lines = [
        "account default",
        f"host {HOST}",
        f"port {catcher.tls_port if implicit else catcher.port}",
        f"from {SENDER}",
        "tls on",
        f"tls_starttls {'off' if implicit else 'on'}",
        f"tls_trust_file {ca(catcher)}",
        *settings,
    ]
    configuration = home / "msmtprc"
    configuration.write_text("\n".join(lines) + "\n")
    configuration.chmod(0o600)
    run(program("msmtp"), "--file", configuration, RECIPIENT, home=home, standard_input=DIFFICULT)


def msmtp_sends(catcher: Catcher, home: Path, *, implicit: bool) -> None:
    msmtp(catcher, home, "auth off", implicit=implicit)


def swaks(catcher: Catcher, home: Path, *options: str, implicit: bool) -> None:
    (home / "message").write_bytes(DIFFICULT)
    run(
        program("swaks"),
        *("--server", HOST, "--from", SENDER, "--to", RECIPIENT, "--data", f"@{home}/message"),
        *("--port", str(catcher.tls_port if implicit else catcher.port)),
        *("--tls-on-connect" if implicit else "--tls", "--tls-verify"),
        *("--tls-ca-path", ca(catcher), *options),
        home=home,
    )


def smtplib_sends(catcher: Catcher, _home: Path, *, implicit: bool) -> None:
    context = ssl.create_default_context(cafile=ca(catcher))
    if implicit:
        with smtplib.SMTP_SSL(HOST, catcher.tls_port, context=context, timeout=20) as client:
            client.sendmail(SENDER, [RECIPIENT], DIFFICULT)
        return
    with smtplib.SMTP(HOST, catcher.port, timeout=20) as plain:
        plain.starttls(context=context)
        plain.sendmail(SENDER, [RECIPIENT], DIFFICULT)


def aiosmtplib_sends(catcher: Catcher, _home: Path, *, implicit: bool) -> None:
    run_to_the_end(
        aiosmtplib.send(
            DIFFICULT,
            sender=SENDER,
            recipients=[RECIPIENT],
            hostname=HOST,
            port=catcher.tls_port if implicit else catcher.port,
            use_tls=implicit,
            start_tls=not implicit,
            cert_bundle=ca(catcher),
        )
    )


def nodemailer(catcher: Catcher, home: Path, *, implicit: bool, **options: object) -> None:
    port = catcher.tls_port if implicit else catcher.port
    job = {
        "transport": {
            # It would ask the network for the address of a name.
            "host": "127.0.0.1",
            "tls": {"servername": HOST},
            "port": port,
            "secure": implicit,
            "requireTLS": not implicit,
            **options,
        },
        "messages": [
            {
                "envelope": {"from": SENDER, "to": [RECIPIENT]},
                "octets": b64encode(DIFFICULT).decode(),
            }
        ],
    }
    run(
        program("node"),
        NODE,
        home=home,
        settings={
            "NODE_PATH": str(unpacked("node/node_modules")),
            "NODE_EXTRA_CA_CERTS": ca(catcher),
        },
        standard_input=json.dumps(job).encode(),
    )


def nodemailer_sends(catcher: Catcher, home: Path, *, implicit: bool) -> None:
    nodemailer(catcher, home, implicit=implicit)


def perl(catcher: Catcher, home: Path, mechanism: str, *, implicit: bool) -> None:
    port = catcher.tls_port if implicit else catcher.port
    how = "implicit" if implicit else "starttls"
    run(
        *(program("perl"), PERL, HOST, str(port), how, ca(catcher), SENDER, RECIPIENT),
        *((mechanism, USER, SECRET) if mechanism else ()),
        home=home,
        standard_input=DIFFICULT,
    )


def perl_sends(catcher: Catcher, home: Path, *, implicit: bool) -> None:
    perl(catcher, home, "", implicit=implicit)


def ruby(catcher: Catcher, home: Path, mechanism: str, *, implicit: bool) -> None:
    port = catcher.tls_port if implicit else catcher.port
    how = "implicit" if implicit else "starttls"
    run(
        *(program("ruby"), RUBY, HOST, str(port), how, SENDER, RECIPIENT),
        *((mechanism, USER, SECRET) if mechanism else ()),
        home=home,
        settings={"SSL_CERT_FILE": ca(catcher)},
        standard_input=DIFFICULT,
    )


def ruby_sends(catcher: Catcher, home: Path, *, implicit: bool) -> None:
    ruby(catcher, home, "", implicit=implicit)


Sends = Callable[..., None]
CLIENTS = [
    curl_sends,
    msmtp_sends,
    smtplib_sends,
    aiosmtplib_sends,
    nodemailer_sends,
    perl_sends,
    ruby_sends,
]


def handshake(mailbox: Path) -> Tls:
    (event,) = [event for event in ended_session(mailbox) if isinstance(event, Tls)]
    return event


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("sends", CLIENTS)
def test_a_client_that_trusts_the_authority_sends(
    secure: Catcher, tmp_path: Path, sends: Sends, implicit: bool
) -> None:
    sends(secure, tmp_path, implicit=implicit)
    assert only(secure.mailbox).octets == DIFFICULT
    event = handshake(secure.mailbox)
    assert (event.version, event.server_name) == ("TLSv1.3", HOST)


def go(catcher: Catcher, home: Path, *, trusted: bool, status: int | None = 0) -> str:
    return run(
        *(unpacked("go/send"), f"{HOST}:{catcher.port}", SENDER, RECIPIENT),
        home=home,
        settings={"SSL_CERT_FILE": ca(catcher)} if trusted else {},
        standard_input=DIFFICULT,
        status=status,
    )


def test_go_sends_where_tls_is_off(catcher: Catcher, tmp_path: Path) -> None:
    go(catcher, tmp_path, trusted=False)
    assert only(catcher.mailbox).octets == DIFFICULT


def test_go_upgrades_by_itself_and_is_told_of_where_it_does_not_trust(
    secure: Catcher, tmp_path: Path
) -> None:
    said = go(secure, tmp_path, trusted=False, status=None)
    assert "certificate signed by unknown authority" in said
    event = handshake(secure.mailbox)
    assert event.alert in {"bad_certificate", "unknown_ca"}
    assert "the client does not trust the certificate" in event.failure
    assert close_of(ended_session(secure.mailbox)).how == "tls"
    assert not messages(secure.mailbox)


def test_go_sends_where_it_trusts(secure: Catcher, tmp_path: Path) -> None:
    go(secure, tmp_path, trusted=True)
    assert only(secure.mailbox).octets == DIFFICULT


def test_curl_tells_of_an_authority_that_it_does_not_know(secure: Catcher, tmp_path: Path) -> None:
    # 60: the certificate cannot be verified.
    curl(secure, tmp_path, implicit=False, status=60)
    made = handshake(secure.mailbox)
    last = close_of(ended_session(secure.mailbox))
    # Newer ones look at the certificate themselves, when the handshake is over, and leave.
    assert made.alert == "unknown_ca" or "another certificate" in last.reason


@pytest.mark.parametrize(
    ("name", "mechanism"),
    [
        ("plain", "PLAIN"),
        ("login", "LOGIN"),
        ("cram-md5", "CRAM-MD5"),
        ("scram-sha-1", "SCRAM-SHA-1"),
        ("scram-sha-256", "SCRAM-SHA-256"),
        ("xoauth2", "XOAUTH2"),
        ("oauthbearer", "OAUTHBEARER"),
    ],
)
def test_msmtp_logs_in(guarded: Catcher, tmp_path: Path, name: str, mechanism: str) -> None:
    # Newer ones of GNU SASL want the mechanisms that bind to TLS wherever there is TLS.
    tls = "off" if name.startswith("scram") else "on"
    login = (f"auth {name}", f"user {USER}", f"password {SECRET}")
    msmtp(guarded, tmp_path, *login, f"tls {tls}", implicit=tls == "on")
    assert logins(guarded.mailbox) == [(mechanism, USER)]
    assert only(guarded.mailbox).octets == DIFFICULT


def test_msmtp_chooses_a_mechanism_by_itself(guarded: Catcher, tmp_path: Path) -> None:
    msmtp(guarded, tmp_path, "auth on", f"user {USER}", f"password {SECRET}", implicit=True)
    assert len(logins(guarded.mailbox)) == 1
    assert only(guarded.mailbox).octets == DIFFICULT


def gsasl(catcher: Catcher, home: Path, *options: str, status: int = 0) -> None:
    """Log in with GNU SASL, which sends no mail. It waits for the end of its input."""
    run(
        program("gsasl"),
        *("--smtp", "--starttls", "--x509-ca-file", ca(catcher)),
        *("--authentication-id", USER, "--password", SECRET, *options),
        *(HOST, str(catcher.port)),
        home=home,
        status=status,
    )


@pytest.mark.parametrize(
    ("mechanism", "options"),
    [
        ("SCRAM-SHA-1", ("--no-cb",)),
        ("SCRAM-SHA-256", ("--no-cb",)),
        # By tls-exporter, and up to TLS 1.2 by tls-unique.
        ("SCRAM-SHA-1-PLUS", ()),
        ("SCRAM-SHA-256-PLUS", ()),
        ("SCRAM-SHA-1-PLUS", ("--priority", "NORMAL:-VERS-TLS1.3")),
        ("SCRAM-SHA-256-PLUS", ("--priority", "NORMAL:-VERS-TLS1.3")),
    ],
)
def test_gnu_sasl_logs_in(
    guarded: Catcher, tmp_path: Path, mechanism: str, options: tuple[str, ...]
) -> None:
    gsasl(guarded, tmp_path, "--mechanism", mechanism, *options)
    assert logins(guarded.mailbox) == [(mechanism, USER)]


def test_gnu_sasl_is_told_of_a_binding_that_is_not_there(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.memfd_create")
    guarded: Catcher = request.getfixturevalue("guarded")
    gsasl(guarded, tmp_path, "--mechanism", "SCRAM-SHA-256-PLUS", status=1)
    notes = [one.detail for one in ended_session(guarded.mailbox) if isinstance(one, SessionNote)]
    assert any("by 'tls-exporter'" in detail for detail in notes)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_curl_logs_in(guarded: Catcher, tmp_path: Path, mechanism: str) -> None:
    options = ("--user", f"{USER}:{SECRET}", "--login-options", f"AUTH={mechanism}")
    curl(guarded, tmp_path, "--cacert", ca(guarded), *options, implicit=True)
    assert logins(guarded.mailbox) == [(mechanism, USER)]


def test_curl_shows_a_token(guarded: Catcher, tmp_path: Path) -> None:
    options = ("--user", USER, "--oauth2-bearer", SECRET)
    curl(guarded, tmp_path, "--cacert", ca(guarded), *options, implicit=True)
    assert logins(guarded.mailbox) == [("OAUTHBEARER", USER)]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_swaks_logs_in(guarded: Catcher, tmp_path: Path, mechanism: str) -> None:
    options = ("--auth", mechanism, "--auth-user", USER, "--auth-password", SECRET)
    swaks(guarded, tmp_path, *options, implicit=False)
    assert logins(guarded.mailbox) == [(mechanism, USER)]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_perl_logs_in(guarded: Catcher, tmp_path: Path, mechanism: str) -> None:
    perl(guarded, tmp_path, mechanism, implicit=False)
    assert logins(guarded.mailbox) == [(mechanism, USER)]
    assert only(guarded.mailbox).octets == DIFFICULT


@pytest.mark.parametrize("mechanism", ["plain", "login", "cram_md5"])
def test_ruby_logs_in(guarded: Catcher, tmp_path: Path, mechanism: str) -> None:
    ruby(guarded, tmp_path, mechanism, implicit=True)
    assert logins(guarded.mailbox) == [(mechanism.upper().replace("_", "-"), USER)]
    assert only(guarded.mailbox).octets == DIFFICULT


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_nodemailer_logs_in(guarded: Catcher, tmp_path: Path, mechanism: str) -> None:
    if mechanism == "XOAUTH2":
        auth = {"type": "OAuth2", "user": USER, "accessToken": SECRET}
        nodemailer(guarded, tmp_path, implicit=True, auth=auth)
    else:
        auth = {"user": USER, "pass": SECRET}
        nodemailer(guarded, tmp_path, implicit=True, auth=auth, authMethod=mechanism)
    assert logins(guarded.mailbox) == [(mechanism, USER)]


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login", "auth_crammd5"])
def test_aiosmtplib_logs_in(guarded: Catcher, mechanism: str) -> None:
    async def send() -> None:
        client = aiosmtplib.SMTP(
            hostname=HOST, port=guarded.tls_port, use_tls=True, cert_bundle=ca(guarded)
        )
        async with client:
            await client.ehlo()
            await getattr(client, mechanism)(USER, SECRET)
            await client.sendmail(SENDER, [RECIPIENT], DIFFICULT)

    run_to_the_end(send())
    ((name, user),) = logins(guarded.mailbox)
    assert name.lower().replace("-", "") == mechanism.removeprefix("auth_")
    assert user == USER


def test_the_programs_are_those_of_this_project() -> None:
    assert all(file.is_relative_to(PROJECT) for file in (PERL, RUBY, NODE))
