"""BDAT: the message in chunks whose sizes are told beforehand (RFC 3030).

The invariant: the octets of a chunk are read whatever becomes of it, so that none of them is ever
taken for a command. Where its size cannot be read the session ends, for the same reason.

Policies are asked as for DATA: at DATA when the first chunk is announced, at BODY inside of the
chunks, whose octets count as one body, and at EOM when the last chunk has come.
"""

from __future__ import annotations

from mailcatch.smtp import reply
from mailcatch.smtp.chunk import Chunk, parse_chunk
from mailcatch.smtp.delivery import Delivery, reason_of
from mailcatch.smtp.intake import Intake
from mailcatch.smtp.notes import Note
from mailcatch.smtp.policy import Stage, Verdict
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.transaction import Outcome, Transaction
from mailcatch.smtp.verdicts import Status, positive


class Chunking(Delivery):
    """The verb BDAT."""

    # The message whose chunks are coming, and whether it has failed already.
    _intake: Intake | None = None
    _failed = False
    # Whether mail is taken inside of TLS only.
    _strict = False

    async def smtp_BDAT(self, arg: str | None) -> None:
        """Take a chunk of the message (RFC 3030 section 2)."""
        chunk = parse_chunk(self.facts.line)
        if chunk is None:
            reason = "a chunk whose size could not be read"
            raise SessionOver("server", "protocol", reason, reply.CHUNK_WITHOUT_SIZE)
        refusal = self._chunk_refusal()
        transaction = self.facts.transaction
        if refusal is not None or transaction is None:
            await self._throw_away(chunk)
            if transaction is not None and self._failed and chunk.last:
                self._end_message()
            await self._refuse_chunk(transaction, chunk, None, refusal or reply.NO_TRANSACTION)
        elif transaction.data_verb:
            await self._take_chunk(transaction, chunk, None)
        else:
            await self._take_first(transaction, chunk)

    def _chunk_refusal(self) -> reply.Reply | None:
        """Return why no chunk is taken now, or None."""
        if self._strict and not self._encrypted:
            return reply.STARTTLS_FIRST
        if not self._offers("CHUNKING"):
            return reply.NOT_IMPLEMENTED
        if self._auth_required and not self.session.authenticated:
            return reply.AUTH_REQUIRED
        transaction = self.facts.transaction
        if transaction is None:
            return reply.NO_TRANSACTION
        if transaction.data_verb == "DATA":
            return reply.CHUNK_AFTER_DATA
        return reply.MESSAGE_FAILED if self._failed else None

    def _data_refusal(self, transaction: Transaction) -> reply.Reply | None:
        if transaction.data_verb != "BDAT":
            return super()._data_refusal(transaction)
        # Whatever the client meant by it, a message without that is not what it wanted to send.
        self._failed = True
        return reply.DATA_AFTER_CHUNK

    async def _take_first(self, transaction: Transaction, chunk: Chunk) -> None:
        """Begin a message with its first chunk, as the policy wants it."""
        transaction.data_verb = "BDAT"
        verdict = self._ask(Stage.DATA)
        said: Status | None = verdict.said if verdict is not None else None
        if said is None and not transaction.accepted:
            said = reply.NO_VALID_RECIPIENTS
        if verdict is not None and verdict.silent:
            await self._answer(Stage.DATA, verdict, reply.NO_REPLY)
        if said is not None and not positive(said):
            await self._throw_away(chunk)
            self._fail(transaction, chunk, self._said(verdict, said))
            await self._refuse_chunk(transaction, chunk, verdict, said)
            return
        if chunk.last and verdict is not None:
            # The only reply that is left is the one to the end of the message.
            self._tell(Stage.DATA, verdict)
            if verdict.delay:
                await self._pause(verdict.delay)
            await self._end(Stage.DATA, verdict)
        self._intake = self._begin_intake()
        await self._take_chunk(transaction, chunk, verdict)

    async def _take_chunk(
        self, transaction: Transaction, chunk: Chunk, verdict: Verdict | None
    ) -> None:
        """Take the octets of a chunk, and answer it.

        verdict: that of DATA, at the first chunk.
        """
        intake = self._intake
        assert intake is not None
        incoming = intake.incoming
        # Octets that are there already would be taken without a look at the time.
        self._time_left(intake.give_up)
        transaction.chunks += 1
        incoming.expect(chunk.octets)
        await self._read(transaction, intake)
        if intake.answered:
            if chunk.last:
                await self._conclude_early(transaction)
            else:
                self._fail(transaction, chunk, transaction.answer)
            return
        if chunk.last:
            try:
                await self._conclude(transaction, incoming)
            finally:
                self._forget_chunks()
            return
        status: Status = reply.chunk_taken(chunk.octets)
        if incoming.too_big:
            status = reply.too_big(incoming.limit)
        elif incoming.failure is not None:
            status = reply.no_room(reason_of(incoming.failure))
        elif verdict is not None and verdict.said is not None:
            status = verdict.said
        if not positive(status):
            self._fail(transaction, chunk, self._said(verdict, status))
        await self._answer(Stage.DATA, verdict, status)

    async def _refuse_chunk(
        self,
        _transaction: Transaction | None,
        _chunk: Chunk,
        verdict: Verdict | None,
        status: Status,
    ) -> None:
        """Answer a chunk that was thrown away."""
        await self._answer(Stage.DATA, verdict, status)

    def _fail(self, transaction: Transaction, chunk: Chunk, answer: str) -> None:
        """Note that the message failed: what comes of it still is read, and that is all."""
        transaction.answer = answer
        self._failed = True
        if chunk.last:
            self._end_message()

    def _end_message(self) -> None:
        """End the transaction of a message that failed, when its last chunk has come."""
        self._end_transaction(Outcome.REFUSED)
        self._set_post_data_state()

    async def _throw_away(self, chunk: Chunk) -> None:
        """Read a chunk that is not wanted."""
        left = chunk.octets
        give_up = self.loop.time() + self.service.limits.data
        while left:
            left -= len(self._take(left) or await self._segment(give_up, left))
        if chunk.octets:
            self.recorder.note(Note("chunk-thrown-away", f"{chunk.octets} octets"))

    def _end_transaction(self, outcome: Outcome, file: str = "") -> None:
        super()._end_transaction(outcome, file)
        self._forget_chunks()

    def _forget_chunks(self) -> None:
        self._failed = False
        intake, self._intake = self._intake, None
        if intake is not None:
            self._end_intake(intake)
