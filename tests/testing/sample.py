"""A test module as users write it, for the type checkers: test_typing.py runs them on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest

from mailcatch.testing import (
    Address,
    Attempt,
    Config,
    Endpoint,
    Expectation,
    ExtraServers,
    FaultRule,
    Link,
    Mailbox,
    MailServer,
    Message,
    django_settings,
)


@pytest.fixture(scope="session")
def mailcatch_config() -> Config:
    return Config(hostname="mail.test")


@pytest.fixture
def own_server() -> Iterator[MailServer]:
    with MailServer(port=0) as server:
        yield server


def test_message(mailcatch: Mailbox) -> None:
    message: Message = mailcatch.wait_for(to="bob@example.com", subject=re.compile("Reset"))
    several: list[Message] = mailcatch.wait_for(2, after=message, timeout=1.5)
    link: Link = message.link("/reset/", text="Reset")
    token: str = link.query["token"]
    to: list[Address] = message.to
    when: datetime = message.received_at
    content: bytes = message.attachment("*.pdf").content
    with mailcatch.expect(2, ordered=["a", "b"], header={"X-Tag": "a"}) as mails:
        assert [several, token, to, when, content]
    first: Message = mails.messages[0]
    assert first.code() == "1"


def test_faults(mailcatch: Mailbox) -> None:
    rule: FaultRule = mailcatch.fail("RCPT", 451, to="*@example.com", times=2, optional=True)
    with mailcatch.faults.at("eom").subject("x").lost("rst").times(1):
        pass
    attempts: list[Attempt] = mailcatch.attempts(to="bob@example.com")
    assert [one.reply.code for one in attempts] == [451] * rule.fired
    mailcatch.clock.advance("10m")


def test_more_servers(make_mailcatch: ExtraServers, mailcatch_server: MailServer) -> None:
    secure: Mailbox = make_mailcatch(tls="starttls", auth_users={"app": "secret"})
    closed: Endpoint = make_mailcatch.refused()
    expected: Expectation = secure.expect(subject=re.compile("x"), where=lambda mail: mail.size > 1)
    with mailcatch_server.inbox(isolation="port") as inbox:
        assert [inbox.addr, secure.url, closed.env("SMTP"), expected.messages]
    assert django_settings(secure)


async def test_async(mailcatch: Mailbox) -> None:
    message: Message = await mailcatch.async_wait_for(sender="a@example.com")
    several: list[Message] = await mailcatch.async_wait_for(3)
    assert message in several
