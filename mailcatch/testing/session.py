"""A session as a test sees it: what was said, by whom, when; built from its events."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from mailcatch.mail.safe import safe_text
from mailcatch.mailbox import events
from mailcatch.mailbox.speaking import SPEAKING, in_words
from mailcatch.testing.replies import Reply

MOST_EVENTS: Final = 20_000
_LONGEST: Final = 500
_OPENS: Final = frozenset({"MAIL", "SEND", "SOML", "SAML"})
_HELLOS: Final = frozenset({"EHLO", "HELO", "LHLO"})
_BEFORE_MAIL: Final = _HELLOS | {"", "AUTH", "STARTTLS", "XCLIENT", "XFORWARD"}


class Session:
    """One connection: who connected, what was said, how it ended.

    number: counted from 1 in each server. name: the name of its file.
    peer, listener: the two ends, as "127.0.0.1:50123"; the peer is whom a PROXY header or XCLIENT
    named, where one did.
    began: when. helo: what the client calls itself, or "". auth_user, auth_mechanism: who
    authenticated and how, or "". tls: whether it was inside of TLS.
    delivered: messages that were taken. ended: how it was closed, or None while it is open.
    """

    def __init__(self, number: int, opening: events.Connect) -> None:
        self.number = number
        self.opening = opening
        self.name = opening.session
        self.peer = opening.peer
        self.listener = opening.listener
        self.began = datetime.fromisoformat(opening.at)
        self.helo = ""
        self.auth_user = ""
        self.auth_mechanism = ""
        self.tls = False
        self.delivered = 0
        self.ended: events.Close | None = None
        self.events: list[events.AnyEvent] = []
        self.dropped = 0
        # What the ledger and the waits look at.
        self.in_transaction = False
        self.begun_at = self.began
        self.begun = 0
        self.tries = 0
        self.rule = ""
        self.refusal: Reply | None = None
        self.heard_at = monotonic()
        self._verb = ""

    @property
    def peer_end(self) -> tuple[str, int]:
        """The address and the port of the peer; port 0 on a Unix socket, or where none is known."""
        host, colon, port = self.peer.rpartition(":")
        return (host.strip("[]"), int(port)) if colon and port.isdecimal() else (self.peer, 0)

    @property
    def transcript(self) -> str:
        """The whole conversation, safe to show."""
        return "\n".join(self.shown())

    def shown(self, since: int = 0) -> list[str]:
        """Return the transcript's lines, from an event on."""
        return [
            f"+{event.t / 1000:8.1f}ms {who}: {safe_text(text, _LONGEST)}"
            for event in self.since(since)
            for who, text in _lines(event)
        ]

    def since(self, place: int) -> list[events.AnyEvent]:
        """Return the events from one on."""
        return self.events[max(place - self.dropped, 0) :]

    def after(self, event: events.AnyEvent) -> list[events.AnyEvent]:
        """Return what happened after an event; nothing where it was dropped."""
        rest = iter(self.events)
        return list(rest) if any(one is event for one in rest) else []

    @property
    def length(self) -> int:
        """Events so far, those that were dropped included."""
        return self.dropped + len(self.events)

    def at(self, event: events.Event) -> datetime:
        """Return when an event was."""
        return self.began + timedelta(microseconds=event.t)

    def begins_transaction(self, event: events.Client) -> bool:
        """Return whether a line is a MAIL (or SEND, SOML, SAML) outside of a transaction."""
        return not self.in_transaction and event.text[:4].upper() in _OPENS

    def take(self, event: events.AnyEvent) -> None:
        """Take the next event."""
        self.heard_at = monotonic()
        if len(self.events) >= MOST_EVENTS:
            del self.events[: MOST_EVENTS // 2]
            self.dropped += MOST_EVENTS // 2
        self.events.append(event)
        match event:
            case events.Client():
                self._client(event)
            case events.Server():
                self._server(event)
            case events.Xclient():
                self.peer = event.peer
                self.helo = self.auth_user = self.auth_mechanism = ""
            case events.Auth(user=user, mechanism=mechanism, accepted=True):
                self.auth_user, self.auth_mechanism = user, mechanism
            case events.Tls(failure=""):
                self.tls = True
            case events.Fault():
                self.rule = event.rule
            case events.Transaction():
                self.in_transaction = False
                self.tries += 1
                self.delivered += event.outcome == "stored"
            case events.Close():
                self.in_transaction = False
                self.ended = event

    def _client(self, event: events.Client) -> None:
        verb, _, argument = event.text.partition(" ")
        self._verb = verb.upper()
        if self._verb in _HELLOS:
            self.helo = argument.strip()
        elif self.begins_transaction(event):
            self.begun_at = self.at(event)
            self.rule = ""

    def _server(self, event: events.Server) -> None:
        code = event.text[:1]
        if self._verb in _OPENS and code == "2":
            self.in_transaction = True
        if code in {"4", "5"} and (self._verb in _BEFORE_MAIL or self._verb in _OPENS):
            self.refusal = Reply.parse(event.text)

    def __repr__(self) -> str:
        state = "open" if self.ended is None else f"closed by the {self.ended.by}"
        helo = f" helo {safe_text(self.helo, 40)!r}" if self.helo else ""
        return (
            f"<Session {self.number} from {self.peer}{helo}, {self.delivered} delivered, {state}>"
        )


def _lines(event: events.AnyEvent) -> list[tuple[str, str]]:
    """Return what the transcript shows of an event: who, and the words."""
    if isinstance(event, SPEAKING):
        return [("*", in_words(event))]
    match event:
        case events.Client():
            return [("C", event.text or event.base64.decode("ascii", "backslashreplace"))]
        case events.Server():
            said = event.text or event.base64.decode("ascii", "backslashreplace")
            return [("S", line) for line in said.splitlines()]
        case events.Tls(failure=""):
            return [("*", f"{event.version} with {event.cipher}")]
        case events.Tls():
            alert = f" (alert {event.alert})" if event.alert else ""
            return [("*", f"no TLS: {event.failure}{alert}")]
        case events.SessionNote():
            return [("*", f"note {event.name} {event.detail}".rstrip())]
        case events.Fault():
            return [("*", f"fault rule {event.rule} at {event.stage}: {event.effect}")]
        case events.Transaction() if event.octets:
            chunks = f" in {event.chunks} chunks" if event.chunks else ""
            return [("C", f"({event.octets:,} octets of message{chunks}, {event.outcome})")]
        case events.Close():
            reason = f": {event.reason}" if event.reason else ""
            return [("*", f"closed by the {event.by} ({event.how}){reason}")]
        case _:
            return []
