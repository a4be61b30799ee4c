"""LMTP (RFC 2033): SMTP in which each recipient has its own answer to the end of a message."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from mailcatch.smtp import reply
from mailcatch.smtp.chunk import Chunk
from mailcatch.smtp.connection import Connection
from mailcatch.smtp.delivery import outcome_of
from mailcatch.smtp.incoming import Incoming
from mailcatch.smtp.policy import Stage, Verdict
from mailcatch.smtp.transaction import Outcome, Transaction
from mailcatch.smtp.verdicts import Status, ends, positive

_BEST: Final = (Outcome.STORED, Outcome.REFUSED, None)


class Judgement(msgspec.Struct):
    """What was decided for one recipient of a message.

    place: where it stands among the transaction's recipients. outcome: as what the message is kept
    for it, None for not at all. status: the reply; None until the message has its name.
    """

    place: int
    verdict: Verdict | None
    outcome: Outcome | None
    status: Status | None


class LmtpConnection(Connection, own=True):
    """One client's connection that speaks LMTP.

    LHLO stands in the place of EHLO and HELO, and the end of the data is answered once for each
    recipient that was accepted, in their order. The message is kept once, before the first of these
    replies, where it is to be kept for any of them.
    """

    _no_valid_recipients = reply.NOBODY_ACCEPTED

    def _greeting(self) -> reply.Reply:
        said = self.service.greeting.lines[0].replace(" ESMTP ", " LMTP ", 1)
        return reply.Reply(220, "", said)

    def _obeys(self, verb: str) -> bool:
        return verb not in {"EHLO", "HELO"} and super()._obeys(verb)

    async def smtp_LHLO(self, hostname: str | None) -> None:
        """Greet a client and offer the extensions (RFC 2033 section 4.1)."""
        await self._hello("LHLO", hostname)

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """Refuse a client of SMTP (RFC 2033 section 4.1)."""
        await self.push(reply.SAY_LHLO)

    async def smtp_HELO(self, hostname: str | None) -> None:
        """Refuse a client of SMTP (RFC 2033 section 4.1)."""
        await self.push(reply.SAY_LHLO)

    async def _answer_message(self, transaction: Transaction, incoming: Incoming) -> None:
        status: Status | None = self._hindrance(incoming)
        if status is not None:
            judged = [Judgement(place, None, None, status) for place in _accepted(transaction)]
        else:
            judged = await self._judge(transaction, incoming)
            await self._keep_for_all(transaction, incoming, judged)
        if self.facts.transaction is not None:
            self._note_answers(transaction, judged)
            taken = any(one.status is not None and positive(one.status) for one in judged)
            self._end_transaction(Outcome.DROPPED if taken else Outcome.REFUSED)
        self._set_post_data_state()
        for one in judged:
            assert one.status is not None
            await self._answer(Stage.EOM, one.verdict, one.status)

    async def _judge(self, transaction: Transaction, incoming: Incoming) -> list[Judgement]:
        """Ask for each recipient what shall happen."""
        self.facts.head = transaction.head = incoming.form.head
        given = await self._handled(incoming) if self.event_handler is not None else None
        judged = []
        for place in _accepted(transaction):
            recipient = transaction.recipients[place]
            self.facts.recipient = recipient.path
            verdict = self._ask(Stage.EOM)
            if verdict is not None and verdict.bounce is not None and recipient.bounce is None:
                transaction.recipients[place] = replace(recipient, bounce=verdict.bounce)
            status: Status | None = verdict.said if verdict is not None else None
            if status is None:
                status = given
            judged.append(Judgement(place, verdict, outcome_of(verdict, status), status))
        self.facts.recipient = None
        return judged

    async def _keep_for_all(
        self, transaction: Transaction, incoming: Incoming, judged: list[Judgement]
    ) -> None:
        """Keep a message where it is kept for anybody, and settle the replies."""

        def answer(name: str) -> None:
            for one in judged:
                if one.status is None and one.outcome is not None:
                    one.status = reply.queued(name, enhanced=self._enhanced)
            self._fill(judged)
            self._note_answers(transaction, judged)

        outcome = min((one.outcome for one in judged), key=_BEST.index)
        if outcome is None:
            self._fill(judged)
            return
        trouble = await self._commit(transaction, incoming, outcome, answer)
        if trouble is not None:
            for one in judged:
                if one.outcome is Outcome.STORED:
                    one.status = reply.no_room(trouble)
            self._fill(judged)

    def _fill(self, judged: list[Judgement]) -> None:
        """Give those a reply for whom nothing is kept, and nothing was decided to be said."""
        for one in judged:
            one.status = one.status or reply.OK

    def _note_answers(self, transaction: Transaction, judged: list[Judgement]) -> None:
        """Note in the transaction what each recipient is going to be answered.

        A reply that ends the session is the last that is said.
        """
        over = False
        for one in judged:
            assert one.status is not None
            said = "" if over else self._said(one.verdict, one.status)
            over = over or (one.verdict is not None and ends(one.verdict))
            recipient = transaction.recipients[one.place]
            transaction.recipients[one.place] = replace(recipient, answer=said)
        transaction.answer = deciding(transaction)

    async def _conclude_early(self, transaction: Transaction) -> None:
        """Say what was said in the middle of the data to the other recipients too."""
        said = transaction.answer
        for place in _accepted(transaction):
            transaction.recipients[place] = replace(transaction.recipients[place], answer=said)
        await super()._conclude_early(transaction)
        await self._repeat(transaction, said)

    async def _refuse_chunk(
        self,
        transaction: Transaction | None,
        chunk: Chunk,
        verdict: Verdict | None,
        status: Status,
    ) -> None:
        """Answer a chunk; the last one for each recipient, whatever became of those before it."""
        await super()._refuse_chunk(transaction, chunk, verdict, status)
        if chunk.last and transaction is not None:
            await self._repeat(transaction, status)

    async def _repeat(self, transaction: Transaction, status: Status) -> None:
        """Say what was said for one recipient to the others too."""
        for _ in _accepted(transaction)[1:]:
            await self.push(status)


def _accepted(transaction: Transaction) -> list[int]:
    """Return the places of the recipients that were accepted."""
    return [place for place, one in enumerate(transaction.recipients) if one.accepted]


def deciding(transaction: Transaction) -> str:
    """Return the reply that stands for all: the first that takes the message, or else the last."""
    answers = [one.answer for one in transaction.recipients if one.answer]
    return next((one for one in answers if one.startswith("2")), answers[-1] if answers else "")
