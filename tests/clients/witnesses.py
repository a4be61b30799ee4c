"""What an application hears when its client library meets a fault, in a few words.

"sent", "sent but b 550" (a partial refusal that it is told of), or the error and the code that it
carries: "SMTPDataError 421".
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import ssl
import subprocess
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import aiosmtplib
import django  # type: ignore[import-untyped]
import django.conf  # type: ignore[import-untyped]
import django.core.mail  # type: ignore[import-untyped]
from django.core.mail.backends.smtp import EmailBackend  # type: ignore[import-untyped]
from django.core.mail.utils import DNS_NAME  # type: ignore[import-untyped]

from tests.clients.programs import program, unpacked
from tests.talk import Listening

SENDER: Final = "app@shop.test"
RECIPIENTS: Final = ("a@shop.test", "b@shop.test")
SUBJECT: Final = "Invoice 7"
TEXT: Final = "Dear customer,\n\nplease pay.\n"
SECONDS: Final = 2.0
"""How long the clients wait for a reply."""
USER: Final = ("ann", "sesame")
_NAME: Final = "client.test"
_WITHOUT_CODE: Final = (28, 56, 60)
"""curl's exit status after a timeout, where receiving failed, and for a certificate."""
_JSON: Final = {"from": SENDER, "to": RECIPIENTS, "subject": SUBJECT, "text": TEXT}
_SCRIPT: Final = Path(__file__).with_name("nodemailer_outcome.cjs")

Witness = Callable[..., str]
"""Sends a message to two recipients.

login: whether as USER. trusted: the file of an authority; with it, TLS is begun by STARTTLS.
"""


def by_smtplib(server: Listening, *, login: bool = False, trusted: Path | None = None) -> str:
    """`with smtplib.SMTP(...)`, as the standard library's examples have it."""
    try:
        with smtplib.SMTP(server.host, server.port, _NAME, SECONDS) as client:
            if trusted is not None:
                client.starttls(context=ssl.create_default_context(cafile=trusted))
            if login:
                client.login(*USER)
            refused = client.send_message(_message())
    except (smtplib.SMTPException, OSError) as error:
        return _heard(error)
    return _sent({address: code for address, (code, _) in refused.items()})


def by_django(server: Listening, *, login: bool = False, trusted: Path | None = None) -> str:
    """Django's backend, as `EmailMessage.send` uses it."""
    backend = _django_backend(server, *(USER if login else ()), tls=trusted is not None)
    if trusted is not None:
        backend.ssl_context = ssl.create_default_context(cafile=trusted)
    mail = django.core.mail.EmailMessage(SUBJECT, TEXT, SENDER, RECIPIENTS)
    try:
        return "sent" if backend.send_messages([mail]) == 1 else "not sent"
    except (smtplib.SMTPException, OSError) as error:
        return _heard(error)
    finally:
        # It leaves the connection open where a login fails.
        with suppress(smtplib.SMTPException, OSError):
            backend.close()


def by_aiosmtplib(server: Listening, *, login: bool = False, trusted: Path | None = None) -> str:
    """aiosmtplib's `connect`, `send_message` and `quit`, as its `send` does."""

    async def sending() -> dict[str, aiosmtplib.response.SMTPResponse]:
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=USER[0] if login else None,
            password=USER[1] if login else None,
            local_hostname=_NAME,
            timeout=SECONDS,
            start_tls=trusted is not None,
            tls_context=ssl.create_default_context(cafile=trusted) if trusted else None,
        )
        try:
            async with client:
                refused, _ = await client.send_message(_message())
        finally:
            # It leaves the connection open where a login fails.
            client.close()
            # A socket whose handshake failed is closed some turns of the loop later.
            await asyncio.sleep(0.05)
        return refused

    try:
        refused = asyncio.run(sending())
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = {one.recipient: one.code for one in error.recipients}
        return f"SMTPRecipientsRefused {_codes(codes)}"
    except aiosmtplib.SMTPResponseException as error:
        return f"{type(error).__name__} {error.code}"
    except (aiosmtplib.SMTPException, OSError) as error:
        return type(error).__name__
    return _sent({address: answer[0] for address, answer in refused.items()})


def by_nodemailer(server: Listening, *, login: bool = False, trusted: Path | None = None) -> str:
    """nodemailer's `sendMail`."""
    transport = _transport(server)
    if trusted is not None:
        secure = {"requireTLS": True, "tls": {"ca": [trusted.read_text()]}}
        transport |= {"ignoreTLS": False, **secure}
    if login:
        transport["auth"] = dict(zip(("user", "pass"), USER, strict=True))
    modules = unpacked("node/node_modules/nodemailer").parent
    done = subprocess.run(
        [program("node"), _SCRIPT],
        input=json.dumps({"transport": transport, "message": _JSON}),
        capture_output=True,
        text=True,
        env={"NODE_PATH": str(modules)},
        timeout=60,
        check=True,
    )
    return _told(done.stdout)


def by_curl(server: Listening, *, login: bool = False, trusted: Path | None = None) -> str:
    """curl, which gives up at the first recipient that is refused."""
    options = ["--user", ":".join(USER)] if login else []
    for recipient in RECIPIENTS:
        options += ["--mail-rcpt", recipient]
    if trusted is not None:
        # A handshake is a part of connecting.
        options += ["--ssl-reqd", "--cacert", str(trusted), "--connect-timeout", str(SECONDS)]
    done = subprocess.run(
        [
            program("curl"),
            *("--disable", "--silent", "--noproxy", "*", "--write-out", "%{response_code}"),
            *("--mail-from", SENDER, "--upload-file", "-", *options),
            f"smtp://{server.host}:{server.port}/{_NAME}",
        ],
        input=_message().as_bytes().replace(b"\n", b"\r\n"),
        capture_output=True,
        timeout=60,
        check=False,
    )
    if not done.returncode:
        return "sent"
    if done.returncode in _WITHOUT_CODE:
        # The code is then that of an earlier reply, or none.
        return f"exit {done.returncode}"
    return f"exit {done.returncode} {done.stdout.decode()}"


WITNESSES: Final[Mapping[str, Witness]] = {
    "smtplib": by_smtplib,
    "django": by_django,
    "aiosmtplib": by_aiosmtplib,
    "nodemailer": by_nodemailer,
    "curl": by_curl,
}


Pooled = Callable[[Listening, Callable[[], object]], str]
"""Sends a message, does something else, sends another on the same connection: what came of it."""


def pooled_by_smtplib(server: Listening, between: Callable[[], object]) -> str:
    """One `smtplib.SMTP` for both."""
    client = smtplib.SMTP(server.host, server.port, _NAME, SECONDS)
    try:
        client.send_message(_message())
        between()
        return _sent({who: code for who, (code, _) in client.send_message(_message()).items()})
    except (smtplib.SMTPException, OSError) as error:
        return _heard(error)
    finally:
        client.close()


def pooled_by_django(server: Listening, between: Callable[[], object]) -> str:
    """A connection that is opened by the application, as its documentation has it."""
    backend = _django_backend(server)
    mail = django.core.mail.EmailMessage(SUBJECT, TEXT, SENDER, RECIPIENTS)
    backend.open()
    backend.send_messages([mail])
    between()
    try:
        return "sent" if backend.send_messages([mail]) == 1 else "not sent"
    except (smtplib.SMTPException, OSError) as error:
        return _heard(error)
    finally:
        backend.close()


def pooled_by_aiosmtplib(server: Listening, between: Callable[[], object]) -> str:
    """One `aiosmtplib.SMTP` for both."""

    async def sending() -> None:
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=_NAME,
            timeout=SECONDS,
            start_tls=False,
        )
        await client.connect()
        try:
            await client.send_message(_message())
            await asyncio.to_thread(between)
            await client.send_message(_message())
        finally:
            client.close()

    try:
        asyncio.run(sending())
    except (aiosmtplib.SMTPException, OSError) as error:
        return type(error).__name__
    return "sent"


def pooled_by_nodemailer(server: Listening, between: Callable[[], object]) -> str:
    """nodemailer with `pool`."""
    transport = _transport(server) | {"pool": True, "maxConnections": 1}
    with subprocess.Popen(
        [program("node"), _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"NODE_PATH": str(unpacked("node/node_modules/nodemailer").parent)},
    ) as node:
        assert node.stdin is not None
        assert node.stdout is not None
        node.stdin.write(json.dumps({"transport": transport, "message": _JSON}) + "\n")
        node.stdin.flush()
        assert _told(node.stdout.readline()) == "sent"
        between()
        node.stdin.write(json.dumps({"message": _JSON}) + "\n")
        node.stdin.close()
        return _told(node.stdout.readline())


POOLED: Final[Mapping[str, Pooled]] = {
    "smtplib": pooled_by_smtplib,
    "django": pooled_by_django,
    "aiosmtplib": pooled_by_aiosmtplib,
    "nodemailer": pooled_by_nodemailer,
}


def _django_backend(
    server: Listening, user: str = "", password: str = "", *, tls: bool = False
) -> EmailBackend:
    if not django.conf.settings.configured:
        django.conf.settings.configure()
        django.setup()
    DNS_NAME._fqdn = _NAME
    with warnings.catch_warnings():
        # Django 6.1 has another way, which no older one has.
        warnings.simplefilter("ignore")
        return EmailBackend(server.host, server.port, user, password, use_tls=tls, timeout=SECONDS)


def _transport(server: Listening) -> dict[str, object]:
    """Return options of nodemailer."""
    return {
        "host": server.host,
        "port": server.port,
        "name": _NAME,
        "ignoreTLS": True,
        "socketTimeout": SECONDS * 1000,
    }


def _told(line: str) -> str:
    """Return what the script for nodemailer printed, in a few words."""
    outcome = json.loads(line)
    if "code" in outcome:
        return " ".join(str(outcome[key]) for key in ("code", "responseCode") if key in outcome)
    return " ".join(("sent", *(f"but {one[0]}" for one in outcome["rejected"])))


def _message() -> EmailMessage:
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = ", ".join(RECIPIENTS)
    message["Subject"] = SUBJECT
    message.set_content(TEXT)
    return message


def _heard(error: Exception) -> str:
    name = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"{name} {_codes({who: code for who, (code, _) in error.recipients.items()})}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{name} {error.smtp_code}"
    return name


def _sent(refused: Mapping[str, int]) -> str:
    return f"sent but {_codes(refused)}" if refused else "sent"


def _codes(refused: Mapping[str, int]) -> str:
    return ", ".join(f"{address[0]} {code}" for address, code in refused.items())
