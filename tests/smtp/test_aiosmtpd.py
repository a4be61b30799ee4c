"""What is leaned on in aiosmtpd, and what its users may go on using."""

from __future__ import annotations

import asyncio
import inspect
import smtplib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosmtpd.smtp
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from aiosmtpd.proxy_protocol import AF, ProxyData
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, auth_mechanism

from mailcatch import Catcher
from mailcatch.smtp.connection import Connection
from tests.reading import close_of, ended_session, messages, transactions
from tests.talk import Talk

Start = Callable[..., Catcher]


REPLACED = """
    _call_handler_hook _handle_client _set_post_data_state _set_rset_state challenge_auth
    check_auth_needed connection_lost connection_made data_received eof_received handle_exception
    push smtp_AUTH smtp_DATA smtp_EHLO smtp_EXPN smtp_HELO smtp_HELP smtp_MAIL smtp_NOOP smtp_QUIT
    smtp_RCPT smtp_RSET smtp_STARTTLS smtp_VRFY auth_LOGIN auth_PLAIN
"""
CALLED = "_authenticate _create_envelope _create_session"


@pytest.mark.parametrize("name", REPLACED.split())
def test_a_method_that_is_replaced_is_still_there_to_be_replaced(name: str) -> None:
    theirs, ours = getattr(SMTP, name), getattr(Connection, name)
    assert theirs is not ours
    assert inspect.iscoroutinefunction(theirs) == inspect.iscoroutinefunction(ours)


@pytest.mark.parametrize("name", CALLED.split())
def test_a_method_that_is_called_is_still_there(name: str) -> None:
    assert getattr(Connection, name) is getattr(SMTP, name)
    assert not inspect.iscoroutinefunction(getattr(SMTP, name))


def test_what_the_constructor_of_aiosmtpd_sets_is_known() -> None:
    """Ours does not call it; a new name here may be one that an inherited method needs."""
    source = inspect.getsource(SMTP.__init__)
    names = {
        line.split("=")[0].split(":")[0].strip().removeprefix("self.")
        for line in source.splitlines()
        if line.strip().startswith("self.") and "=" in line
    }
    assert names == {
        "__ident__",
        "_auth_callback",
        "_auth_methods",
        "_auth_require_tls",
        "_auth_required",
        "_authenticator",
        "_call_limit_base",
        "_call_limit_default",
        "_decode_data",
        "_ehlo_hook_ver",
        "_enforce_call_limit",
        "_handle_hooks",
        "_handler_coroutine",
        "_original_transport",
        "_proxy_timeout",
        "_smtp_methods",
        "_timeout_duration",
        "_timeout_handle",
        "_tls_handshake_okay",
        "_tls_protocol",
        "data_size_limit",
        "enable_SMTPUTF8",
        "envelope",
        "event_handler",
        "hostname",
        "loop",
        "require_starttls",
        "session",
        "tls_context",
        "transport",
    }


def test_sessions_and_envelopes_have_the_attributes_that_are_set() -> None:
    assert "_missing" not in vars(Envelope())
    assert {"mail_from", "mail_options", "smtp_utf8", "content", "original_content"} <= vars(
        Envelope()
    ).keys()
    loop = asyncio.new_event_loop()
    try:
        assert {"peer", "ssl", "host_name", "extended_smtp", "auth_data", "_login_data"} <= vars(
            Session(loop)
        ).keys()
    finally:
        loop.close()
    assert hasattr(aiosmtpd.smtp, "_Missing")


class Choosy:
    """An aiosmtpd handler with most hooks."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.content: bytes | str | None = None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, host: str, lines: list[str]
    ) -> list[str]:
        self.called.append("EHLO")
        session.host_name = host
        return [*lines[:-1], "250-X-OURS", lines[-1]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.called.append(f"MAIL {address} {options}")
        envelope.mail_from = address
        return "250 sender taken"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("no"):
            return "550 not here"
        envelope.rcpt_tos.append(address)
        return "250 recipient taken"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.called.append(f"DATA {envelope.mail_from} {envelope.rcpt_tos}")
        self.content = envelope.content
        if b"broken" in (envelope.original_content or b""):
            raise RuntimeError("secret\r\n250 injected \x1b[31m")
        return "554 no spam" if b"spam" in (envelope.original_content or b"") else "250 thanks"

    async def handle_NOOP(
        self, server: SMTP, session: Session, envelope: Envelope, arg: str
    ) -> str:
        return "250 nothing done"


def test_a_handler_of_aiosmtpd_is_called_and_answers(start: Start, mailbox: Path) -> None:
    handler = Choosy()
    with Talk(start(handler=handler)) as talk:
        assert b"250-X-OURS\r\n250 HELP\r\n" in talk.ask(b"EHLO x")
        assert talk.ask(b"NOOP") == b"250 nothing done\r\n"
        assert talk.ask(b"MAIL FROM:<a@b> size=10") == b"250 sender taken\r\n"
        assert talk.ask(b"RCPT TO:<nobody@d>") == b"550 not here\r\n"
        assert talk.ask(b"RCPT TO:<c@d>") == b"250 recipient taken\r\n"
        talk.ask(b"DATA")
        assert talk.ask(b"fine\r\n.") == b"250 thanks\r\n"
        assert talk.send(b"spam\r\n") == b"554 no spam\r\n"
    assert handler.called[:3] == ["EHLO", "MAIL a@b ['SIZE=10']", "DATA a@b ['c@d']"]
    assert messages(mailbox) == [b"fine\r\n"]


def test_a_handler_of_aiosmtpd_gets_what_came_in_chunks(start: Start, mailbox: Path) -> None:
    handler = Choosy()
    with Talk(start(handler=handler)) as talk:
        for content, reply in ((b"fine\n\0", b"250 thanks\r\n"), (b"spam", b"554 no spam\r\n")):
            talk.open_transaction()
            talk.say(b"BDAT 5\r\n" + b"x" * 5 + b"BDAT %d LAST\r\n" % len(content) + content)
            assert talk.hear() == b"250 2.0.0 Ok: 5 octets\r\n"
            assert talk.hear() == reply
    assert handler.content == b"xxxxxspam"
    assert messages(mailbox) == [b"xxxxxfine\n\0"]


def test_the_error_of_a_handler_shows_nothing_and_ends_nothing(
    start: Start, mailbox: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Talk(start(handler=Choosy())) as talk:
        assert talk.send(b"broken\r\n") == b"451 4.3.0 Internal error, the message was not kept\r\n"
        assert talk.send(b"fine\r\n") == b"250 thanks\r\n"
    assert messages(mailbox) == [b"fine\r\n"]
    assert [one.outcome for one in transactions(mailbox)] == ["refused", "stored"]
    assert "a handler failed" in caplog.text


class Own(Connection):
    """A subclass, as users of aiosmtpd write them."""

    async def smtp_XECHO(self, arg: str | None) -> None:
        await self.push("250-read on")
        line = await self._reader.readline()
        exact = await self._reader.readexactly(3)
        rest = await self._reader.readuntil(b"!")
        some = await self._reader.read(2)
        self._writer.write(b"250 " + b"|".join([line.strip(), exact, rest, some]) + b"\xff\r\n")
        await self._writer.drain()

    async def smtp_XYZZY(self, arg: str | None) -> None:
        await self.push(f"250 nothing happens {arg}")

    @auth_mechanism("X-MAGIC")
    async def auth_magic(self, _: Any, args: list[str]) -> AuthResult:
        word = await self.challenge_auth("word?")
        return AuthResult(success=word == b"please", handled=False)


class Collecting(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.subjects: list[str] = []

    def handle_message(self, message: Any) -> None:
        self.subjects.append(message["Subject"])


def check(_mechanism: str, login: bytes, password: bytes) -> bool:
    return (login, password) == (b"user", b"right")


def test_a_subclass_runs_under_the_controller_of_aiosmtpd() -> None:
    handler = Collecting()

    class Ours(Controller):
        def factory(self) -> SMTP:
            return Own(handler, auth_callback=check, auth_require_tls=False)

    controller = Ours(handler, hostname="127.0.0.1", port=0)
    # Its own port, because the controller of aiosmtpd cannot take a free one.
    controller.port = free_port()
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", controller.port) as client:
            client.ehlo()
            assert client.docmd("XYZZY", "here") == (250, b"nothing happens here")
            client.send(b"XECHO\r\na line\r\nabcde!fg")
            assert client.getreply() == (250, b"read on\na line|abc|de!|fg\xff")
            assert client.docmd("AUTH", "X-MAGIC") == (334, b"d29yZD8=")
            assert client.docmd("bm8=")[0] == 535
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("user", "wrong")
            client.login("user", "right")
            client.sendmail("a@b", ["c@d"], b"Subject: through\r\n\r\n")
    finally:
        controller.stop()
    assert handler.subjects == ["through"]


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_credentials_are_a_login_and_a_password(start: Start) -> None:
    seen: list[object] = []

    class Peeking:
        async def handle_MAIL(
            self,
            server: SMTP,
            session: Session,
            envelope: Envelope,
            address: str,
            options: list[str],
        ) -> str:
            seen.append(session.auth_data)
            envelope.mail_from = address
            return "250 ok"

    with Talk(start(handler=Peeking())) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"AUTH PLAIN AGEAYg==")
        talk.ask(b"MAIL FROM:<a@b>")
    assert seen == [LoginPassword(b"a", b"b")]


class Doorman:
    """Looks at the header that a proxy sends."""

    def __init__(self) -> None:
        self.seen: list[ProxyData] = []

    async def handle_PROXY(
        self, server: SMTP, session: Session, envelope: Envelope, data: ProxyData
    ) -> bool:
        assert session.proxy_data is data
        self.seen.append(data)
        return str(data.src_addr) != "203.0.113.66"


@pytest.mark.parametrize(
    ("header", "family", "source"),
    [
        (b"PROXY TCP4 203.0.113.7 192.0.2.1 50123 25\r\n", AF.INET, ("203.0.113.7", 50123)),
        (b"PROXY TCP6 2001:db8::7 ::1 50123 25\r\n", AF.INET6, ("2001:db8::7", 50123)),
        (b"PROXY UNKNOWN\r\n", AF.UNSPEC, ("None", None)),
    ],
)
def test_a_handler_sees_the_header_of_a_proxy(
    start: Start, header: bytes, family: AF, source: tuple[str, int | None]
) -> None:
    handler = Doorman()
    with Talk(start(handler=handler, proxy_protocol=True), greeting=False) as talk:
        talk.say(header)
        assert talk.hear().startswith(b"220 ")
    (data,) = handler.seen
    assert data.valid
    assert (data.version, data.family) == (1, family)
    assert (str(data.src_addr), data.src_port) == source


def test_a_handler_turns_away_a_client_of_a_proxy(start: Start, mailbox: Path) -> None:
    with Talk(start(handler=Doorman(), proxy_protocol=True), greeting=False) as talk:
        talk.say(b"PROXY TCP4 203.0.113.66 192.0.2.1 50123 25\r\n")
        assert talk.rest() == b""
    assert "does not want" in close_of(ended_session(mailbox)).reason


async def test_the_option_of_aiosmtpd_expects_a_proxy() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(proxy_protocol_timeout=0.1), "127.0.0.1", 0
    )
    async with server:
        for said, heard in ((b"PROXY UNKNOWN\r\n", b"220 "), (b"", b"")):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(said)
            assert (await reader.read(4)) == heard
            writer.close()
            await writer.wait_closed()
