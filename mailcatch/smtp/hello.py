"""The beginnings of a session: the greeting, HELO and EHLO."""

from __future__ import annotations

from mailcatch.smtp import reply
from mailcatch.smtp.aiosmtpd import MISSING
from mailcatch.smtp.path import printable
from mailcatch.smtp.policy import Stage, Verdict
from mailcatch.smtp.securing import Securing
from mailcatch.smtp.verdicts import Status


class Hello(Securing):
    """How client and server introduce themselves."""

    # Whether the client may speak for others.
    _trusted = False

    async def _say_greeting(self) -> None:
        """Speak first (RFC 5321 section 3.1)."""
        verdict = self._ask(Stage.CONNECT)
        greeting: Status = self._greeting()
        if verdict is not None and verdict.said is not None:
            greeting = verdict.said
        await self._answer(Stage.CONNECT, verdict, greeting)

    def _greeting(self) -> reply.Reply:
        return self.service.greeting

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
        self.session.extended_smtp = verb != "HELO"
        self.facts.helo = hostname = printable(hostname)
        if verdict is not None or self._hidden:
            self._hide(verdict.hide if verdict is not None else frozenset())
        status = await (
            self._helo_reply(hostname) if verb == "HELO" else self._ehlo_reply(hostname, verdict)
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

    async def _ehlo_reply(self, hostname: str, verdict: Verdict | None) -> Status:
        keywords = self.service.keywords(
            self._offered_mechanisms(),
            encrypted=self._encrypted,
            starttls=self._offers_starttls and not self._encrypted,
            trusted=self._trusted,
        )
        if verdict is not None:
            keywords = [
                f"SIZE {verdict.size}" if name == "SIZE" and verdict.size is not None else line
                for line in keywords
                if (name := line.partition(" ")[0].partition("=")[0]) not in verdict.hide
            ] + [*verdict.add]
        lines = [f"250-{line}" for line in (self.hostname, *keywords)]
        lines[-1] = lines[-1].replace("250-", "250 ", 1)
        given = await self._call_handler_hook("EHLO", hostname, lines)
        if given is MISSING:
            self.session.host_name = hostname
        else:
            lines = given
        return "\r\n".join(lines)
