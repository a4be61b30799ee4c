"""ATRN: the roles are reversed, and the server sends the mail that waits (RFC 2645)."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from mailcatch.smtp import reply
from mailcatch.smtp.dot import in_whole_lines, stuffed
from mailcatch.smtp.path import Path
from mailcatch.smtp.proxying import Proxying
from mailcatch.smtp.reading import LineTooLongError
from mailcatch.smtp.relay import Relay, Waiting
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.transaction import Recipient

_DOMAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")
_MOST_DOMAINS: Final = 1_000
# RFC 5321 section 4.5.3.1.5 has 512 octets; servers say more.
_LONGEST_LINE: Final = 4_096
_MOST_LINES: Final = 200
_REPLY: Final = re.compile(rb"[2-5][0-9]{2}(?:[ -].*)?", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORTION: Final = 64 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What the other side answered to a command. text: all of it, on one line."""

    code: int
    text: str
    keywords: frozenset[str]

    @property
    def positive(self) -> bool:
        """Whether the command was taken."""
        return self.code < 400

    @property
    def final(self) -> bool:
        """Whether nothing is to be tried again: it was taken, or refused for good."""
        return not 400 <= self.code < 500


class Turning(Proxying):
    """The verb ATRN, and what follows it."""

    # Whether the roles are reversed.
    _turned = False

    async def smtp_ATRN(self, arg: str | None) -> None:
        """Turn around, where mail waits for the domains asked for (RFC 2645 section 5.2)."""
        relay = self.service.relay
        if relay is None or not self._offers("ATRN"):
            await self.push(reply.NOT_IMPLEMENTED)
            return
        domains = _domains(arg)
        if not self.session.authenticated:
            await self.push(reply.AUTH_REQUIRED)
        elif self.facts.transaction is not None:
            await self.push(reply.NOT_IN_TRANSACTION)
        elif domains is None:
            await self.push(reply.syntax("ATRN [domain[,domain...]]"))
        else:
            await self._turn(relay, domains)

    async def _turn(self, relay: Relay, domains: tuple[str, ...]) -> None:
        try:
            waiting = await relay.take(domains)
        except OSError as error:
            self.service.report(f"the mail that waits cannot be read: {error}")
            await self.push(reply.CANNOT_TURN)
            return
        try:
            if not waiting:
                await self.push(reply.NO_MAIL)
                return
            await self.push(reply.TURNING)
            self.send_held()
            self.recorder.turned(domains, len(waiting))
            self._turned = True
            await self._deliver(relay, waiting)
        except SessionOver as over:
            if not self._turned:
                raise
            # Who asks no questions any more has no replies to say.
            raise SessionOver(over.by, over.how, over.reason, ending=over.ending) from None
        finally:
            relay.give_back(waiting)
        raise SessionOver("server", "quit", "the mail that waited was sent")

    def _while_quiet(self, now: float) -> None:
        if not self._turned:
            super()._while_quiet(now)

    async def _deliver(self, relay: Relay, waiting: list[Waiting]) -> None:
        """Be the client of a session. Raises SessionOver where it breaks off."""
        greeting = await self._heard()
        if greeting.code != 220:
            reason = f"the client greeted with {greeting.code} instead of 220"
            raise SessionOver("client", "protocol", reason)
        hello = await self._said_to(f"EHLO {self.hostname}")
        if not hello.positive:
            hello = await self._said_to(f"HELO {self.hostname}")
        if hello.positive:
            for one in waiting:
                await self._send(relay, one, hello.keywords)
        await self._said_to("QUIT")

    async def _send(self, relay: Relay, waiting: Waiting, keywords: frozenset[str]) -> None:
        """Send one message, and note who has it."""
        recipients = [one for one in waiting.recipients if not _CONTROL.search(one)]
        if not recipients or _CONTROL.search(waiting.sender):
            # What would end a command in the middle is never sent.
            return
        try:
            content = in_whole_lines(await relay.content(waiting))
        except OSError:
            # It was removed since.
            return
        parameters = _parameters(waiting, len(content), keywords)
        answer = await self._said_to(" ".join((f"MAIL FROM:<{waiting.sender}>", *parameters)))
        asked: dict[str, Answer] = {}
        if answer.positive:
            for recipient in recipients:
                asked[recipient] = await self._said_to(f"RCPT TO:<{recipient}>")
            taken = [one for one in recipients if asked[one].positive]
            if taken:
                answer = await self._said_to("DATA")
                if answer.code == 354:
                    answer = await self._stream(stuffed(content))
                elif answer.positive:
                    reason = f"the client answered DATA with {answer.code} instead of 354"
                    raise SessionOver("client", "protocol", reason)
        settled = [one for one in recipients if asked.get(one, answer).final and answer.final]
        settled += [one for one in recipients if one in asked and asked[one].code >= 500]
        for recipient in settled:
            relay.settle(waiting, recipient)
        told = [
            Recipient(Path(one), (), asked[one].text, asked[one].positive)
            if one in asked
            else Recipient(Path(one), (), "", accepted=False)
            for one in recipients
        ]
        self.recorder.relayed(waiting.name, told, answer.text)
        if asked and not (answer.positive and any(one.positive for one in asked.values())):
            await self._said_to("RSET")

    async def _stream(self, content: bytes) -> Answer:
        """Send the octets of a message, as fast as they are read, and its end."""
        for begin in range(0, len(content), _PORTION):
            self._write(content[begin : begin + _PORTION])
            await self.drained()
        self._write(b".\r\n")
        return await self._heard()

    async def _said_to(self, command: str) -> Answer:
        """Say a command and return the answer."""
        self._send_as_is(command.encode() + b"\r\n")
        return await self._heard()

    async def _heard(self) -> Answer:
        """Return what the other side says next. Raises SessionOver where that is no answer."""
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            if len(lines) == _MOST_LINES:
                reason = f"the client answered in more than {_MOST_LINES} lines"
                raise SessionOver("server", "limit", reason)
            lines.append(await self._heard_line())
        words = [line[4:].split(None, 1) for line in lines[1:]]
        return Answer(
            int(lines[-1][:3]),
            " ".join(line.decode(errors="replace") for line in lines),
            frozenset(word[0].decode("latin-1").upper() for word in words if word),
        )

    async def _heard_line(self) -> bytes:
        seconds = self.service.limits.idle
        try:
            line = await self._next_line(_LONGEST_LINE, seconds)
        except (LineTooLongError, OverflowError):
            reason = f"the client answered with a line longer than {_LONGEST_LINE} octets"
            raise SessionOver("server", "limit", reason) from None
        except TimeoutError:
            reason = f"no answer came for {seconds:g} s"
            raise SessionOver("server", "idle", reason) from None
        text = line.rstrip(b"\r\n")
        if line:
            self.recorder.client(text, line[len(text) :].decode("latin-1"))
        if not line.endswith(b"\n"):
            raise self._interruption or SessionOver("client", "eof", "the client gave no answer")
        if not _REPLY.fullmatch(text):
            raise SessionOver("client", "protocol", "the client answered with no reply code")
        return text


def _domains(argument: str | None) -> tuple[str, ...] | None:
    """Return the domains asked for, in small letters; none for all, None for what is no domain."""
    if not argument:
        return ()
    names = [name.strip() for name in argument.split(",")]
    if len(names) > _MOST_DOMAINS or not all(map(_DOMAIN.fullmatch, names)):
        return None
    return tuple(name.lower() for name in names)


def _parameters(waiting: Waiting, octets: int, keywords: frozenset[str]) -> list[str]:
    """Return the parameters of MAIL that the other side knows."""
    came_with = {parameter.upper() for parameter in waiting.parameters}
    found = [f"SIZE={octets}"] if "SIZE" in keywords else []
    if "8BITMIME" in keywords and came_with & {"BODY=8BITMIME", "BODY=BINARYMIME"}:
        found.append("BODY=8BITMIME")
    if "SMTPUTF8" in keywords and "SMTPUTF8" in came_with:
        found.append("SMTPUTF8")
    return found
