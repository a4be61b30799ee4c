"""The beginnings of a session: HELO, EHLO and STARTTLS."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import MISSING, Session

from mailcatch.smtp import reply
from mailcatch.smtp.delivery import Delivery
from mailcatch.smtp.path import printable
from mailcatch.smtp.policy import Stage, Verdict
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.verdicts import Status


class Hello(Delivery):
    """How client and server introduce themselves."""

    _tls_protocol: Any

    async def smtp_HELO(self, hostname: str | None) -> None:
        """Greet a client of RFC 821 (RFC 5321 section 4.1.1.1)."""
        await self._hello("HELO", hostname)

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """Greet a client and offer the extensions (RFC 5321 section 4.1.1.1)."""
        await self._hello("EHLO", hostname)

    async def _hello(self, verb: str, hostname: str | None) -> None:
        if not hostname:
            await self.push(reply.syntax(f"{verb} hostname"))
            return
        verdict = self._ask(Stage.EHLO)
        said = verdict.said if verdict is not None else None
        if said is not None and not said.positive:
            await self._answer(Stage.EHLO, verdict, said)
            return
        self._set_rset_state()
        self.session.extended_smtp = verb == "EHLO"
        self.facts.helo = hostname = printable(hostname)
        if verdict is not None or self._hidden:
            self._hide(verdict.hide if verdict is not None else frozenset())
        status = await (
            self._ehlo_reply(hostname, verdict) if verb == "EHLO" else self._helo_reply(hostname)
        )
        if said is not None:
            status = said
        await self._answer(Stage.EHLO, verdict, status)

    async def _helo_reply(self, hostname: str) -> Status:
        given = await self._call_handler_hook("HELO", hostname)
        if given is MISSING:
            self.session.host_name = hostname
            return f"250 {self.hostname}"
        answer: Status = given
        return answer

    def _hide(self, names: frozenset[str]) -> None:
        """Offer no extension of these names, until the next EHLO."""
        self._hidden = names
        self._enhanced = self.service.enhanced and "ENHANCEDSTATUSCODES" not in names

    async def _ehlo_reply(self, hostname: str, verdict: Verdict | None) -> Status:
        keywords = self.service.keywords(self.mechanisms, encrypted=self._encrypted)
        if verdict is not None:
            keywords = [
                f"SIZE {verdict.size}" if name == "SIZE" and verdict.size is not None else line
                for line in keywords
                if (name := line.partition(" ")[0]) not in verdict.hide
            ] + [*verdict.add]
        lines = [f"250-{line}" for line in (self.hostname, *keywords)]
        lines[-1] = lines[-1].replace("250-", "250 ", 1)
        given = await self._call_handler_hook("EHLO", hostname, lines)
        if given is MISSING:
            self.session.host_name = hostname
        else:
            lines = given
        return "\r\n".join(lines)

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Begin TLS where the service has a certificate for it (RFC 3207)."""
        verdict = self._ask(Stage.STARTTLS)
        if verdict is not None and verdict.said is not None:
            await self._answer(Stage.STARTTLS, verdict, verdict.said)
            return
        if self._encrypted:
            await self.push(reply.TLS_ACTIVE)
            return
        if self.tls_context is None or self.transport is None or "STARTTLS" in self._hidden:
            await self.push(reply.NOT_IMPLEMENTED)
            return
        if arg:
            await self.push(reply.NO_PARAMETERS)
            return
        # What came in plain text after STARTTLS counts for nothing (CVE-2024-34083). It is thrown
        # away before the handshake: afterwards the buffer may hold the first encrypted command.
        self._take()
        await self._answer(Stage.STARTTLS, verdict, reply.START_TLS)
        self.send_held()
        self._take()
        try:
            transport = await self.loop.start_tls(
                self.transport, self, self.tls_context, server_side=True
            )
        except (OSError, asyncio.IncompleteReadError) as error:
            reason = f"the TLS handshake failed: {type(error).__name__}"
            raise SessionOver("client", "tls", reason) from None
        if transport is None:
            raise SessionOver("client", "tls", "the client left in the TLS handshake")
        self.transport = transport
        self._encrypted = self.facts.tls = True
        self._tls_protocol = transport.get_extra_info("ssl_object")
        self._set_rset_state()
        peer = self.session.peer
        self.session = Session(self.loop)
        self.session.peer = peer
        self.session.ssl = {"ssl_object": self._tls_protocol}
        self.facts.helo = None
