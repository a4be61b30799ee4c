"""What the rules are told of a session, each thing when it is asked for."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Final

from mailcatch.smtp.endpoint import UNIX, UNKNOWN
from mailcatch.smtp.policy import Facts, Stage

if TYPE_CHECKING:
    from mailcatch.mail import Message

_SIZE: Final = re.compile(rb"\sSIZE=(\d{1,20})(?:\s|$)", re.IGNORECASE)
_WITHOUT_COMMAND: Final = frozenset((Stage.CONNECT, Stage.TLS, Stage.BODY, Stage.EOM, Stage.IDLE))


class WireMoment:
    """A moment of a session (`mailcatch.faults.moment.Moment`), seen through its facts.

    It is good until the session goes on. The message is parsed when a rule asks for more of it than
    its size: that is the only time when a server looks into one.
    """

    __slots__ = ("_facts", "_message", "host", "stage")

    def __init__(self, stage: Stage, facts: Facts, host: str) -> None:
        self._facts = facts
        self._message: Message | None = None
        self.stage = stage
        self.host = host

    @property
    def connection_nth(self) -> int:
        """The number of this connection, from 1."""
        return self._facts.ordinal

    @property
    def transaction_nth(self) -> int:
        """The number of the transaction in its session, 0 before the first."""
        return self._facts.transactions

    @property
    def client_address(self) -> str:
        """The client's address; "unix" for a Unix socket, "unknown" where XCLIENT keeps it."""
        return _split(self._facts.client)[0]

    @property
    def client_port(self) -> int:
        """The client's port, 0 on a Unix socket."""
        return _split(self._facts.client)[1]

    @property
    def server_port(self) -> int:
        """The server's port, 0 on a Unix socket."""
        return _split(self._facts.server)[1]

    @property
    def helo_name(self) -> str | None:
        """How the client calls itself."""
        if self.stage is Stage.EHLO:
            _, _, name = self._facts.line.partition(b" ")
            return name.strip().decode(errors="replace")
        return self._facts.helo

    @property
    def sasl_username(self) -> str | None:
        """Who logged in; at AUTH, whom the line names."""
        return self._facts.user or self._asking_user()

    @property
    def sasl_method(self) -> str | None:
        """How they logged in; at AUTH, the mechanism that is asked for."""
        if self.stage is Stage.AUTH:
            words = self._facts.line.split()
            return words[1].decode(errors="replace").upper() if len(words) > 1 else None
        return self._facts.mechanism

    @property
    def tls(self) -> bool:
        """Whether TLS is active."""
        return self._facts.tls

    @property
    def tls_sni(self) -> str | None:
        """The name that the client asked for in the TLS handshake."""
        return self._facts.server_name or None

    @property
    def sender(self) -> str | None:
        """The reverse-path; "" is the null one."""
        if self.stage is Stage.MAIL:
            return self._facts.path.address if self._facts.path is not None else None
        transaction = self._facts.transaction
        return transaction.sender.address if transaction is not None else None

    @property
    def recipient(self) -> str | None:
        """At RCPT, the recipient that is asked for; at EOM under LMTP, whose reply it is."""
        path = self._facts.path if self.stage is Stage.RCPT else self._facts.recipient
        return None if path is None else path.address

    @property
    def recipients(self) -> tuple[str, ...]:
        """The recipients that were accepted so far."""
        transaction = self._facts.transaction
        if transaction is None:
            return ()
        return tuple(one.path.address for one in transaction.recipients if one.accepted)

    @property
    def recipient_nth(self) -> int:
        """At RCPT, its number in the transaction, from 1."""
        transaction = self._facts.transaction
        if self.stage is not Stage.RCPT or transaction is None:
            return 0
        return len(transaction.recipients) + 1

    @property
    def size(self) -> int | None:
        """Octets: as MAIL declared them, and as they came at the end of the message."""
        if self.stage is Stage.MAIL:
            declared = _SIZE.search(self._facts.line)
            return int(declared[1]) if declared else None
        transaction = self._facts.transaction
        if transaction is None:
            return None
        return transaction.octets if self.stage is Stage.EOM else transaction.declared_size

    @property
    def command(self) -> str | None:
        """The command line, without its end."""
        if self.stage in _WITHOUT_COMMAND:
            return None
        return self._facts.line.decode(errors="replace")

    @property
    def octets(self) -> int:
        """At BODY, how many octets of the message came so far."""
        transaction = self._facts.transaction
        return transaction.octets if transaction is not None else 0

    @property
    def quiet(self) -> float:
        """At IDLE, seconds since the last octet."""
        return self._facts.quiet

    def subject(self) -> str | None:
        """Return the decoded subject."""
        field = self._parsed().headers.first("subject")
        return field.text if field is not None else None

    def header(self, name: str, /) -> list[str]:
        """Return the decoded values of the fields of a name, in any case of letters."""
        return [field.text for field in self._parsed().headers.all(name)]

    def body(self) -> str | None:
        """Return the text that a person would read."""
        return self._parsed().text.plain

    def attachments(self) -> list[str]:
        """Return the names of the attached files, "unnamed" for one without a name."""
        return [part.filename or "unnamed" for part in self._parsed().attachments]

    def fingerprint(self) -> str:
        """Return what makes two attempts the same mail."""
        return self._parsed().fingerprint

    def _parsed(self) -> Message:
        if self._message is None:
            from mailcatch.mail import Envelope, Message

            transaction = self._facts.transaction
            utf8 = transaction is not None and transaction.smtputf8
            envelope = Envelope(self.sender or "", self.recipients, utf8)
            self._message = Message.parse(self._facts.content(), envelope)
        return self._message

    def _asking_user(self) -> str | None:
        words = self._facts.line.split()
        if self.stage is not Stage.AUTH or len(words) != 3:
            return None
        try:
            response = b64decode(words[2], validate=True)
        except (Base64Error, ValueError):
            return None
        if words[1].upper() == b"PLAIN":
            response = [*response.split(b"\0"), b"", b""][1]
        return response.decode(errors="replace")


def _split(end: str) -> tuple[str, int]:
    """Return address and port of one end of a connection."""
    host, colon, port = end.rpartition(":")
    if not colon or not port.isdecimal():
        return (UNKNOWN if end == UNKNOWN else UNIX), 0
    return host.strip("[]"), int(port)
