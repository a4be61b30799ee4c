"""What an application hears when its client library meets a fault, in a few words.

"sent", "sent but b 550" (a partial refusal that it is told of), or the error and the code that it
carries: "SMTPDataError 421".
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import subprocess
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
_NOTHING_CAME: Final = 56
"""curl's exit status where receiving failed."""
_SCRIPT: Final = Path(__file__).with_name("nodemailer_outcome.cjs")

Witness = Callable[..., str]
"""Sends a message to two recipients; login: whether as USER."""


def by_smtplib(server: Listening, *, login: bool = False) -> str:
    """`with smtplib.SMTP(...)`, as the standard library's examples have it."""
    try:
        with smtplib.SMTP(server.host, server.port, _NAME, SECONDS) as client:
            if login:
                client.login(*USER)
            refused = client.send_message(_message())
    except (smtplib.SMTPException, OSError) as error:
        return _heard(error)
    return _sent({address: code for address, (code, _) in refused.items()})


def by_django(server: Listening, *, login: bool = False) -> str:
    """Django's backend, through `EmailMessage.send`."""
    if not django.conf.settings.configured:
        django.conf.settings.configure()
        django.setup()
    DNS_NAME._fqdn = _NAME
    user, password = USER if login else ("", "")
    backend = EmailBackend(server.host, server.port, user, password, timeout=SECONDS)
    mail = django.core.mail.EmailMessage(SUBJECT, TEXT, SENDER, RECIPIENTS, connection=backend)
    try:
        return "sent" if mail.send() == 1 else "not sent"
    except (smtplib.SMTPException, OSError) as error:
        return _heard(error)
    finally:
        # It leaves the connection open where a login fails.
        with suppress(smtplib.SMTPException, OSError):
            backend.close()


def by_aiosmtplib(server: Listening, *, login: bool = False) -> str:
    """aiosmtplib's `connect`, `send_message` and `quit`, as its `send` does."""

    async def sending() -> dict[str, aiosmtplib.response.SMTPResponse]:
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=USER[0] if login else None,
            password=USER[1] if login else None,
            local_hostname=_NAME,
            timeout=SECONDS,
            start_tls=False,
        )
        try:
            async with client:
                refused, _ = await client.send_message(_message())
        finally:
            # It leaves the connection open where a login fails.
            client.close()
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


def by_nodemailer(server: Listening, *, login: bool = False) -> str:
    """nodemailer's `sendMail`."""
    transport: dict[str, object] = {
        "host": server.host,
        "port": server.port,
        "name": _NAME,
        "ignoreTLS": True,
        "socketTimeout": SECONDS * 1000,
    }
    if login:
        transport["auth"] = dict(zip(("user", "pass"), USER, strict=True))
    message = {"from": SENDER, "to": RECIPIENTS, "subject": SUBJECT, "text": TEXT}
    modules = unpacked("node/node_modules/nodemailer").parent
    done = subprocess.run(
        [program("node"), _SCRIPT],
        input=json.dumps({"transport": transport, "message": message}),
        capture_output=True,
        text=True,
        env={"NODE_PATH": str(modules)},
        timeout=60,
        check=True,
    )
    outcome = json.loads(done.stdout)
    if "code" in outcome:
        return " ".join(str(outcome[key]) for key in ("code", "responseCode") if key in outcome)
    return " ".join(("sent", *(f"but {one[0]}" for one in outcome["rejected"])))


def by_curl(server: Listening, *, login: bool = False) -> str:
    """curl, which gives up at the first recipient that is refused."""
    options = ["--user", ":".join(USER)] if login else []
    for recipient in RECIPIENTS:
        options += ["--mail-rcpt", recipient]
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
    if done.returncode == _NOTHING_CAME:
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
