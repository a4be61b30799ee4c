"""The events of a session file, one JSON object a line: a public format, docs/mailbox-format.md.

Every event has `event`, its kind, and `t`, microseconds since the session began. Fields that have
their default are left out.
"""

from __future__ import annotations

import sys
from typing import Final

import msgspec

FORMAT: Final = 1
# msgspec leaves a default out only where it is the very same object.
CRLF: Final = sys.intern("\r\n")

SELF: Final = "mailcatch"
"""The peer of a session without a client, in which the server made a message itself."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="event"):
    """Something that happened in a session, `t` microseconds after it began."""

    t: int


class Connect(Event, frozen=True, tag="connect"):
    """The session began. Always the first line.

    format: the version of the format. session: the name of the session. at: when it began, in UTC
    (RFC 3339). peer, listener: the two ends, both SELF where there was no client. server: the
    program that wrote the file.
    """

    format: int
    session: str
    at: str
    peer: str
    listener: str
    server: str


class Proxy(Event, frozen=True, tag="proxy"):
    """What a proxy said of the client (the PROXY protocol); the `connect` event has its peer.

    version: 1 or 2. via: the proxy's end of the connection. destination: where the client connected
    to. local: whether the proxy named no client, and the connection is its own. server_name: the
    host that the client asked for. tls, cipher, subject: of TLS between the client and the proxy.
    unique_id: the proxy's name for the connection, in hexadecimal digits.
    """

    version: int
    via: str
    destination: str = ""
    local: bool = False
    server_name: str = ""
    tls: str = ""
    cipher: str = ""
    subject: str = ""
    unique_id: str = ""


class Xclient(Event, frozen=True, tag="xclient"):
    """XCLIENT made the session that of another client.

    attributes: what it said, by name; "[UNAVAILABLE]" and "[TEMPUNAVAIL]" as values. peer: the
    client from here on.
    """

    attributes: dict[str, str]
    peer: str


class Xforward(Event, frozen=True, tag="xforward"):
    """XFORWARD told of whose mail the next transaction is. attributes: by name, as in Xclient."""

    attributes: dict[str, str]


class Client(Event, frozen=True, tag="client"):
    """A line of the client.

    text: the line without its end, secrets masked. base64: the octets instead, where they are not
    UTF-8. end: how the line ended: "\\r\\n", "\\n", or "" for a line the client never ended.
    """

    text: str = ""
    base64: bytes = b""
    end: str = CRLF


class Server(Event, frozen=True, tag="server"):
    """A reply. text: all its lines, with CRLF between them; base64: octets that are not UTF-8."""

    text: str = ""
    base64: bytes = b""


class Auth(Event, frozen=True, tag="auth"):
    """An authentication. secret: the password, kept only where the user asked for it."""

    mechanism: str
    user: str
    accepted: bool
    secret: str = ""


class Tls(Event, frozen=True, tag="tls"):
    """A TLS handshake. failure: why it came to nothing, or ""; all else may be unknown then.

    version: such as "TLSv1.3". cipher: the suite. server_name: the host that the client asked for
    (SNI). subject, fingerprint: of the client's certificate; SHA-256 in hexadecimal. alert: the
    client's, by its name in RFC 8446 section 6.
    """

    version: str = ""
    cipher: str = ""
    server_name: str = ""
    subject: str = ""
    fingerprint: str = ""
    failure: str = ""
    alert: str = ""


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something unusual about the form: a name of docs/mailbox-format.md, and where or how much."""

    name: str
    detail: str = ""


class SessionNote(Event, frozen=True, tag="note"):
    """A note that belongs to the session, not to a message."""

    name: str
    detail: str = ""


class Fault(Event, frozen=True, tag="fault"):
    """What was done on purpose. stage: where. rule: which rule. effect: what, in words.

    ordinal: the how many-th time, counted as the rule counts; 0 where nobody counted. seed: what
    chance was drawn from. dry: it was not done, only told.
    """

    stage: str
    rule: str
    effect: str
    ordinal: int = 0
    seed: int = 0
    dry: bool = False


class Recipient(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recipient that was asked for. reply: what it was answered; "" where no reply was sent.

    answer: what the end of the data was answered for this one, under LMTP; "" where it was not.
    """

    address: str
    reply: str
    accepted: bool
    route: str = ""
    parameters: tuple[str, ...] = ()
    answer: str = ""

    @property
    def taken(self) -> bool:
        """Whether nothing that it was answered refuses it."""
        return self.accepted and self.answer[:1] not in {"4", "5"}

    @property
    def refusal(self) -> str:
        """The reply that refused it, or ""."""
        if not self.accepted:
            return self.reply
        return "" if self.taken else self.answer


class Transaction(Event, frozen=True, tag="transaction"):
    """A transaction ended.

    outcome: "stored", "refused", "dropped" (accepted and, on purpose, not kept), "reset" (given up
    by the client) or "aborted" (the session ended).
    verb: MAIL, SEND, SOML or SAML. sender: the reverse-path; "" is the null sender. reply: what
    MAIL was answered. answer: what DATA, BDAT or the end of data was answered. octets: how many
    came. chunks: how many chunks of BDAT they came in; 0 by DATA.
    file: the message under messages/, where it was stored, or refused and kept all the same.
    status_of: of a delivery status notification that the server made itself: the file whose message
    it tells of, or that of its session where the message was not kept.
    """

    outcome: str
    verb: str
    sender: str
    reply: str
    answer: str = ""
    recipients: tuple[Recipient, ...] = ()
    octets: int = 0
    file: str = ""
    route: str = ""
    parameters: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    chunks: int = 0
    status_of: str = ""

    @property
    def receivers(self) -> tuple[Recipient, ...]:
        """Whom the message went to; whom it was for, where it went to nobody."""
        taken = tuple(one for one in self.recipients if one.taken)
        return taken or tuple(one for one in self.recipients if one.accepted)


class Turned(Event, frozen=True, tag="turned"):
    """ATRN reversed the roles: from here on the server says commands, and the client answers them.

    messages: how many are to be sent. domains: those asked for, none for all.
    """

    messages: int
    domains: tuple[str, ...] = ()


class Relayed(Event, frozen=True, tag="relayed"):
    """A message of the mailbox was sent to the client, or tried to.

    file: which, under messages/. recipients: who was asked for, and the client's replies.
    answer: its last one, to MAIL, to DATA or to the end of the data.
    """

    file: str
    recipients: tuple[Recipient, ...] = ()
    answer: str = ""


class Close(Event, frozen=True, tag="close"):
    """The session ended. Always the last line of a session that is over.

    by: "client" or "server". how: "quit", "eof", "closed", "reset", "idle", "limit", "protocol",
    "fault", "stopped", "tls", "error", or "made" where there was no client. reason: a sentence,
    or "".
    """

    by: str
    how: str
    reason: str = ""


AnyEvent = (
    Connect
    | Proxy
    | Xclient
    | Xforward
    | Client
    | Server
    | Tls
    | Auth
    | SessionNote
    | Fault
    | Transaction
    | Turned
    | Relayed
    | Close
)

_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(AnyEvent)


def encode(events: list[AnyEvent]) -> bytes:
    """Return events as lines."""
    return _encoder.encode_lines(events)


def decode(lines: bytes) -> list[AnyEvent]:
    """Return the events of lines.

    Lines that are torn, and events of later versions of the format, are passed over.
    """
    events = []
    for line in lines.split(b"\n"):
        try:
            events.append(_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return events
