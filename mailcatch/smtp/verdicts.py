"""Carrying out what a policy decided: waiting, answering, ending."""

from __future__ import annotations

import logging
from collections.abc import Coroutine

from aiosmtpd.smtp import Session

from mailcatch.smtp.closing import Closing
from mailcatch.smtp.policy import Ending, Facts, Stage, Verdict, When
from mailcatch.smtp.reply import Reply
from mailcatch.smtp.session_over import SessionOver

Status = str | bytes | Reply

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

    def _ask(self, stage: Stage) -> Verdict | None:
        try:
            return self.service.policy.decide(stage, self.facts)
        except Exception:
            log.exception("the policy failed at %s, and the server goes on as usual", stage)
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
        self.recorder.fault(stage, verdict.rule, _effect(verdict))
        if verdict.delay:
            await self._pause(verdict.delay)
        if verdict.ending is not None and verdict.when is When.BEFORE:
            raise _end(stage, verdict)
        await self.push(status)
        if verdict.ending is not None:
            raise _end(stage, verdict)


def _end(stage: Stage, verdict: Verdict) -> SessionOver:
    assert verdict.ending is not None
    named = f"rule {verdict.rule}" if verdict.rule else "the policy"
    reason = f"{named} ended the session at {stage} ({verdict.ending})"
    return SessionOver("server", "fault", reason, ending=verdict.ending)


def _effect(verdict: Verdict) -> str:
    """Return what a verdict does, in words for the transcript."""
    effects = []
    if verdict.delay:
        effects.append(f"delay {verdict.delay:g} s")
    if verdict.reply is not None:
        effects.append(f"reply {verdict.reply.code}")
    if verdict.ending is Ending.HANG:
        effects.append("hang")
    elif verdict.ending is not None:
        effects.append(f"close with {verdict.ending}")
    if verdict.ending is not None:
        effects.append(f"{verdict.when} the reply")
    if verdict.store is not None:
        effects.append("store" if verdict.store else "do not store")
    return ", ".join(effects) or "nothing"
