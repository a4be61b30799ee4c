"""What was said in a session, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailcatch.cli.terminal import Paint, full_time, json_line, say
from mailcatch.mail.safe import safe_bytes, safe_text
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
from mailcatch.mailbox.speaking import in_words

if TYPE_CHECKING:
    from mailcatch.mailbox.events import Note

_LONGEST = 2_000


def say_transcript(happened: Iterable[AnyEvent], paint: Paint, *, json: bool, utc: bool) -> None:
    """Print the events of a session; their strings are made safe to show."""
    for event in happened:
        if json:
            json_line(event)
            continue
        seconds = paint.dim(f"{event.t / 1_000_000:10.3f}")
        for line in _lines(event, paint, utc=utc):
            say(f"{seconds}  {line}")


def _lines(event: AnyEvent, paint: Paint, *, utc: bool) -> list[str]:
    match event:
        case Connect():
            began = time_of(event.session)
            when = full_time(began, utc=utc) if began else safe_text(event.at)
            ends = f"{safe_text(event.peer)} connected to {safe_text(event.listener)}"
            if event.peer == SELF:
                ends = "made by mailcatch itself"
            return [paint.dim(f"   {ends} on {when}")]
        case Proxy() | Xclient() | Xforward() | Turned() | Relayed():
            return [paint.dim(safe_text(f"   {in_words(event)}", _LONGEST))]
        case Client():
            end = {"\r\n": "", "\n": "  (bare LF)"}.get(event.end, "  (unfinished)")
            return [f"{paint.cyan('C:')} {_said(event.text, event.base64)}{paint.yellow(end)}"]
        case Server():
            if event.base64:
                return [f"{paint.green('S:')} {_said('', event.base64)}"]
            return [
                f"{_side(line, paint)} {safe_text(line, _LONGEST)}"
                for line in event.text.split("\r\n")
            ]
        case Tls():
            return [_handshake(event, paint)]
        case Auth():
            word = "accepted" if event.accepted else "refused"
            user = safe_text(event.user)
            return [paint.dim(f"   {safe_text(event.mechanism)} of {user} was {word}")]
        case SessionNote():
            return [paint.yellow(f"   {_noted(event)}")]
        case Fault():
            what = f"rule {event.rule} at {event.stage}: {event.effect}"
            return [paint.yellow(f"   {safe_text(what)}")]
        case Transaction():
            became = f"   transaction {safe_text(event.outcome)}"
            if event.file:
                became += f" as {safe_text(event.file)}"
            if event.chunks:
                became += f", {event.octets:,} octets in {_chunks(event.chunks)}"
            if event.status_of:
                became += f", the delivery status of {safe_text(event.status_of)}"
            answers = [
                paint.dim(f"   {safe_text(f'<{one.address}> {one.answer}', _LONGEST)}")
                for one in event.recipients
                if one.answer
            ]
            notes = [paint.yellow(f"   {_noted(note)}") for note in event.notes]
            return [paint.bold(became), *answers, *notes]
        case Close():
            words = f"   closed by {event.by}: {event.how} {event.reason}".rstrip()
            return [paint.dim(safe_text(words))]


def _chunks(number: int) -> str:
    return "1 chunk" if number == 1 else f"{number} chunks"


def _handshake(event: Tls, paint: Paint) -> str:
    if event.failure:
        alert = f" (alert {event.alert})" if event.alert else ""
        return paint.red(safe_text(f"   no TLS: {event.failure}{alert}"))
    told = f"   {event.version} with {event.cipher}"
    if event.server_name:
        told += f", for {event.server_name}"
    if event.fingerprint:
        told += f", client certificate {event.subject or event.fingerprint}"
    return paint.dim(safe_text(told))


def _said(text: str, octets: bytes) -> str:
    return safe_bytes(octets, _LONGEST) if octets else safe_text(text, _LONGEST)


def _noted(note: SessionNote | Note) -> str:
    return safe_text(f"note {note.name} {note.detail}".rstrip())


def _side(line: str, paint: Paint) -> str:
    return paint.red("S:") if line[:1] in {"4", "5"} else paint.green("S:")
