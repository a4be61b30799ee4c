"""A moment: what is known of a session when the rules are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class Moment(Protocol):
    """What a rule can look at. None: not known (yet), or there is none.

    The attributes are cheap and may be read often. The methods cost something, and are called only
    at eom, only when a rule needs them, and at most once in one call of `Engine.decide`.

    stage: a name of stages.STAGES. connection_nth: the number of this connection since the server
    started, from 1; it is also what tells connections apart. transaction_nth: of the transaction in
    its session, from 1, and 0 before the first MAIL; every MAIL begins one. sender: "" is the null
    reverse-path. recipient: at rcpt, the one that is asked for; at eom, the one whose reply it is,
    where each has its own (LMTP). recipients: those accepted so far
    (at rcpt, without the one that is asked for). recipient_nth: at rcpt, the number of this
    RCPT in its transaction. sasl_username: whoever logged in; at auth, who the AUTH line names.
    size: octets, as declared with MAIL and, at eom, as they came. command: the command line without
    its CRLF. octets: at body, how many of the message came so far; body begins with 0. quiet: at
    idle, seconds since the last octet. host: the server's own name.
    """

    @property
    def stage(self) -> str: ...
    @property
    def connection_nth(self) -> int: ...
    @property
    def transaction_nth(self) -> int: ...
    @property
    def client_address(self) -> str: ...
    @property
    def client_port(self) -> int: ...
    @property
    def server_port(self) -> int: ...
    @property
    def host(self) -> str: ...
    @property
    def helo_name(self) -> str | None: ...
    @property
    def sasl_username(self) -> str | None: ...
    @property
    def sasl_method(self) -> str | None: ...
    @property
    def tls(self) -> bool: ...
    @property
    def tls_sni(self) -> str | None: ...
    @property
    def sender(self) -> str | None: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def recipients(self) -> Sequence[str]: ...
    @property
    def recipient_nth(self) -> int: ...
    @property
    def size(self) -> int | None: ...
    @property
    def command(self) -> str | None: ...
    @property
    def octets(self) -> float: ...
    @property
    def quiet(self) -> float: ...

    def subject(self) -> str | None:
        """Return the decoded subject."""

    def header(self, name: str, /) -> Sequence[str]:
        """Return the decoded values of the header fields of that name, in any case of letters."""

    def body(self) -> str | None:
        """Return the text that a person would read."""

    def attachments(self) -> Sequence[str]:
        """Return the file names of the attachments, "unnamed" for one without a name."""

    def fingerprint(self) -> str:
        """Return what makes two attempts the same mail."""


class Supposed(msgspec.Struct, kw_only=True):
    """A moment that is made up: to explain what rules would do, and to test them."""

    stage: str = "connect"
    connection_nth: int = 1
    transaction_nth: int = 0
    client_address: str = "127.0.0.1"
    client_port: int = 40_000
    server_port: int = 1025
    host: str = "localhost"
    helo_name: str | None = None
    sasl_username: str | None = None
    sasl_method: str | None = None
    tls: bool = False
    tls_sni: str | None = None
    sender: str | None = None
    recipient: str | None = None
    recipients: tuple[str, ...] = ()
    recipient_nth: int = 0
    size: int | None = None
    command: str | None = None
    octets: float = float("inf")
    quiet: float = 0.0
    subject_text: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body_text: str | None = None
    attachment_names: tuple[str, ...] = ()
    mark: str = ""

    def subject(self) -> str | None:
        """Return the subject, or that of the headers."""
        return self.subject_text or next(iter(self.header("subject")), None)

    def header(self, name: str, /) -> Sequence[str]:
        """Return the values of the header fields of that name."""
        return [value for given, value in self.headers if given.lower() == name.lower()]

    def body(self) -> str | None:
        """Return the text."""
        return self.body_text

    def attachments(self) -> Sequence[str]:
        """Return the file names."""
        return self.attachment_names

    def fingerprint(self) -> str:
        """Return the mark, or one that is made of the envelope and the subject."""
        return self.mark or repr((self.sender, sorted(self.recipients), self.subject()))
