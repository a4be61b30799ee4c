"""aiosmtplib."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import aiosmtplib

from mailcatch import Catcher
from tests.clients.conftest import DIFFICULT, HEADER
from tests.clients.kept import RECIPIENT, SENDER, kept, logins, only


def client_of(catcher: Catcher) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname=catcher.host, port=catcher.port, timeout=20)


async def test_sends_bytes_as_they_are(catcher: Catcher) -> None:
    await aiosmtplib.send(
        DIFFICULT,
        sender=SENDER,
        recipients=[RECIPIENT, "carol@example.com"],
        hostname=catcher.host,
        port=catcher.port,
    )

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT, "carol@example.com"])


async def test_sends_a_message_object(catcher: Catcher) -> None:
    message = EmailMessage()
    message["From"] = "Änn <ann@example.com>"
    message["To"] = RECIPIENT
    message["Subject"] = "Grüße"
    message.set_content("Hallo,\n.\nviele Grüße\n")

    await aiosmtplib.send(message, hostname=catcher.host, port=catcher.port)

    sent = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    assert only(catcher.mailbox).octets == sent
    assert only(catcher.mailbox).envelope == (SENDER, [RECIPIENT])


async def test_sends_to_addresses_in_utf8(catcher: Catcher) -> None:
    async with client_of(catcher) as client:
        await client.sendmail(
            "änn@example.com", ["日本@例え.jp"], DIFFICULT, mail_options=["SMTPUTF8"]
        )

    assert only(catcher.mailbox).octets == DIFFICULT
    assert only(catcher.mailbox).envelope == ("änn@example.com", ["日本@例え.jp"])


async def test_logs_in(catcher: Catcher) -> None:
    async with client_of(catcher) as client:
        await client.login("ann", "sesame")
        await client.sendmail(SENDER, [RECIPIENT], DIFFICULT)

    assert logins(catcher.mailbox) == [("CRAM-MD5", "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


async def test_logs_in_in_two_steps(catcher: Catcher) -> None:
    async with client_of(catcher) as client:
        await client.auth_login("ann", "sesame")
        await client.sendmail(SENDER, [RECIPIENT], DIFFICULT)

    assert logins(catcher.mailbox) == [("LOGIN", "ann")]
    assert only(catcher.mailbox).octets == DIFFICULT


async def test_sends_many_messages_at_once(catcher: Catcher) -> None:
    contents = {
        f"{number}@example.com": HEADER + b"\r\n" + b".%d\r\n" % number * number
        for number in range(30)
    }
    async with client_of(catcher) as one, client_of(catcher) as other:
        sending = [
            client.sendmail(sender, [RECIPIENT], content)
            for client, (sender, content) in zip([one, other] * 15, contents.items(), strict=True)
        ]
        await asyncio.gather(*sending)

    received = kept(catcher.mailbox)
    assert {message.transaction.sender: message.octets for message in received} == contents
    assert len(received) == len(contents)
