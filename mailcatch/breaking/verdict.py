"""What the rules decided, as what the wire does."""

from __future__ import annotations

from mailcatch.faults.decision import Decision
from mailcatch.faults.rule import Reply as RuleReply
from mailcatch.faults.rule import ReplyLine
from mailcatch.smtp.bounce import Bounce
from mailcatch.smtp.policy import Ending, Firing, Stage, TlsFault, Verdict, When
from mailcatch.smtp.reply import NO_REPLY, Reply


def verdict_of(stage: Stage, decision: Decision) -> Verdict:
    """Return the verdict that carries out a decision."""
    reply = reply_of(decision.reply) if decision.reply is not None else None
    ending = Ending(decision.ending) if decision.ending is not None else None
    when = When(decision.when)
    unsaid = reply is None and decision.raw is None and decision.store is None
    if stage is Stage.EOM and unsaid and ending and when is When.BEFORE and decision.hang is None:
        # The server was gone before it had decided: nothing says that it has the message.
        reply = NO_REPLY
    return Verdict(
        reply=reply,
        raw=decision.raw,
        delay=decision.delay,
        reading=decision.reading,
        dribble=decision.dribble,
        truncate=decision.truncate,
        crlf=decision.crlf,
        repeat=decision.repeat,
        ending=ending,
        when=when,
        hang=decision.hang,
        # The rules have settled already what a 421 does.
        stays=ending is None,
        store=decision.store,
        bounce=_bounce_of(decision),
        octets=decision.octets,
        bandwidth=decision.bandwidth,
        hide=decision.hide,
        add=decision.add,
        size=decision.size,
        tls=TlsFault(decision.tls.cert, decision.tls.version, decision.tls.handshake),
        firings=tuple(
            Firing(one.rule, one.effect, one.ordinal, one.seed, one.dry) for one in decision.firings
        ),
    )


def _bounce_of(decision: Decision) -> Bounce | None:
    bounce = decision.bounce
    if bounce is None:
        return None
    return Bounce(reply_of(bounce.reply), bounce.seconds, bounce.action == "delayed", bounce.rule)


def reply_of(reply: RuleReply) -> Reply:
    """Return a reply of the rules as the wire sends it: exactly so, its enhanced codes too."""
    last = len(reply.lines) - 1
    return Reply.verbatim(
        *(_line(line, last=number == last) for number, line in enumerate(reply.lines))
    )


def _line(line: ReplyLine, *, last: bool) -> str:
    status = f"{line.enhanced} " if line.enhanced else ""
    text = f"{line.code}{' ' if last else '-'}{status}{line.text}".rstrip(" ")
    # What is filled in may come from the client: an address can have any octet.
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
