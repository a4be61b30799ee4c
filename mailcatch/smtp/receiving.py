"""The data of a message, read segment by segment, as slowly and as far as a policy lets it come."""

from __future__ import annotations

from typing import Final

from mailcatch.smtp import reply
from mailcatch.smtp.authentication import Authentication
from mailcatch.smtp.incoming import Incoming
from mailcatch.smtp.intake import Intake
from mailcatch.smtp.policy import Stage, Verdict
from mailcatch.smtp.session_over import SessionOver
from mailcatch.smtp.transaction import Transaction

STUCK_SECONDS: Final = 2.0
# How often in a second a part of the data is read that is slowed down.
PORTIONS: Final = 10


class Receiving(Authentication):
    """How the octets of a message are taken from the wire."""

    _incoming: Incoming | None = None

    def _begin_intake(self) -> Intake:
        incoming = Incoming(self.recorder, self.service.limits.message)
        self.facts.content = incoming.content
        return Intake(incoming, self.loop.time() + self.service.limits.data)

    def _end_intake(self, intake: Intake) -> None:
        self.facts.content = bytes
        self.facts.head = b""
        intake.incoming.discard()

    async def _read(self, transaction: Transaction, intake: Intake) -> None:
        """Read the data up to the dot, or to the end of a chunk."""
        incoming = self._incoming = intake.incoming
        quick = False
        try:
            while True:
                if intake.verdict is None and intake.due is not None:
                    self._ask_in_body(intake)
                verdict = intake.verdict
                if verdict is not None and incoming.octets >= verdict.octets:
                    intake.verdict = None
                    intake.give_up += verdict.delay + (verdict.hang or 0.0)
                    intake.answered |= await self._interfere(transaction, incoming, verdict)
                if incoming.wanted == 0:
                    return
                segment = self._take(incoming.wanted) or await self._segment(
                    intake.give_up, incoming.wanted, stuck=incoming.stuck
                )
                if intake.verdict is not None or intake.due is not None or intake.pace:
                    segment = self._portion(segment, intake)
                    if intake.pace:
                        intake.give_up += len(segment) / intake.pace
                        await self._pause(len(segment) / intake.pace)
                rest = incoming.feed(segment)
                transaction.octets = incoming.octets
                if rest is not None:
                    self.put_back(rest)
                    return
                if not quick:
                    quick = True
                    self._acknowledge()
        finally:
            self._incoming = None

    def _ask_in_body(self, intake: Intake) -> None:
        """Ask the policy where that is due: what to do, when to ask again, how fast to read."""
        if intake.due is None or intake.incoming.octets < intake.due:
            return
        verdict = self._ask(Stage.BODY)
        intake.due = None
        if verdict is None:
            return
        intake.due = verdict.again
        # A slower pace than so far holds, a quicker one does not.
        intake.pace = min(filter(None, (intake.pace, verdict.bandwidth)), default=0)
        if verdict.firings or verdict.again is None:
            intake.verdict = verdict

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

    def _portion(self, segment: bytes, intake: Intake) -> bytes:
        """Return as much of a segment as may be read now, and put back the rest."""
        most = len(segment)
        came, verdict = intake.incoming.octets, intake.verdict
        for mark in (intake.due, verdict.octets if verdict is not None else None):
            if mark is not None and mark > came:
                most = min(most, mark - came)
        if intake.pace:
            most = min(most, max(intake.pace // PORTIONS, 1))
        self.put_back(segment[most:])
        return segment[:most]

    async def _segment(
        self, give_up: float, most: int | None = None, *, stuck: bool = False
    ) -> bytes:
        """Wait for octets of the data, `most` of them at most.

        stuck: whether the client seems to think that it ended the data.
        Raises SessionOver where none come any more.
        """
        left = self._time_left(give_up)
        idle = self.service.limits.idle
        try:
            if await self._more(min(idle, left)):
                return self._take(most)
        except TimeoutError:
            if self.loop.time() > give_up:
                return await self._segment(give_up, most, stuck=stuck)
            reason = f"nothing came for {idle:g} s inside the data"
            said = reply.WAITING_FOR_DOT if stuck else reply.IDLE_IN_DATA
            raise SessionOver("server", "idle", reason, said) from None
        raise SessionOver("client", "eof", "the client closed inside the data")

    def _time_left(self, give_up: float) -> float:
        """Return the seconds that are left for the data. Raises SessionOver where none are."""
        left = give_up - self.loop.time()
        if left < 0:
            reason = f"the data took longer than {self.service.limits.data:g} s"
            raise SessionOver("server", "limit", reason, reply.DATA_TOO_SLOW)
        return left
