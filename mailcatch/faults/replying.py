"""Replies and effects in words: placeholders filled in, and what a rule did, for the transcript."""

from __future__ import annotations

import re
from typing import Final

from mailcatch.faults.decision import Bounce
from mailcatch.faults.glance import recipients
from mailcatch.faults.moment import Moment
from mailcatch.faults.rule import FOREVER, Answer, Reply, ReplyLine, TlsFault

PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")
LONGEST_LINE: Final = 510
"""Octets of a reply line without its line end (RFC 5321 section 4.5.3.1.5)."""
_LONGEST_VALUE: Final = 256
_UNKNOWN: Final = "unknown"


def fill(reply: Reply, moment: Moment, token: str) -> Reply:
    """Return a reply with the placeholders of its texts filled in.

    What a client sent stays on its line: unprintable characters become "?", and a line that grew
    too long is cut.
    """
    if not any("{" in line.text for line in reply.lines):
        return reply
    return Reply(tuple(_filled(line, moment, token) for line in reply.lines))


def _filled(line: ReplyLine, moment: Moment, token: str) -> ReplyLine:
    if "{" not in line.text:
        return line
    text = PLACEHOLDER.sub(lambda found: _value(found[1], moment, token), line.text)
    room = LONGEST_LINE - 4 - (len(line.enhanced) + 1 if line.enhanced else 0)
    octets = text.encode("utf-8", "replace")
    if len(octets) > room:
        text = octets[:room].decode("utf-8", "ignore")
    return ReplyLine(line.code, line.enhanced, text)


def _value(name: str, moment: Moment, token: str) -> str:
    match name:
        case "rcpt" | "rcpt_domain":
            value = next(iter(recipients(moment)), None)
        case "sender" | "sender_domain":
            value = moment.sender
        case "ip":
            value = moment.client_address
        case "host":
            value = moment.host
        case "helo":
            value = moment.helo_name
        case "token":
            value = token
        case _:
            return f"{{{name}}}"
    if value and name.endswith("_domain"):
        value = value.rpartition("@")[2]
    if value is None or (not value and name not in {"sender", "sender_domain"}):
        return _UNKNOWN
    return "".join(c if c.isprintable() else "?" for c in value[:_LONGEST_VALUE])


def in_words(answer: Answer | None, *, reply: Reply | None, quoted: bool = False) -> list[str]:
    """Return what an answer does, each effect in a few words.

    reply: as it is sent. quoted: whether its first line is told, instead of its codes.
    """
    if answer is None:
        return []
    said: list[str] = []
    if reply is not None:
        said.append(f"reply {_quoted(reply) if quoted else _codes(reply)}")
    if answer.raw is not None:
        said.append(f"{len(answer.raw)} octets instead of a reply")
    if answer.truncate is not None:
        said.append(f"reply cut after {answer.truncate} octets")
    if not answer.crlf:
        said.append("reply without line end")
    if answer.repeat > 1:
        said.append(f"reply said {answer.repeat} times")
    if answer.never_replies and answer.store:
        return [*said, "lose the reply", _doing(answer)]
    if answer.ending is not None:
        said.append(_ending(answer, replied=reply is not None or answer.raw is not None))
    if answer.store is not None:
        said.append("store" if answer.store else "do not store")
    return said


def bounce_in_words(bounce: Bounce) -> str:
    """Return what comes back of a mail, in a few words."""
    last = bounce.reply.lines[-1]
    said = f"{last.code} {last.enhanced}".rstrip()
    after = f" after {bounce.seconds:.3g} s" if bounce.seconds else ""
    return f"{'bounce' if bounce.action == 'failed' else 'report a delay'} later{after} with {said}"


def _codes(reply: Reply) -> str:
    return "/".join(dict.fromkeys(str(line.code) for line in reply.lines))


def _quoted(reply: Reply) -> str:
    first, *others = reply.lines
    words = " ".join(word for word in (str(first.code), first.enhanced, first.text) if word)
    return f"{words} …" if others else words


def _doing(answer: Answer) -> str:
    if answer.ending != "hang":
        return f"close with {answer.ending}"
    return "hang" if answer.hang == FOREVER else f"hang {answer.hang:g} s"


def _ending(answer: Answer, *, replied: bool) -> str:
    doing = _doing(answer)
    if answer.octets:
        return f"{doing} after {answer.octets} octets of the message"
    if answer.when == "middle":
        return f"{doing} in the middle of the reply"
    if answer.when == "before":
        return doing if replied else f"{doing} instead of the reply"
    return f"{doing} after the reply"


def handshake_in_words(fault: TlsFault) -> list[str]:
    """Return what is wrong with a TLS handshake, each thing in a few words."""
    said = []
    if fault.cert:
        said.append(f"certificate {fault.cert}")
    if fault.version:
        said.append(f"TLS {fault.version} only")
    if fault.handshake:
        comes = fault.handshake in {"close", "garbage"}
        said.append(f"{fault.handshake} {'instead of ' if comes else ''}the handshake")
    return said
