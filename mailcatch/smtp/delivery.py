"""Mail transactions: MAIL, RCPT, DATA and RSET, and their RFC 821 cousins."""

from __future__ import annotations

from collections.abc import Callable

from mailcatch.smtp import reply
from mailcatch.smtp.aiosmtpd import MISSING, Envelope, _Missing
from mailcatch.smtp.incoming import Incoming
from mailcatch.smtp.notes import Note
from mailcatch.smtp.parameters import OF_MAIL, OF_RCPT, Keyword, declared, notes_on
from mailcatch.smtp.path import Argument, parse_argument
from mailcatch.smtp.policy import NO_ATTRIBUTES, Stage, Verdict
from mailcatch.smtp.receiving import Receiving
from mailcatch.smtp.transaction import Outcome, Recipient, Transaction
from mailcatch.smtp.verdicts import Status, positive


class Delivery(Receiving):
    """The transactions of a session."""

    envelope: Envelope
    _data_refused = False
    _bare_lf_seen = False
    _no_valid_recipients = reply.NO_VALID_RECIPIENTS

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
        if transaction.data_verb == "BDAT":
            await self.push(reply.RECIPIENT_TOO_LATE)
            return
        parsed = parse_argument("TO", arg) if arg else None
        if parsed is None:
            await self.push(reply.syntax("RCPT TO:<address> [parameters]"))
            return
        if not parsed.path.address:
            await self.push(reply.NO_NULL_RECIPIENT)
            return
        self._note_argument(transaction, parsed, OF_RCPT)
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
        refusal = self._data_refusal(transaction)
        if refusal is not None:
            self._data_refused = True
            transaction.answer = self._said(None, refusal)
            await self.push(refusal)
            return
        transaction.data_verb = "DATA"
        verdict = self._ask(Stage.DATA)
        status: Status = reply.GO_AHEAD
        if verdict is not None and verdict.said is not None:
            status = verdict.said
        elif not transaction.accepted:
            status = self._no_valid_recipients
        goes_on = self._said(None, status).startswith("3")
        if not goes_on:
            self._data_refused = True
            transaction.answer = self._said(verdict, status)
        await self._answer(Stage.DATA, verdict, status)
        if goes_on:
            await self._receive(transaction)

    def _data_refusal(self, transaction: Transaction) -> reply.Reply | None:
        """Return why this message cannot come by DATA, or None."""
        return reply.BINARY_BY_BDAT if transaction.binary else None

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
        self.facts.forwarded = NO_ATTRIBUTES
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
            self._declare(transaction)
        self._note_argument(transaction, parsed, OF_MAIL)
        verdict = self._ask(Stage.MAIL)
        given: Status | _Missing = MISSING
        if verdict is not None and verdict.said is not None:
            status: Status = verdict.said
        elif not self.service.limits.allows(transaction.declared_size or 0):
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

    def _declare(self, transaction: Transaction) -> None:
        """Learn from the parameters of MAIL what the message will be."""
        announced = declared(transaction.parameters, self._extensions)
        transaction.declared_size = announced.size
        transaction.eight_bit = announced.eight_bit
        transaction.binary = announced.binary
        transaction.smtputf8 = announced.smtputf8

    def _note_argument(
        self, transaction: Transaction, parsed: Argument, keywords: dict[str, Keyword]
    ) -> None:
        for note in parsed.notes:
            transaction.note(note)
        if parsed.parameters:
            for note in notes_on(keywords, parsed.parameters, self._extensions):
                transaction.note(note)
        if not parsed.path.address.isascii() and not transaction.smtputf8:
            transaction.note(Note("smtputf8-undeclared", parsed.path.address))

    async def _receive(self, transaction: Transaction) -> None:
        """Take a message up to the dot."""
        intake = self._begin_intake()
        try:
            await self._read(transaction, intake)
            if intake.answered:
                await self._conclude_early(transaction)
            else:
                await self._conclude(transaction, intake.incoming)
        finally:
            self._end_intake(intake)

    async def _conclude(self, transaction: Transaction, incoming: Incoming) -> None:
        """Note what is unusual about a message that is complete, keep it, and answer."""
        for note in incoming.form.notes(
            eight_bit_declared=transaction.eight_bit, binary_declared=transaction.binary
        ):
            transaction.note(note)
        # Python's smtplib does not count the line end that it adds after the last line.
        declared = transaction.declared_size
        if declared is not None and incoming.octets > declared + len(b"\r\n"):
            detail = f"declared {declared}, came {incoming.octets} octets"
            transaction.note(Note("size-mismatch", detail))
        await self._answer_message(transaction, incoming)

    async def _conclude_early(self, transaction: Transaction) -> None:
        """End a transaction whose message was answered in the middle of its data."""
        self._end_transaction(Outcome.REFUSED)
        self._set_post_data_state()

    async def _answer_message(self, transaction: Transaction, incoming: Incoming) -> None:
        """Decide on a message, keep it, and say what came of it.

        The one place where the end of a message is answered, whichever verb ended it. LMTP has its
        own, which answers for each recipient.
        """
        verdict: Verdict | None = None
        status: Status | None = self._hindrance(incoming)
        if status is None:
            self.facts.head = transaction.head = incoming.form.head
            verdict = self._ask(Stage.EOM)
            transaction.bounce = verdict.bounce if verdict is not None else None
            status = await self._keep(transaction, incoming, verdict)
        if self.facts.transaction is not None:
            transaction.answer = self._said(verdict, status)
            self._end_transaction(Outcome.DROPPED if positive(status) else Outcome.REFUSED)
        self._set_post_data_state()
        await self._answer(Stage.EOM, verdict, status)

    def _hindrance(self, incoming: Incoming) -> reply.Reply | None:
        """Return the reply to a message that cannot be kept, whatever anybody decides."""
        if incoming.too_big:
            return reply.too_big(incoming.limit)
        return None if incoming.failure is None else reply.no_room(reason_of(incoming.failure))

    async def _keep(
        self, transaction: Transaction, incoming: Incoming, verdict: Verdict | None
    ) -> Status:
        """Store a message where the verdict and the handler agree. Returns the reply."""
        status: Status | None = verdict.said if verdict is not None else None
        if status is None and self.event_handler is not None:
            status = await self._handled(incoming)
        outcome = outcome_of(verdict, status)
        if outcome is None:
            return status or reply.OK

        def answer(name: str) -> None:
            nonlocal status
            status = status or reply.queued(name, enhanced=self._enhanced)
            transaction.answer = self._said(verdict, status)

        trouble = await self._commit(transaction, incoming, outcome, answer)
        if trouble is not None and (status is None or outcome is Outcome.STORED):
            return reply.no_room(trouble)
        assert status is not None
        return status

    async def _commit(
        self,
        transaction: Transaction,
        incoming: Incoming,
        outcome: Outcome,
        answer: Callable[[str], None],
    ) -> str | None:
        """Give a message its name and end its transaction. Returns why that could not be done.

        answer: called with the name, to note in the transaction what is going to be said.
        """
        deposit = incoming.deposit
        assert deposit is not None
        try:
            name = await deposit.commit()
            incoming.release()
            answer(name)
            self._end_transaction(outcome, name)
            await self.recorder.settle()
        except OSError as error:
            deposit.discard()
            self.facts.transaction = transaction
            return reason_of(error)
        return None

    async def _handled(self, incoming: Incoming) -> Status | None:
        """Return what the handler answers to a message, None where it leaves that to the server."""
        given = await self._handle_data(incoming)
        return None if isinstance(given, _Missing) else given

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


def outcome_of(verdict: Verdict | None, status: Status | None) -> Outcome | None:
    """Return as what a message is kept, None where it is not.

    status: the reply that somebody decided on, or None.
    """
    keeps = verdict.keeps if verdict is not None else True
    if verdict is None or verdict.store is None:
        keeps = keeps and (status is None or positive(status))
    if keeps:
        return Outcome.STORED
    if status is None or verdict is None or verdict.store is False:
        return None
    # What is refused on purpose is kept too, to be read; the client still has it to send.
    return Outcome.REFUSED


def reason_of(error: OSError) -> str:
    """Return why the operating system refused, in its words, which hold no octet of a client."""
    return error.strerror or type(error).__name__
