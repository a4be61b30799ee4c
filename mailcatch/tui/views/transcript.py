"""What was said in the session that brought a message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import Final

from mailcatch.mail import safe_bytes, safe_text
from mailcatch.mailbox.events import (
    SELF,
    AnyEvent,
    Auth,
    Client,
    Close,
    Connect,
    Fault,
    Proxy,
    Relayed,
    Server,
    SessionNote,
    Tls,
    Transaction,
    Turned,
    Xclient,
    Xforward,
)
from mailcatch.mailbox.names import time_of
from mailcatch.mailbox.session_file import LeftOut
from mailcatch.mailbox.speaking import in_words
from mailcatch.tui.model.document import Document, Line, Span, line
from mailcatch.tui.model.opened import Opened
from mailcatch.tui.model.saying import count, full, ordinal, short
from mailcatch.tui.views.view import Wish

_LONGEST: Final = 4_000
_GAP: Final = 1_000_000
"""Microseconds past which the time between two lines is told."""

_MARGIN: Final = 11


class TranscriptView:
    """The dialogue line by line, with times, and what became of each transaction."""

    name = "Transcript"
    details = "every time, to the microsecond"

    def suits(self, opened: Opened) -> int:
        """Whether a session is known."""
        if opened.is_session:
            return 60
        return 30 if opened.session_name else 0

    def render(self, opened: Opened, wish: Wish) -> Document:
        """Return the dialogue, from the transaction of this message on."""
        happened = opened.excerpt
        if not happened:
            return Document((), remark="The session of this message is gone.")
        message = "" if opened.is_session else opened.name
        lines, start = told(happened, message, details=wish.details)
        return Document(lines, start=start)


def told(
    happened: Sequence[AnyEvent | LeftOut], message: str = "", *, details: bool = False
) -> tuple[list[Line], int]:
    """Return the lines of a session, and the one to begin with.

    message: the message that is looked at: where the session brought several, its own transaction
    is the place to begin with. Where none is, it is the first that was refused.
    """
    lines: list[Line] = []
    start = transaction = 0
    before: float = 0
    for event in happened:
        if isinstance(event, LeftOut):
            left = f"· · · {count(event.lines, 'event')} of this long session are left out here"
            lines.append(line(Span(f"{'':{_MARGIN}}{left}", "warn")))
            before, transaction = inf, len(lines)
            continue
        if event.t - before >= _GAP:
            lines.append(
                line(Span(f"{'':{_MARGIN}}· · · {(event.t - before) / 1e6:.1f} s", "warn"))
            )
        before = event.t
        if isinstance(event, Client) and event.text[:5].upper() in ("MAIL ", "SEND ", "SOML "):
            transaction = len(lines)
        if isinstance(event, Transaction) and not start and _is_meant(event, message):
            start = transaction
        when = f"{event.t / 1e6:>9.6f}" if details else f"{event.t / 1e6:>9.3f}"
        for number, spans in enumerate(_spans(event)):
            margin = Span(f"{when if not number or details else '':>9}  ", "dim")
            lines.append(line(margin, *spans, indent=_MARGIN + 3))
        if isinstance(event, Transaction):
            # Where the transcript is full, the next one is told without its MAIL.
            transaction = len(lines)
    return lines, start if start > 12 else 0


def _is_meant(event: Transaction, message: str) -> bool:
    return event.file == message if message else event.outcome != "stored"


def _spans(event: AnyEvent) -> Iterable[tuple[Span, ...]]:
    match event:
        case Connect():
            began = time_of(event.session)
            when = full(began) if began else safe_text(event.at, 100)
            ends = f"{safe_text(event.peer, 200)} connected to {safe_text(event.listener, 200)}"
            if event.peer == SELF:
                ends = "made by mailcatch itself"
            yield (Span(f"   {ends}, {when}", "dim"),)
        case Proxy() | Xclient() | Xforward() | Turned() | Relayed():
            yield (Span(safe_text(f"   {in_words(event)}", 1_000), "name"),)
        case Client():
            end = {"\r\n": "", "\n": "  (bare LF)"}.get(event.end, "  (unfinished)")
            said = _said(event.text, event.base64)
            yield (Span("C: ", "client"), Span(said), *([Span(end, "warn")] if end else ()))
        case Server():
            if event.base64:
                yield (Span("S: ", "good"), Span(_said("", event.base64)))
                return
            for text in event.text.split("\r\n"):
                refused = text[:1] in {"4", "5"}
                said = safe_text(text, _LONGEST)
                yield (
                    Span("S: ", "bad" if refused else "good"),
                    Span(said, "bad" if refused else ""),
                )
        case Tls():
            yield (_handshake(event),)
        case Auth():
            word = "accepted" if event.accepted else "refused"
            about = (
                f"   AUTH {safe_text(event.mechanism, 100)} of {safe_text(event.user, 200)}: {word}"
            )
            yield (Span(about, "name" if event.accepted else "bad"),)
        case SessionNote():
            yield (Span(f"   ! {_noted(event.name, event.detail)}", "warn"),)
        case Fault():
            times = f" for the {ordinal(str(event.ordinal))} time" if event.ordinal else ""
            did = "would have fired" if event.dry else "fired"
            fired = f"rule {event.rule} {did} at {event.stage}{times}: {event.effect}"
            yield (Span(f"   ⚑ {safe_text(fired)}", "mark"),)
        case Transaction():
            stored = event.outcome == "stored"
            kept = f", {event.octets:,} octets as {short(event.file)}" if event.file else ""
            if event.chunks:
                kept += f", in {count(event.chunks, 'chunk')}"
            if event.status_of:
                kept += f", the delivery status of {short(event.status_of)}"
            outcome = safe_text(event.outcome, 50)
            sign = "✓" if stored else "✗"
            yield (Span(f"   {sign} transaction {outcome}{kept}", "good" if stored else "bad"),)
            for one in event.recipients:
                if one.answer:
                    answer = safe_text(f"   <{one.address}> {one.answer}", 500)
                    yield (Span(answer, "dim" if one.taken else "bad"),)
            for note in event.notes:
                yield (Span(f"   ! {_noted(note.name, note.detail)}", "warn"),)
        case Close():
            reason = f" ({event.reason})" if event.reason else ""
            words = f"   closed by the {event.by}: {event.how}{reason}"
            yield (Span(safe_text(words), "dim"),)


def _handshake(event: Tls) -> Span:
    if event.failure:
        alert = f" (alert {event.alert})" if event.alert else ""
        return Span(safe_text(f"   no TLS: {event.failure}{alert}", 500), "bad")
    host = f", for {event.server_name}" if event.server_name else ""
    shown = event.subject or event.fingerprint
    client = f", client certificate {shown}" if shown else ""
    return Span(safe_text(f"   {event.version} with {event.cipher}{host}{client}", 500), "name")


def _said(text: str, octets: bytes) -> str:
    return safe_bytes(octets, _LONGEST) if octets else safe_text(text, _LONGEST)


def _noted(name: str, detail: str) -> str:
    return safe_text(f"{name} {detail}".rstrip(), 500)
