"""Mail transactions: MAIL, RCPT, DATA and RSET, and their RFC 821 cousins."""

from __future__ import annotations

from typing import Final

from aiosmtpd.smtp import MISSING, Envelope, _Missing

from mailcatch.smtp import reply
from mailcatch.smtp.authentication import Authentication
from mailcatch.smtp.extensions import MAIL_PARAMETERS
from mailcatch.smtp.incoming import Incoming
from mailcatch.smtp.notes import Note
from mailcatch.smtp.path import Argument, parse_argument
from mailcatch.smtp.policy import Stage, Verdict
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.transaction import Outcome, Recipient, Transaction
from mailcatch.smtp.verdicts import Status, positive

STUCK_SECONDS: Final = 2.0
# How often in a second a part of the data is read that is slowed down.
PORTIONS: Final = 10


class Delivery(Authentication):
    """The transactions of a session."""

    envelope: Envelope
    _incoming: Incoming | None = None
    _data_refused = False
    _bare_lf_seen = False

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Open a transaction (RFC 5321 section 4.1.1.2)."""
        await self._begin("MAIL", arg)

    async def smtp_SEND(self, arg: str | None) -> None:
        """Open a transaction for a terminal (RFC 821 section 3.4); the message is kept as mail."""
        await self._begin("SEND", arg)

    async def smtp_SOML(self, arg: str | None) -> None:
        """Open a transaction for a terminal or else a mailbox (RFC 821 section 3.4)."""
        await self._begin("SOML", arg)

    async def smtp_SAML(self, arg: str | None) -> None:
        """Open a transaction for a terminal and a mailbox (RFC 821 section 3.4)."""
        await self._begin("SAML", arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """Add a recipient (RFC 5321 section 4.1.1.3)."""
        if self._auth_required and await self.check_auth_needed("RCPT"):
            return
        transaction = self.facts.transaction
        if transaction is None:
            await self.push(reply.NO_TRANSACTION)
            return
        parsed = parse_argument("TO", arg) if arg else None
        if parsed is None:
            await self.push(reply.syntax("RCPT TO:<address> [parameters]"))
            return
        if not parsed.path.address:
            await self.push(reply.NO_NULL_RECIPIENT)
            return
        self._note_argument(transaction, parsed, frozenset())
        self.facts.path = parsed.path
        verdict = self._ask(Stage.RCPT)
        given: Status | _Missing = MISSING
        if verdict is not None and verdict.said is not None:
            status: Status = verdict.said
        elif transaction.accepted >= self.service.limits.recipients:
            status = reply.TOO_MANY_RECIPIENTS
        elif self.event_handler is None:
            status = reply.RECIPIENT_OK
        else:
            options = _options(parsed)
            given = await self._call_handler_hook("RCPT", parsed.path.address, options)
            status = reply.RECIPIENT_OK if isinstance(given, _Missing) else given
        accepted = positive(status)
        # A handler that answers by itself puts the recipient into the envelope by itself too.
        if accepted and given is MISSING:
            self.envelope.rcpt_tos.append(parsed.path.address)
            if parsed.parameters:
                self.envelope.rcpt_options.extend(_options(parsed))
        said = self._said(verdict, status)
        bounce = verdict.bounce if verdict is not None else None
        transaction.add(Recipient(parsed.path, parsed.parameters, said, accepted, bounce))
        await self._answer(Stage.RCPT, verdict, status)

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the message (RFC 5321 section 4.1.1.4)."""
        if self._auth_required and await self.check_auth_needed("DATA"):
            return
        transaction = self.facts.transaction
        if transaction is None:
            self._data_refused = True
            await self.push(reply.NO_TRANSACTION)
            return
        if arg:
            await self.push(reply.NO_PARAMETERS)
            return
        verdict = self._ask(Stage.DATA)
        status: Status = reply.GO_AHEAD
        if verdict is not None and verdict.said is not None:
            status = verdict.said
        elif not transaction.accepted:
            status = reply.NO_VALID_RECIPIENTS
        goes_on = self._said(None, status).startswith("3")
        if not goes_on:
            self._data_refused = True
            transaction.answer = self._said(verdict, status)
        await self._answer(Stage.DATA, verdict, status)
        if goes_on:
            await self._receive(transaction)

    async def smtp_RSET(self, arg: str | None) -> None:
        """Give up the transaction (RFC 5321 section 4.1.1.5)."""
        verdict = self._ask(Stage.RSET)
        said = verdict.said if verdict is not None else None
        if said is not None and not said.positive:
            await self._answer(Stage.RSET, verdict, said)
            return
        self._set_rset_state()
        given = await self._call_handler_hook("RSET")
        status = reply.OK if given is MISSING else given
        if said is not None:
            status = said
        await self._answer(Stage.RSET, verdict, status)

    def _set_rset_state(self) -> None:
        """End the transaction, if one is open, without a message."""
        self._end_transaction(Outcome.RESET)
        self._set_post_data_state()

    def _end_transaction(self, outcome: Outcome, file: str = "") -> None:
        transaction = self.facts.transaction
        if transaction is None:
            return
        self.facts.transaction = None
        given_up = outcome is Outcome.RESET or outcome is Outcome.ABORTED
        if given_up and transaction.refused:
            outcome = Outcome.REFUSED
        self.recorder.transaction(transaction, outcome, file)

    async def _begin(self, verb: str, arg: str | None) -> None:
        if self._auth_required and await self.check_auth_needed(verb):
            return
        if self.facts.transaction is not None:
            await self.push(reply.NESTED_MAIL)
            return
        parsed = parse_argument("FROM", arg) if arg else None
        if parsed is None:
            await self.push(reply.syntax(f"{verb} FROM:<address> [parameters]"))
            return
        self._data_refused = False
        transaction = Transaction(verb, parsed.path, parsed.parameters)
        if self._bare_lf_seen:
            self._bare_lf_seen = False
            transaction.note(Note("bare-lf-command"))
        if self.session.host_name is None:
            transaction.note(Note("no-helo"))
        self.facts.path = parsed.path
        self.facts.transactions += 1
        if parsed.parameters:
            self._read_parameters(transaction, parsed)
        self._note_argument(transaction, parsed, MAIL_PARAMETERS)
        verdict = self._ask(Stage.MAIL)
        given: Status | _Missing = MISSING
        if verdict is not None and verdict.said is not None:
            status: Status = verdict.said
        elif (transaction.declared_size or 0) > self.service.limits.message:
            status = reply.too_big(self.service.limits.message)
        elif self.event_handler is None:
            status = reply.SENDER_OK
        else:
            self.envelope.smtp_utf8 = transaction.smtputf8
            options = _options(parsed)
            given = await self._call_handler_hook("MAIL", parsed.path.address, options)
            status = reply.SENDER_OK if isinstance(given, _Missing) else given
        transaction.reply = self._said(verdict, status)
        self.facts.transaction = transaction
        if positive(status):
            if given is MISSING:
                self.envelope.mail_from = parsed.path.address
                if parsed.parameters:
                    self.envelope.mail_options.extend(_options(parsed))
        else:
            self._end_transaction(Outcome.REFUSED)
            self._set_post_data_state()
        await self._answer(Stage.MAIL, verdict, status)

    def _read_parameters(self, transaction: Transaction, parsed: Argument) -> None:
        for parameter in parsed.parameters:
            name, _, value = parameter.partition("=")
            match name.upper():
                case "SIZE" if value.isascii() and value.isdigit() and len(value) <= 20:
                    transaction.declared_size = int(value)
                case "SIZE":
                    transaction.note(Note("bad-parameter", parameter))
                case "BODY":
                    transaction.eight_bit = value.upper() in {"8BITMIME", "BINARYMIME"}
                    if value.upper() not in {"7BIT", "8BITMIME"}:
                        transaction.note(Note("bad-parameter", parameter))
                case "SMTPUTF8":
                    transaction.smtputf8 = transaction.eight_bit = True

    def _note_argument(
        self, transaction: Transaction, parsed: Argument, offered: frozenset[str]
    ) -> None:
        for note in parsed.notes:
            transaction.note(note)
        for parameter in parsed.parameters:
            if parameter.partition("=")[0].upper() not in offered:
                transaction.note(Note("unknown-parameter", parameter))
        if not parsed.path.address.isascii() and not transaction.smtputf8:
            transaction.note(Note("smtputf8-undeclared", parsed.path.address))

    async def _receive(self, transaction: Transaction) -> None:
        limits = self.service.limits
        incoming = self._incoming = Incoming(self.recorder, limits.message)
        self.facts.content = incoming.content
        verdict: Verdict | None = None
        due: int | None = 0
        pace = 0
        give_up = self.loop.time() + limits.data
        quick = answered = False
        try:
            while True:
                if verdict is None and due is not None and incoming.octets >= due:
                    verdict, due, pace = self._ask_in_body(pace)
                if verdict is not None and incoming.octets >= verdict.octets:
                    judged, verdict = verdict, None
                    give_up += judged.delay + (judged.hang or 0.0)
                    answered = await self._interfere(transaction, incoming, judged)
                segment = self._take() or await self._segment(incoming, give_up)
                if verdict is not None or due is not None or pace:
                    segment = self._portion(segment, incoming, verdict, due, pace)
                    if pace:
                        give_up += len(segment) / pace
                        await self._pause(len(segment) / pace)
                rest = incoming.feed(segment)
                transaction.octets = incoming.octets
                if rest is not None:
                    self.put_back(rest)
                    break
                if not quick:
                    quick = True
                    self._acknowledge()
            if answered:
                self._end_transaction(Outcome.REFUSED)
                self._set_post_data_state()
            else:
                await self._conclude(transaction, incoming)
        finally:
            self._incoming = None
            self.facts.content = bytes
            self.facts.head = b""
            incoming.discard()

    def _ask_in_body(self, pace: int) -> tuple[Verdict | None, int | None, int]:
        """Return what to carry out, at how many octets to ask again, and how fast to read.

        pace: how fast it is read so far; a slower one stays.
        """
        verdict = self._ask(Stage.BODY)
        if verdict is None:
            return None, None, pace
        pace = min(filter(None, (pace, verdict.bandwidth)), default=0)
        does = verdict.firings or verdict.again is None
        return verdict if does else None, verdict.again, pace

    async def _interfere(
        self, transaction: Transaction, incoming: Incoming, verdict: Verdict
    ) -> bool:
        """Carry out a verdict in the middle of the data.

        Returns whether the client got its answer by that: the rest of the data is read, and that
        is all.
        """
        said = verdict.said
        if said is None:
            self._tell(Stage.BODY, verdict)
            if verdict.delay:
                await self._pause(verdict.delay)
            await self._end(Stage.BODY, verdict)
            return False
        transaction.answer = self._said(verdict, said)
        await self._answer(Stage.BODY, verdict, said)
        if said.positive:
            return False
        incoming.discard()
        return True

    def _portion(
        self,
        segment: bytes,
        incoming: Incoming,
        verdict: Verdict | None,
        due: int | None,
        pace: int,
    ) -> bytes:
        """Return as much of a segment as may be read now, and put back the rest."""
        most = len(segment)
        for mark in (due, verdict.octets if verdict is not None else None):
            if mark is not None and mark > incoming.octets:
                most = min(most, mark - incoming.octets)
        if pace:
            most = min(most, max(pace // PORTIONS, 1))
        self.put_back(segment[most:])
        return segment[:most]

    async def _segment(self, incoming: Incoming, give_up: float) -> bytes:
        """Wait for octets of the data. Raises SessionOver where none come any more."""
        now = self.loop.time()
        if now > give_up:
            reason = f"the data took longer than {self.service.limits.data:g} s"
            raise SessionOver("server", "limit", reason, reply.DATA_TOO_SLOW)
        idle = self.service.limits.idle
        try:
            if await self._more(min(idle, give_up - now)):
                return self._take()
        except TimeoutError:
            if self.loop.time() > give_up:
                return await self._segment(incoming, give_up)
            reason = f"nothing came for {idle:g} s inside the data"
            said = reply.WAITING_FOR_DOT if incoming.stuck else reply.IDLE_IN_DATA
            raise SessionOver("server", "idle", reason, said) from None
        raise SessionOver("client", "eof", "the client closed inside the data")

    async def _conclude(self, transaction: Transaction, incoming: Incoming) -> None:
        """Decide on a message that is complete, keep it, and answer."""
        for note in incoming.form.notes(eight_bit_declared=transaction.eight_bit):
            transaction.note(note)
        # Python's smtplib does not count the line end that it adds after the last line.
        declared = transaction.declared_size
        if declared is not None and incoming.octets > declared + len(b"\r\n"):
            detail = f"declared {declared}, came {incoming.octets} octets"
            transaction.note(Note("size-mismatch", detail))
        verdict: Verdict | None = None
        status: Status
        if incoming.too_big:
            status = reply.too_big(incoming.limit)
        elif incoming.failure is not None:
            status = reply.no_room(_reason(incoming.failure))
        else:
            self.facts.head = transaction.head = incoming.form.head
            verdict = self._ask(Stage.EOM)
            transaction.bounce = verdict.bounce if verdict is not None else None
            status = await self._keep(transaction, incoming, verdict)
        if self.facts.transaction is not None:
            transaction.answer = self._said(verdict, status)
            self._end_transaction(Outcome.DROPPED if positive(status) else Outcome.REFUSED)
        self._set_post_data_state()
        await self._answer(Stage.EOM, verdict, status)

    async def _keep(
        self, transaction: Transaction, incoming: Incoming, verdict: Verdict | None
    ) -> Status:
        """Store a message where the verdict and the handler agree. Returns the reply."""
        assert incoming.deposit is not None
        status: Status | None = verdict.said if verdict is not None else None
        if status is None and self.event_handler is not None:
            given = await self._handle_data(incoming)
            status = None if isinstance(given, _Missing) else given
        keeps = verdict.keeps if verdict is not None else True
        if verdict is None or verdict.store is None:
            keeps = keeps and (status is None or positive(status))
        if not keeps and (status is None or verdict is None or verdict.store is False):
            return status or reply.OK
        # What is refused on purpose is kept too, to be read; the client still has it to send.
        outcome = Outcome.STORED if keeps else Outcome.REFUSED
        deposit = incoming.deposit
        try:
            name = await deposit.commit()
            incoming.release()
            status = status or reply.queued(name, enhanced=self._enhanced)
            transaction.answer = self._said(verdict, status)
            self._end_transaction(outcome, name)
            await self.recorder.settle()
        except OSError as error:
            deposit.discard()
            self.facts.transaction = transaction
            return status if status is not None and not keeps else reply.no_room(_reason(error))
        return status

    async def _handle_data(self, incoming: Incoming) -> Status | _Missing:
        """Ask the handler about the message, as aiosmtpd does."""
        if hasattr(self.event_handler, "handle_DATA") and incoming.deposit is not None:
            content = incoming.deposit.content()
            self.envelope.original_content = content
            self.envelope.content = content
            if self.service.decodes_data:
                self.envelope.content = content.decode(errors="surrogateescape")
        try:
            given: Status | _Missing = await self._call_handler_hook("DATA")
        except Exception as error:  # noqa: BLE001 - a handler's mistake refuses a message
            return await self.handle_exception(error)
        return given


def _options(parsed: Argument) -> list[str]:
    """Return parameters for a handler: keywords in upper case, as aiosmtpd gives them."""
    split = (parameter.partition("=") for parameter in parsed.parameters)
    return [f"{keyword.upper()}{equals}{value}" for keyword, equals, value in split]


def _reason(error: OSError) -> str:
    """Return why the operating system refused, in its words, which hold no octet of a client."""
    return error.strerror or type(error).__name__
