"""One client's connection: the session, from the greeting to the close."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final, Unpack

from mailcatch.smtp import command, reply
from mailcatch.smtp.address import Security
from mailcatch.smtp.aiosmtpd import MISSING
from mailcatch.smtp.endpoint import Endpoint
from mailcatch.smtp.extensions import VERBS
from mailcatch.smtp.heartbeat import Heartbeat
from mailcatch.smtp.notes import Note
from mailcatch.smtp.outbox import Outbox
from mailcatch.smtp.policy import Facts, Stage
from mailcatch.smtp.reading import LineTooLongError
from mailcatch.smtp.receiving import STUCK_SECONDS
from mailcatch.smtp.recorder import Forgetful
from mailcatch.smtp.service import AiosmtpdOptions, Service, service_of
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.transaction import Outcome
from mailcatch.smtp.turning import Turning
from mailcatch.smtp.verbs import FORMS, METHODS
from mailcatch.smtp.verdicts import Status

log = logging.getLogger("mailcatch.smtp")


class Connection(Turning):
    """One client's connection, usable wherever `aiosmtpd.smtp.SMTP` is.

    handler: an aiosmtpd handler, whose `handle_*` and `auth_*` methods are called, or None.
    service: what it shares with the server's other connections; without it, aiosmtpd's options
        describe a service of its own, with aiosmtpd's defaults.
    heartbeat, outbox: the timer, and the way for replies, that it shares with them.
    security: how its listener speaks TLS; by default it offers STARTTLS where the service can.
    proxied: whether a PROXY header stands in front of the session.
    """

    # Whether this class is the server's own: where it is not, other people's methods are at work.
    _own: ClassVar = True
    _stopping: SessionOver | None = None
    _stuck_told = False
    _disturbed = -1.0

    def __init_subclass__(cls, *, own: bool = False) -> None:
        super().__init_subclass__()
        cls._own = own

    def __init__(
        self,
        handler: object = None,
        *,
        service: Service | None = None,
        heartbeat: Heartbeat | None = None,
        outbox: Outbox | None = None,
        security: Security | None = None,
        proxied: bool = False,
        loop: asyncio.AbstractEventLoop | None = None,
        **options: Unpack[AiosmtpdOptions],
    ) -> None:
        self.loop = loop or asyncio.get_running_loop()
        self._foreign = handler is not None or not self._own
        super().__init__(service or service_of(options), heartbeat, outbox)
        self.event_handler = handler
        self.hostname = self.service.hostname
        self.tls_context = self.service.tls_context
        self._authenticator = self.service.authenticator
        self._auth_callback = self.service.auth_callback
        self._auth_required = self.service.auth_required
        if security is None:
            security = Security.STARTTLS if self.service.keyring else Security.NONE
        self._offers_starttls = (
            security is Security.STARTTLS and "STARTTLS" not in self.service.without
        )
        self._implicit = security is Security.IMPLICIT
        self._proxied = proxied or options.get("proxy_protocol_timeout") is not None
        self._strict = self.service.requires_tls
        self._commands_left = self.service.limits.commands

    def _greet(self, transport: asyncio.Transport) -> None:
        service = self.service
        service.connections += 1
        peer = transport.get_extra_info("peername")
        self._client = Endpoint.of(peer)
        self._destination = Endpoint.of(transport.get_extra_info("sockname"))
        self._trusted = self._client.local
        client, server = str(self._client), str(self._destination)
        self.facts = Facts(client, server, service.connections)
        self.facts.tls = self._encrypted
        self.session = self._create_session()
        self.session.peer = peer
        if self._proxied:
            # Who the client is has still to be said; and a header is no command.
            self.recorder = NOBODY
            self._untouched = self._unusual = False
        else:
            self._begin_record()
            if self._implicit:
                self._wrap()
        self._set_post_data_state()

    async def _handle_client(self) -> None:
        over = STOPPED
        service = self.service
        counted = service.live < service.limits.sessions
        service.live += counted
        try:
            if self._proxied and counted:
                await self._hear_proxy()
            await (self._converse() if counted else self._turn_away())
        except SessionOver as end:
            # Without its traceback, which holds this frame, nothing is left for the collector.
            over = self._over = end.with_traceback(None)
            self._leave_transaction(end)
            await self._hang_up(end)
        except asyncio.CancelledError:
            if self._interruption is not None:
                over = self._interruption
            raise
        except Exception:
            log.exception("the session with %s failed", self.facts.client)
            over = SessionOver("server", "error", "internal error")
        finally:
            self._over = over
            service.live -= counted
            self._heartbeat.remove(self)
            self._leave_transaction(over)
            if service.session_over is not None:
                self._forget_session(service.session_over)
            self.recorder.close(over.by, over.how, over.reason)
            if self.transport is not None and not self.transport.is_closing():
                self.transport.abort()

    def _forget_session(self, session_over: Callable[[Facts], None]) -> None:
        try:
            session_over(self.facts)
        except Exception as error:
            log.exception("the policy failed at the end of a session")
            self.service.report(f"the policy failed at the end of a session: {error}")

    async def _turn_away(self) -> None:
        if self._proxied:
            self._begin_record()
        reason = f"more than {self.service.limits.sessions} sessions at once"
        # Where TLS comes first nothing can be said yet.
        said = None if self._implicit else reply.TOO_MANY_SESSIONS
        raise SessionOver("server", "limit", reason, said)

    def _leave_transaction(self, over: SessionOver) -> None:
        self._end_transaction(Outcome.RESET if over.how == "quit" else Outcome.ABORTED)

    async def _converse(self) -> None:
        """Greet the client and obey it, until SessionOver."""
        if self._implicit:
            await self._secure()
            self.session.ssl = {"ssl_object": self._tls_protocol}
        await self._say_greeting()
        limits = self.service.limits
        while True:
            try:
                line = await self._next_line(limits.command_line, limits.idle)
            except LineTooLongError as too_long:
                self.recorder.note(Note("command-line-too-long", f"{too_long.octets} octets"))
                if command.announces_octets(too_long.beginning):
                    raise SessionOver("server", "limit", str(too_long), reply.LOST_TRACK) from None
                await self.push(reply.LINE_TOO_LONG)
                continue
            except OverflowError as endless:
                reason = f"a command line of {endless} octets had no end"
                raise SessionOver("server", "limit", reason, reply.ENDLESS_LINE) from None
            except TimeoutError:
                reason = f"no command came for {limits.idle:g} s"
                raise SessionOver("server", "idle", reason, reply.IDLE) from None
            if not line.endswith(b"\n"):
                if line:
                    self.recorder.client(self._shown(line, known=False), "")
                if self._interruption is not None:
                    raise self._interruption
                if self.facts.transactions:
                    self.recorder.note(Note("no-quit"))
                raise SessionOver("client", "eof", self._silence())
            try:
                await self._obey(line)
            except SessionOver:
                raise
            except Exception as error:  # noqa: BLE001 - a handler's mistake ends a command, no session
                await self.push(await self.handle_exception(error))

    def _silence(self) -> str:
        """Return what it means that the client sends no more."""
        return DISTRUST if self._just_secured else "the client sent no QUIT"

    def _why_gone(self, error: Exception | None) -> str:
        return DISTRUST if self._just_secured else super()._why_gone(error)

    @property
    def _just_secured(self) -> bool:
        """Whether there is TLS and the client said nothing since."""
        return self._commands_left == self._secured_at

    def _look(self, first: bytes) -> bool:
        """Close on a client that begins with a TLS handshake."""
        if not command.begins_tls(first):
            return True
        self._deaf = self._unusual = True
        self.recorder.note(Note("tls-on-plain-port", "use no TLS, or STARTTLS, on this port"))
        reason = "the client speaks TLS on a plain port"
        self.interrupt(SessionOver("server", "protocol", reason))
        return False

    def _obey(self, line: bytes) -> Awaitable[None]:
        """Record a command line; obey it when what is returned is awaited."""
        text, end, verb, argument = command.split(line)
        method = getattr(self, METHODS.get(verb) or f"smtp_{verb}", None)
        if end is not command.CRLF or verb == "AUTH" or method is None or self._guarded:
            self._record(text, end, known=method is not None)
        else:
            self.recorder.client(text, end)
        self._commands_left -= 1
        if self._commands_left < 0:
            reason = f"more than {self.service.limits.commands} commands"
            raise SessionOver("server", "limit", reason, reply.TOO_MANY_COMMANDS)
        self.facts.line = text
        if method is None:
            return self._unknown(text)
        if self._strict and not self._encrypted and verb not in BEFORE_TLS:
            return self.push(reply.STARTTLS_FIRST)
        obeying: Awaitable[None] = method(argument)
        return obeying

    def _record(self, text: bytes, end: str, *, known: bool) -> None:
        self.recorder.client(self._shown(text, known=known), end)
        if end is not command.CRLF:
            self._bare_lf_seen = True
            if self.facts.transaction is not None:
                self.facts.transaction.note(Note("bare-lf-command"))

    def _shown(self, text: bytes, *, known: bool) -> bytes:
        """Return a line as the transcript may have it. known: whether it is a command."""
        if self.service.show_credentials:
            return text
        masked = command.masked(text)
        if masked is not None:
            self._guarded = True
            return masked
        if known:
            self._guarded = False
        return command.MASK if self._guarded and text not in {b"", b"*"} else text

    async def _unknown(self, text: bytes) -> None:
        if command.is_http(text):
            self.recorder.note(Note("http-on-smtp-port"))
            raise SessionOver("server", "protocol", "the client speaks HTTP", reply.NOT_HTTP)
        if text == b"." and self._data_refused:
            # A client that pipelines sends the dot without waiting for the reply to DATA.
            await self.push(reply.NO_MESSAGE)
            return
        await self.push(reply.UNKNOWN_COMMAND)

    async def handle_exception(self, error: Exception) -> str:
        """Return the reply to a command whose handler failed; it shows nothing of the error."""
        asked = getattr(self.event_handler, "handle_exception", None)
        if asked is not None:
            return str(await asked(error))
        log.error("a handler failed in the session with %s", self.facts.client, exc_info=error)
        return reply.INTERNAL_ERROR.full

    async def _call_handler_hook(self, command: str, *args: Any) -> Any:
        if self.event_handler is None:
            return MISSING
        hook = getattr(self.event_handler, f"handle_{command}", None)
        if hook is None:
            return MISSING
        return await hook(self, self.session, self.envelope, *args)

    async def check_auth_needed(self, caller_method: str) -> bool:
        """Refuse a command that needs an authenticated client; return whether it was refused."""
        if self._auth_required and not self.session.authenticated:
            await self.push(reply.AUTH_REQUIRED)
            return True
        return False

    async def smtp_NOOP(self, arg: str | None) -> None:
        """Do nothing (RFC 5321 section 4.1.1.9)."""
        await self._simple(Stage.NOOP, reply.OK, arg)

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Verify nobody (RFC 5321 section 3.5.3)."""
        if await self.check_auth_needed("VRFY"):
            return
        if not arg:
            await self.push(reply.syntax(FORMS["VRFY"]))
            return
        await self._simple(Stage.VRFY, reply.NOT_VERIFIED, arg)

    async def smtp_EXPN(self, arg: str | None) -> None:
        """Expand nothing (RFC 5321 section 3.5.3)."""
        await self.push(reply.NOT_EXPANDED if arg else reply.syntax(FORMS["EXPN"]))

    async def smtp_ETRN(self, arg: str | None) -> None:
        """Start no queue: nothing waits here (RFC 1985)."""
        if not self._offers("ETRN"):
            await self.push(reply.NOT_IMPLEMENTED)
        elif not await self.check_auth_needed("ETRN"):
            await self.push(reply.NOTHING_WAITS if arg else reply.syntax(FORMS["ETRN"]))

    async def smtp_TURN(self, arg: str | None) -> None:
        """Refuse to change roles (RFC 5321 appendix F.1)."""
        await self.push(reply.NOT_IMPLEMENTED)

    async def smtp_HELP(self, arg: str | None) -> None:
        """List the commands, or show the form of one (RFC 5321 section 4.1.1.8)."""
        if not self._offers("HELP"):
            await self.push(reply.NOT_IMPLEMENTED)
            return
        form = FORMS.get((arg or "").upper())
        verbs = " ".join(verb for verb in FORMS if self._obeys(verb))
        text = f"Syntax: {form}" if form else f"Supported commands: {verbs}"
        await self.push(reply.Reply(214, "2.0.0", text))

    def _obeys(self, verb: str) -> bool:
        """Return whether a command works in this session, as far as that is told beforehand."""
        if verb == "STARTTLS":
            return self._offers_starttls
        return hasattr(self, METHODS[verb]) and (verb not in VERBS or self._offers(VERBS[verb]))

    async def smtp_QUIT(self, arg: str | None) -> None:
        """Say good-bye (RFC 5321 section 4.1.1.10)."""
        await self._simple(Stage.QUIT, reply.BYE)
        raise SessionOver("client", "quit")

    async def _simple(self, stage: Stage, normal: reply.Reply, *args: str | None) -> None:
        """Answer a command that changes nothing."""
        verdict = self._ask(stage)
        status: Status = normal
        if verdict is not None and verdict.said is not None:
            status = verdict.said
        else:
            given = await self._call_handler_hook(stage.name, *args)
            if given is not MISSING:
                status = given
        await self._answer(stage, verdict, status)

    def _while_quiet(self, now: float) -> None:
        if self._shaking or self._proxied:
            return
        incoming = self._incoming
        if incoming is not None:
            if (
                incoming.stuck
                and not self._stuck_told
                and now - self._waiting_since > STUCK_SECONDS
            ):
                self._stuck_told = True
                note = Note("bare-lf-end-of-data")
                self.recorder.note(note)
                if self.facts.transaction is not None:
                    self.facts.transaction.note(note)
            return
        if self._disturbed == self._waiting_since:
            return
        self.facts.quiet = now - self._waiting_since
        verdict = self._ask(Stage.IDLE)
        if verdict is not None:
            self._disturbed = self._waiting_since
            self._disturb(verdict)

    def _may_wait(self) -> bool:
        may = super()._may_wait()
        if self._stopping is not None:
            self._roused = True
            if self.facts.transaction is None:
                raise self._stopping
        return may

    def stop(self) -> None:
        """End the session: at once where it is idle, else when its transaction is over."""
        self._stopping = SessionOver("server", "stopped", "the server stopped", reply.CLOSING)
        self._roused = True
        if self._holding:
            self._wake()
        elif self.waits and self.facts.transaction is None:
            self.interrupt(self._stopping)


STOPPED: Final = SessionOver("server", "stopped", "the server stopped")
# Clients look at a certificate, or for the host in it, when TLS is there already.
DISTRUST: Final = "the client closed right after the handshake: it may want another certificate"
NOBODY: Final = Forgetful()
# BDAT refuses by itself: it has to read the chunk that follows.
BEFORE_TLS: Final = frozenset({"BDAT", "EHLO", "HELO", "LHLO", "NOOP", "QUIT", "STARTTLS"})
