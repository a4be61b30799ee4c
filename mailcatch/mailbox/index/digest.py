"""What the index keeps of one session: its events in, values out.

A session that is still open is read on from where it was left, so that a connection that brings
ten thousand messages is not read ten thousand times: a `Digest` is what has to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from mailcatch.mailbox import events
from mailcatch.mailbox.events import AnyEvent

_STAGES: Final = {
    "HELO": "ehlo", "EHLO": "ehlo", "LHLO": "ehlo", "STARTTLS": "starttls", "AUTH": "auth",
    "MAIL": "mail", "SEND": "mail", "SOML": "mail", "SAML": "mail", "RCPT": "rcpt", "DATA": "data",
    "BDAT": "data", "RSET": "rset", "NOOP": "noop", "VRFY": "vrfy", "EXPN": "vrfy",
}  # fmt: skip
_INSIDE: Final = frozenset(("mail", "rcpt", "data", "body", "eom"))
_POSITIVE: Final = ("2", "3")
_NEGATIVE: Final = ("4", "5")
# A closing server, and a command that is none.
_OF_NO_RECIPIENT: Final = ("421", "500", "502")
_MOST_CODES: Final = 30
_LONGEST_REPLY: Final = 1_000
_LONGEST_NAME: Final = 255


Asked = tuple[str, bool, str]
"""A recipient that was asked for: the address, whether it was accepted, the reply unless it was."""

_asked: Final = msgspec.msgpack.Decoder(tuple[Asked, ...])


class TryRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A transaction, as one try at sending a message.

    ordinal: its place in the session, from 1. began: microseconds since the session began.
    recipients: address, whether it was accepted, and the reply unless it was. stage: how far it
    came: where it failed, or "eom". reply: the one that decided. codes: of all replies. status_of:
    the file whose delivery status its message tells of, where the server made that itself. helo:
    what the client called itself.
    """

    ordinal: int
    began: int
    user: str
    outcome: str
    sender: str
    recipients: tuple[Asked, ...]
    utf8: bool
    stage: str
    reply: str
    codes: tuple[str, ...]
    notes: tuple[str, ...]
    file: str
    status_of: str = ""
    helo: str = ""


class FaultRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fault. ordinal: the try it fell into, 0 for none. at: microseconds since the beginning."""

    ordinal: int
    at: int
    stage: str
    rule: str
    effect: str


class Digest(msgspec.Struct, array_like=True, gc=False):
    """A session as far as it was read.

    began: microseconds since 1970. stage: of the last command but QUIT. ended: microseconds since
    the beginning, None while it is open. tries, stored, refused: how many there were. codes: of
    all replies. reply: the last that refused anything outside of transactions. unnamed: the last
    that refused a recipient whom the transaction cannot name, because the address was none.
    notes: names. inside: whether a transaction is going on, which began at `mail`. helo: what the
    client calls itself.
    """

    began: int = 0
    peer: str = ""
    user: str = ""
    stage: str = "connect"
    ended: int | None = None
    how: str = ""
    reason: str = ""
    tries: int = 0
    stored: int = 0
    refused: int = 0
    codes: list[str] = []
    reply: str = ""
    unnamed: str = ""
    notes: list[str] = []
    inside: bool = False
    mail: int = 0
    helo: str = ""

    @property
    def host(self) -> str:
        """The peer without its port."""
        return host_of(self.peer)


class Read(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What was read of a session's file: octets up to `size`, and what is new in them."""

    size: int
    digest: Digest
    tries: tuple[TryRow, ...]
    faults: tuple[FaultRow, ...]


def encode_recipients(recipients: tuple[Asked, ...]) -> bytes:
    """Return recipients as the index holds them."""
    return msgspec.msgpack.encode(recipients)


def decode_recipients(octets: bytes) -> tuple[Asked, ...]:
    """Return recipients that the index holds."""
    return _asked.decode(octets) if octets else ()


def host_of(peer: str) -> str:
    """Return the peer of a session without its port and brackets."""
    host, colon, port = peer.rpartition(":")
    return host.strip("[]") if colon and port.isdecimal() else peer


def read_on(octets: bytes, size: int, digest: Digest) -> Read:
    """Read what was appended to a session's file.

    octets: all that stands in it past `size`. A last line without its end is left for later.
    digest: what was known so far; it is brought up to date.
    """
    end = octets.rfind(b"\n") + 1
    tries: list[TryRow] = []
    faults: list[FaultRow] = []
    _take(digest, events.decode(octets[:end]), tries, faults)
    return Read(size + end, digest, tuple(tries), tuple(faults))


def _take(
    digest: Digest, happened: Iterable[AnyEvent], tries: list[TryRow], faults: list[FaultRow]
) -> None:
    for event in happened:
        match event:
            case events.Client():
                _command(digest, event)
            case events.Server():
                # After ATRN the server says commands.
                if event.text[:1].isdigit():
                    _add(digest.codes, event.text[:3])
                _refusal(digest, event.text)
            case events.Transaction():
                tries.append(_try(digest, event))
            case events.Fault() if not event.dry:
                # The fault of the reply that ends a transaction is told after its end.
                ordinal = digest.tries + digest.inside if event.stage in _INSIDE else 0
                faults.append(FaultRow(ordinal, event.t, event.stage, event.rule, event.effect))
            case events.Auth() if event.accepted:
                digest.user = event.user
            case events.SessionNote():
                _add(digest.notes, event.name)
            case events.Connect():
                digest.began = _microseconds(event.at)
                digest.peer = event.peer
            case events.Xclient():
                digest.peer, digest.user = event.peer, ""
                helo = event.attributes.get("HELO", "")
                digest.helo = "" if helo.startswith("[") else helo[:_LONGEST_NAME]
            case events.Close():
                digest.ended, digest.how, digest.reason = event.t, event.how, event.reason
            case _:
                pass


def _command(digest: Digest, event: events.Client) -> None:
    stage = _STAGES.get(event.text[:8].partition(" ")[0].upper())
    if stage is None:
        return
    digest.stage = stage
    if stage == "ehlo":
        digest.helo = event.text.partition(" ")[2].strip()[:_LONGEST_NAME]
    if stage == "mail" and not digest.inside:
        digest.inside, digest.mail = True, event.t


def _refusal(digest: Digest, reply: str) -> None:
    if not reply.startswith(_NEGATIVE):
        return
    if not digest.inside:
        digest.reply = reply[:_LONGEST_REPLY]
    elif digest.stage == "rcpt" and not reply.startswith(_OF_NO_RECIPIENT):
        digest.unnamed = reply[:_LONGEST_REPLY]


def _try(digest: Digest, event: events.Transaction) -> TryRow:
    digest.tries += 1
    digest.stored += event.outcome == "stored"
    began = digest.mail if digest.inside else event.t
    digest.inside = False
    stage, reply = _decided(event)
    if digest.unnamed and not reply and event.outcome != "stored":
        stage, reply = "rcpt", digest.unnamed
    digest.unnamed = ""
    # A client that takes back what was refused makes it a transaction that it gave up.
    digest.refused += event.outcome != "stored" and (
        event.outcome == "refused" or reply.startswith(_NEGATIVE)
    )
    if event.outcome == "stored":
        digest.stage = "eom"
    elif stage in ("body", "eom"):
        digest.stage = stage
    asked, receivers = event.recipients, event.receivers
    answers = (*(one.reply for one in asked), *(one.answer for one in asked))
    replies = (event.reply, *answers, event.answer, reply)
    return TryRow(
        ordinal=digest.tries,
        began=began,
        user=digest.user,
        outcome=event.outcome,
        sender=event.sender,
        recipients=tuple(
            (one.address, one in receivers, "" if one in receivers else one.refusal)
            for one in asked
        ),
        utf8=any(one.upper() == "SMTPUTF8" for one in event.parameters),
        stage=stage,
        reply=reply,
        codes=tuple(dict.fromkeys(reply[:3] for reply in replies if reply))[:_MOST_CODES],
        notes=tuple(dict.fromkeys(note.name for note in event.notes)),
        file=event.file,
        status_of=event.status_of,
        helo=digest.helo,
    )


def _decided(event: events.Transaction) -> tuple[str, str]:
    """Return how far a transaction came, and the reply that decided."""
    if event.outcome == "stored":
        return "eom", event.answer
    if not event.reply.startswith(_POSITIVE):
        return "mail", event.reply
    if event.octets or event.answer.startswith(_POSITIVE):
        return ("eom" if event.answer else "body"), event.answer
    refused = [one.reply for one in event.recipients if not one.accepted]
    if refused and len(refused) == len(event.recipients):
        # Clients that pipeline send DATA nevertheless, and what it is answered decides nothing.
        return "rcpt", refused[-1]
    if event.answer:
        return "data", event.answer
    return ("rcpt" if event.recipients else "mail"), ""


def _add(seen: list[str], name: str) -> None:
    if name and name not in seen and len(seen) < _MOST_CODES:
        seen.append(name)


def _microseconds(at: str) -> int:
    try:
        return round(datetime.fromisoformat(at).timestamp() * 1_000_000)
    except ValueError:
        return 0
