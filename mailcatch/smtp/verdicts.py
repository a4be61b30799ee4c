"""Carrying out what a policy decided: waiting, answering, ending."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Final

from msgspec.structs import replace

from mailcatch.smtp.aiosmtpd import Session
from mailcatch.smtp.closing import Closing
from mailcatch.smtp.extensions import INSIDE_TLS
from mailcatch.smtp.policy import Ending, Facts, Firing, Stage, TlsFault, Verdict, When
from mailcatch.smtp.reply import NO_REPLY, Reply
from mailcatch.smtp.session_over import SessionOver

Status = str | bytes | Reply

_WHERE: Final = {
    When.BEFORE: "before",
    When.MIDDLE: "in the middle of",
    When.AFTER: "after",
}

log = logging.getLogger("mailcatch.smtp")


def positive(status: Status) -> bool:
    """Return whether a reply takes the command: 2xx or 3xx."""
    if isinstance(status, Reply):
        return status.positive
    return status[:1] in ("2", "3", b"2", b"3")


class Verdicts(Closing):
    """A connection that asks its policy and obeys it."""

    session: Session
    facts: Facts
    # Extensions that the last reply to EHLO kept from the client.
    _hidden: frozenset[str] = frozenset()

    @property
    def _extensions(self) -> set[str]:
        """The extensions that this session is offered."""
        offered = self.service.offered.keys() - self._hidden
        return offered if self._encrypted else offered - INSIDE_TLS

    def _offers(self, extension: str) -> bool:
        return extension in self.service.offered and extension not in self._hidden

    def _hide(self, names: frozenset[str]) -> None:
        """Offer no extension of these names, until the next EHLO."""
        self._hidden = names
        self._enhanced = self.service.enhanced and "ENHANCEDSTATUSCODES" not in names

    def _ask(self, stage: Stage) -> Verdict | None:
        if stage not in self.service.asked:
            return None
        try:
            return self.service.policy.decide(stage, self.facts)
        except Exception as error:
            log.exception("the policy failed at %s, and the server goes on as usual", stage)
            self.service.report(f"the policy failed at {stage}: {type(error).__name__}: {error}")
            return None

    def _answer(
        self, stage: Stage, verdict: Verdict | None, status: Status
    ) -> Coroutine[None, None, None]:
        """Answer a command whose effect is settled; to be awaited.

        status: the reply, which the caller has chosen already with the verdict in view.
        Raises SessionOver where the verdict ends the session.
        """
        return self.push(status) if verdict is None else self._carry_out(stage, verdict, status)

    async def _carry_out(self, stage: Stage, verdict: Verdict, status: Status) -> None:
        self._tell(stage, verdict)
        if verdict.delay:
            await self._pause(verdict.delay)
        if verdict.when is When.BEFORE:
            await self._end(stage, verdict)
        if _as_usual(verdict):
            await self.push(status)
        else:
            await self._utter(stage, verdict, self._octets(status))
        if verdict.when is When.AFTER:
            await self._end(stage, verdict)
        if _closes(verdict):
            raise over(stage, verdict, Ending.FIN)
        if verdict.reading:
            await self._pause(verdict.reading)

    def _tell(self, stage: Stage, verdict: Verdict) -> None:
        """Put what is done on purpose into the transcript, an event a rule."""
        for firing in verdict.firings or (Firing(""),):
            told = firing if firing.effect else replace(firing, effect=effect_of(verdict))
            self.recorder.fault(stage, told)

    def _disturb(self, verdict: Verdict) -> None:
        """Carry out what is wanted of a session that is quiet: say something unasked, or end it."""
        self._tell(Stage.IDLE, verdict)
        if verdict.said is not None and not verdict.silent:
            self._send_as_is(spoken(verdict, self._octets(verdict.said)) * verdict.repeat)
        if verdict.ending is not None:
            self.interrupt(over(Stage.IDLE, verdict, verdict.ending))
        elif _closes(verdict):
            self.interrupt(over(Stage.IDLE, verdict, Ending.FIN))

    async def _end(self, stage: Stage, verdict: Verdict) -> None:
        """End the session, or hold it for a while."""
        if verdict.ending is None:
            return
        if verdict.hang is None:
            raise over(stage, verdict, verdict.ending)
        await self._pause(verdict.hang)

    async def _utter(self, stage: Stage, verdict: Verdict, octets: bytes) -> None:
        """Send a reply in an unusual form."""
        octets = spoken(verdict, octets) * verdict.repeat
        rest = b""
        if verdict.when is When.MIDDLE and verdict.ending is not None:
            half = (len(octets) + 1) // 2
            octets, rest = octets[:half], octets[half:]
        await self._send_octets(octets, verdict.dribble)
        if verdict.when is When.MIDDLE:
            await self._end(stage, verdict)
        await self._send_octets(rest, verdict.dribble)

    async def _send_octets(self, octets: bytes, dribble: float) -> None:
        if not octets:
            return
        if not dribble:
            self._send_as_is(octets)
        else:
            self.recorder.server(octets.removesuffix(b"\r\n"))
            self.send_held()
            began = self.loop.time()
            for octet in octets:
                self._write(bytes((octet,)))
                await self._pause(dribble, began)
        await self.drained()

    def _send_as_is(self, octets: bytes) -> None:
        """Send octets after the replies that are held, with nothing added."""
        self.recorder.server(octets.removesuffix(b"\r\n"))
        self.send_held()
        self._write(octets)

    def _write(self, octets: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(octets)

    def _said(self, verdict: Verdict | None, status: Status) -> str:
        """Return a reply as text, or "" where the verdict keeps it from being sent."""
        if verdict is not None and (verdict.silent or verdict.said is NO_REPLY):
            return ""
        if verdict is not None and not _as_usual(verdict):
            octets = spoken(verdict, self._octets(status))
            return octets.decode(errors="replace").removesuffix("\r\n")
        if isinstance(status, Reply):
            return status.full if self._enhanced else status.bare
        return status if isinstance(status, str) else status.decode(errors="replace")


def spoken(verdict: Verdict, octets: bytes) -> bytes:
    """Return the octets that a verdict makes of a reply, said once.

    octets: the reply, without its last line end.
    """
    if verdict.raw is not None:
        octets = verdict.raw
    elif verdict.crlf:
        octets += b"\r\n"
    return octets if verdict.truncate is None else octets[: verdict.truncate]


def _as_usual(verdict: Verdict) -> bool:
    """Return whether the reply is sent in the usual form."""
    return (
        verdict.raw is None
        and verdict.truncate is None
        and verdict.crlf
        and verdict.repeat == 1
        and not verdict.dribble
        and verdict.when is not When.MIDDLE
    )


def _closes(verdict: Verdict) -> bool:
    """Return whether the session ends because it was said so (RFC 5321 section 3.8)."""
    return verdict.reply is not None and verdict.reply.code == 421 and not verdict.stays


def ends(verdict: Verdict) -> bool:
    """Return whether a verdict ends the session."""
    return _closes(verdict) or (verdict.ending is not None and verdict.hang is None)


def over(stage: Stage, verdict: Verdict, ending: Ending) -> SessionOver:
    """Return the end that a verdict brings about."""
    rules = ", ".join(one.rule for one in verdict.firings if one.rule and not one.dry)
    named = f"rule {rules}" if rules else "the policy"
    reason = f"{named} ended the session at {stage} ({ending})"
    return SessionOver("server", "fault", reason, ending=ending)


def effect_of(verdict: Verdict) -> str:
    """Return what a verdict does, in words for the transcript."""
    effects = []
    if verdict.delay:
        effects.append(f"delay {verdict.delay:g} s")
    if verdict.bandwidth:
        effects.append(f"read {verdict.bandwidth} octets a second")
    if verdict.reply is not None:
        effects.append(f"reply {verdict.reply.code}")
    if verdict.raw is not None:
        effects.append(f"send {len(verdict.raw)} raw octets")
    if verdict.dribble:
        effects.append(f"dribble an octet every {verdict.dribble:g} s")
    if verdict.truncate is not None:
        effects.append(f"truncate the reply to {verdict.truncate} octets")
    if not verdict.crlf:
        effects.append("leave out the line end")
    if verdict.repeat > 1:
        effects.append(f"say it {verdict.repeat} times")
    if verdict.ending is not None:
        effects.append(f"{_ending(verdict)} {_WHERE[verdict.when]} the reply")
    if verdict.reading:
        effects.append(f"read on after {verdict.reading:g} s")
    if verdict.hide:
        effects.append(f"hide {', '.join(sorted(verdict.hide))}")
    if verdict.add:
        effects.append(f"offer {', '.join(verdict.add)}")
    if verdict.size is not None:
        effects.append(f"offer SIZE {verdict.size}")
    effects += tls_effects(verdict.tls)
    if verdict.store is not None:
        effects.append("store" if verdict.store else "do not store")
    if verdict.bounce is not None:
        effects.append(f"bounce later with {verdict.bounce.reply.code}")
    return ", ".join(effects) or "nothing"


def tls_effects(fault: TlsFault) -> list[str]:
    """Return what is wrong with a handshake, in words."""
    effects = []
    if fault.certificate:
        effects.append(f"certificate {fault.certificate}")
    if fault.version:
        effects.append(f"TLS {fault.version} only")
    if fault.handshake:
        comes = fault.handshake in {"close", "garbage"}
        effects.append(f"{fault.handshake} {'instead of ' if comes else ''}the handshake")
    return effects


def _ending(verdict: Verdict) -> str:
    if verdict.ending is not Ending.HANG:
        return f"close with {verdict.ending}"
    return "hang" if verdict.hang is None else f"hang {verdict.hang:g} s"
