"""Real clients that use an extension: what they ask for is kept as they sent it."""

from __future__ import annotations

import smtplib
import ssl
from pathlib import Path

import aiosmtplib
import pytest

from mailcatch import Catcher
from mailcatch.mailbox.events import Client
from tests.clients.conftest import DIFFICULT
from tests.clients.kept import RECIPIENT, SENDER, Kept, only
from tests.clients.programs import program, run
from tests.clients.test_msmtp import msmtp
from tests.clients.test_nodemailer import message, nodemailer
from tests.reading import ended_session

PERL = Path(__file__).with_name("perl_bdat.pl")


def asked_of_mail(found: Kept) -> list[str]:
    """Return the parameters of MAIL but those that tell of the content."""
    of_content = ("SIZE=", "BODY=", "SMTPUTF8")
    return [one for one in found.transaction.parameters if not one.upper().startswith(of_content)]


def asked_of_rcpt(found: Kept) -> list[tuple[str, ...]]:
    return [one.parameters for one in found.transaction.recipients]


def test_perl_sends_binary_in_chunks_and_asks_for_reports(catcher: Catcher, tmp_path: Path) -> None:
    content = DIFFICULT + b"\n\0\r\r\n.\n" + bytes(range(256))
    run(
        program("perl"),
        *(PERL, catcher.host, str(catcher.port), SENDER, RECIPIENT),
        home=tmp_path,
        standard_input=content,
    )
    found = only(catcher.mailbox)
    assert found.octets == content
    assert found.transaction.chunks == 3
    assert "BODY=BINARYMIME" in found.transaction.parameters
    assert asked_of_mail(found) == ["RET=HDRS", "ENVID=Aa+2B"]
    assert asked_of_rcpt(found) == [("NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{RECIPIENT}")]
    assert found.transaction.notes == ()


def test_msmtp_asks_for_reports(catcher: Catcher, tmp_path: Path) -> None:
    msmtp(catcher, tmp_path, DIFFICULT, "-N", "success,delay", "-R", "full", RECIPIENT)

    found = only(catcher.mailbox)
    assert found.octets == DIFFICULT
    assert asked_of_mail(found) == ["RET=FULL"]
    assert asked_of_rcpt(found) == [("NOTIFY=SUCCESS,DELAY",)]


def test_nodemailer_asks_for_reports(catcher: Catcher, tmp_path: Path) -> None:
    dsn = {"id": "a+b=c", "return": "headers", "notify": ["failure", "delay"], "recipient": SENDER}
    nodemailer(catcher, tmp_path, messages=[{**message(DIFFICULT), "dsn": dsn}])

    found = only(catcher.mailbox)
    assert found.octets == DIFFICULT
    assert asked_of_mail(found) == ["RET=HDRS", "ENVID=a+2Bb+3Dc"]
    assert asked_of_rcpt(found) == [("NOTIFY=FAILURE,DELAY", f"ORCPT=rfc822;{SENDER}")]


async def test_aiosmtplib_asks_for_reports(catcher: Catcher) -> None:
    async with aiosmtplib.SMTP(hostname=catcher.host, port=catcher.port) as client:
        await client.mail(SENDER, options=["RET=HDRS", "ENVID=Aa+2B"])
        await client.rcpt(RECIPIENT, options=["NOTIFY=NEVER", "ORCPT=rfc822;B@x"])
        await client.data(DIFFICULT)

    found = only(catcher.mailbox)
    assert found.octets == DIFFICULT
    assert asked_of_mail(found) == ["RET=HDRS", "ENVID=Aa+2B"]
    assert asked_of_rcpt(found) == [("NOTIFY=NEVER", "ORCPT=rfc822;B@x")]


@pytest.mark.parametrize(
    ("extension", "parameter"),
    [
        ("deliverby", "BY=120;R"),
        ("futurerelease", "HOLDFOR=3600"),
        ("futurerelease", "HOLDUNTIL=2027-01-31T09:00:00Z"),
        ("mt-priority", "MT-PRIORITY=-3"),
        ("no-soliciting", "SOLICIT=net.example:ADV"),
        ("dsn", "RET=HDRS"),
        ("auth", "AUTH=<>"),
    ],
)
def test_smtplib_asks_for_what_is_offered(mailbox: Path, extension: str, parameter: str) -> None:
    with (
        Catcher(port=0, mailbox=mailbox, offer=["all"]).in_thread() as catcher,
        smtplib.SMTP(catcher.host, catcher.port, timeout=20) as client,
    ):
        client.ehlo()
        assert client.has_extn(extension)
        client.sendmail(SENDER, RECIPIENT, DIFFICULT, mail_options=[parameter])

    found = only(mailbox)
    assert found.octets == DIFFICULT
    assert asked_of_mail(found) == [parameter]
    assert not {"unknown-parameter", "bad-parameter"} & {
        one.name for one in found.transaction.notes
    }


def test_smtplib_requires_tls_inside_of_tls(mailbox: Path, tmp_path: Path) -> None:
    catcher = Catcher(port=0, mailbox=mailbox, tls="starttls", ca_dir=tmp_path / "ca")
    with catcher.in_thread(), smtplib.SMTP("localhost", catcher.port, timeout=20) as client:
        client.ehlo()
        assert not client.has_extn("requiretls")
        client.starttls(context=ssl.create_default_context(cafile=str(catcher.authority_file)))
        client.ehlo()
        assert client.has_extn("requiretls")
        client.sendmail(SENDER, RECIPIENT, DIFFICULT, mail_options=["REQUIRETLS"])

    found = only(mailbox)
    assert found.octets == DIFFICULT
    assert asked_of_mail(found) == ["REQUIRETLS"]


def test_fetchmail_asks_for_queues(catcher: Catcher, tmp_path: Path) -> None:
    configuration = tmp_path / "fetchmailrc"
    configuration.write_text(
        f"poll {catcher.host} service {catcher.port} protocol ETRN\n"
        " fetchdomains one.test sslproto ''\n"
    )
    configuration.chmod(0o600)
    printed = run(
        program("fetchmail"),
        *("-f", configuration, "--nodetach", "--nosyslog", "--pidfile", tmp_path / "pid"),
        home=tmp_path,
    )
    assert "no messages waiting for one.test" in printed.lower()
    events = ended_session(catcher.mailbox)
    said = [event.text for event in events if isinstance(event, Client)]
    assert [line for line in said if line.startswith("ETRN")] == ["ETRN one.test"]
