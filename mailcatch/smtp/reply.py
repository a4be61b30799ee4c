"""Replies: a code, an enhanced status code where the RFCs allow one, and a text of ours.

No reply of the server's own carries a byte that came from the client, so nothing a client says can
split or forge one.
"""

from __future__ import annotations

from typing import Final, Self


class Reply:
    """One reply, rendered once.

    code: the three digits (RFC 5321 section 4.2).
    enhanced: the enhanced status code, as "2.1.0", or "" where RFC 2034 allows none (the greeting,
        replies to HELO and EHLO, and 3xx).
    lines: the text, one item a line.
    positive: whether the server takes the command (2xx) or waits for more (3xx).
    full, bare: the reply as it is sent, without the last CRLF, with and without the enhanced code,
        which a server may show only when it offered ENHANCEDSTATUSCODES (RFC 2034 section 3).
    octets: `full`, as octets.
    """

    __slots__ = ("bare", "code", "enhanced", "full", "lines", "octets", "positive")

    def __init__(self, code: int, enhanced: str, *lines: str) -> None:
        if not 200 <= code <= 599:
            raise ValueError(f"{code} is no reply code: a server's replies run from 200 to 599")
        if any(not line.isprintable() for line in lines):
            raise ValueError("the text of a reply is printable, without line ends")
        self.code = code
        self.enhanced = enhanced
        self.lines = lines or ("",)
        self.positive = code < 400
        self.full = _render(code, enhanced, self.lines)
        self.bare = _render(code, "", self.lines) if enhanced else self.full
        self.octets = self.full.encode()

    @classmethod
    def verbatim(cls, *lines: str) -> Self:
        """Return a reply that is sent as it stands, its codes in the lines: a fault's.

        lines: such as "250-first" and "550 last". The code of the last line is that of the reply,
        as most clients read it. Raises ValueError for a line without a code, or of two lines.
        """
        last = lines[-1]
        if not all(line[:3].isdecimal() and line[3:4] in {"", " ", "-"} for line in lines):
            raise ValueError("a line of a reply begins with its code")
        whole = cls(int(last[:3]), "", *(line[4:] for line in lines))
        whole.full = whole.bare = "\r\n".join(lines)
        whole.octets = whole.full.encode()
        return whole

    def __repr__(self) -> str:
        return f"Reply({self.full!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reply) and self.full == other.full

    def __hash__(self) -> int:
        return hash(self.full)


def _render(code: int, enhanced: str, lines: tuple[str, ...]) -> str:
    last = len(lines) - 1
    status = f"{enhanced} " if enhanced else ""
    rendered = (
        f"{code}{' ' if number == last else '-'}{status}{line}" for number, line in enumerate(lines)
    )
    return "\r\n".join(rendered)


# RFC 5321 section 4.2.2 and 4.3.2 for the codes, RFC 3463 section 3 for the enhanced ones.
TURNING: Final = Reply(250, "2.0.0", "Ok, now reversing the connection")
BYE: Final = Reply(221, "2.0.0", "Bye")
OK: Final = Reply(250, "2.0.0", "Ok")
SENDER_OK: Final = Reply(250, "2.1.0", "Ok")
RECIPIENT_OK: Final = Reply(250, "2.1.5", "Ok")
AUTHENTICATED: Final = Reply(235, "2.7.0", "Authentication successful")
NOTHING_WAITS: Final = Reply(251, "2.0.0", "Ok, no messages waiting")
NOT_VERIFIED: Final = Reply(252, "2.5.0", "Cannot verify the user, but every message is accepted")
NOT_EXPANDED: Final = Reply(252, "2.5.0", "Cannot expand the list, but every message is accepted")
GO_AHEAD: Final = Reply(354, "", "End data with <CR><LF>.<CR><LF>")
START_TLS: Final = Reply(220, "", "Ready to start TLS")

CLOSING: Final = Reply(421, "4.3.2", "The server is stopping")
TOO_MANY_SESSIONS: Final = Reply(421, "4.7.0", "Too many sessions at once")
TOO_MANY_COMMANDS: Final = Reply(421, "4.7.0", "Too many commands in one session")
IDLE: Final = Reply(421, "4.4.2", "Nothing came for too long, closing")
IDLE_IN_DATA: Final = Reply(421, "4.4.2", "Nothing came for too long inside the data, closing")
WAITING_FOR_DOT: Final = Reply(
    421,
    "4.4.2",
    "The data ended with a bare line feed: only <CR><LF>.<CR><LF> ends it, closing",
)
DATA_TOO_SLOW: Final = Reply(421, "4.4.2", "The data took too long, closing")
ENDLESS_LINE: Final = Reply(421, "4.7.0", "The command line has no end, closing")
NOT_HTTP: Final = Reply(421, "4.7.0", "This is an SMTP server, not a web server, closing")

INTERNAL_ERROR: Final = Reply(451, "4.3.0", "Internal error, the message was not kept")
CANNOT_TURN: Final = Reply(451, "4.3.0", "Unable to process the ATRN request now")
NO_MAIL: Final = Reply(453, "4.2.0", "You have no mail")
TOO_MANY_RECIPIENTS: Final = Reply(452, "4.5.3", "Too many recipients")

SAY_LHLO: Final = Reply(500, "5.5.1", "This is LMTP: say LHLO")
UNKNOWN_COMMAND: Final = Reply(500, "5.5.2", "Command not recognized")
LOST_TRACK: Final = Reply(500, "5.5.6", "Command line too long before a chunk, closing")
LINE_TOO_LONG: Final = Reply(500, "5.5.6", "Command line too long")
BAD_BASE64: Final = Reply(501, "5.5.2", "Cannot decode base64")
BAD_CREDENTIALS_FORM: Final = Reply(501, "5.5.2", "Cannot read the credentials")
SERVER_FIRST: Final = Reply(501, "5.5.2", "The server speaks first in this mechanism")
AUTH_CANCELLED: Final = Reply(501, "5.7.0", "Authentication cancelled")
NO_NULL_RECIPIENT: Final = Reply(501, "5.1.3", "A recipient cannot be the null path")
CHUNK_WITHOUT_SIZE: Final = Reply(501, "5.5.4", "Syntax: BDAT octets [LAST], closing")
NO_PARAMETERS: Final = Reply(501, "5.5.4", "Syntax: this command takes no parameters")
NOT_IMPLEMENTED: Final = Reply(502, "5.5.1", "Command not implemented")
NO_TRANSACTION: Final = Reply(503, "5.5.1", "Send MAIL first")
NOBODY_ACCEPTED: Final = Reply(503, "5.5.1", "No valid recipients")
CHUNK_AFTER_DATA: Final = Reply(503, "5.5.1", "DATA and BDAT do not mix: send RSET")
DATA_AFTER_CHUNK: Final = Reply(503, "5.5.1", "BDAT and DATA do not mix: send RSET")
BINARY_BY_BDAT: Final = Reply(503, "5.5.1", "A message of BODY=BINARYMIME comes by BDAT only")
MESSAGE_FAILED: Final = Reply(503, "5.5.1", "The message has failed already: send RSET")
RECIPIENT_TOO_LATE: Final = Reply(503, "5.5.1", "The message has begun: no recipient is added")
NESTED_MAIL: Final = Reply(503, "5.5.1", "A transaction is open already: end it with DATA or RSET")
EHLO_FIRST: Final = Reply(503, "5.5.1", "Send EHLO first")
AUTHENTICATED_ALREADY: Final = Reply(503, "5.5.1", "Already authenticated")
NOT_IN_TRANSACTION: Final = Reply(503, "5.5.1", "Not inside a transaction")
TLS_ACTIVE: Final = Reply(503, "5.5.1", "TLS is active already")
UNKNOWN_MECHANISM: Final = Reply(504, "5.5.4", "Unrecognized authentication mechanism")
AUTH_REQUIRED: Final = Reply(530, "5.7.0", "Authentication required")
STARTTLS_FIRST: Final = Reply(530, "5.7.0", "Must issue a STARTTLS command first")
NOT_AUTHORIZED: Final = Reply(550, "5.7.0", "This command is for clients on this machine only")
AUTH_FAILED: Final = Reply(535, "5.7.8", "Authentication credentials invalid")
ENCRYPTION_REQUIRED: Final = Reply(538, "5.7.11", "Encryption required for this mechanism")
NO_VALID_RECIPIENTS: Final = Reply(554, "5.5.1", "No valid recipients")
NO_MESSAGE: Final = Reply(554, "5.5.1", "No message: DATA was refused")
# Stands where something was sent that is no reply, and is never sent itself.
NO_REPLY: Final = Reply(599, "5.0.0", "No reply")


def reply_in(octets: bytes) -> Reply:
    """Return the reply that octets begin with; NO_REPLY where they begin with none."""
    code = octets[:3]
    return Reply(int(code), "") if code.isdigit() and 200 <= int(code) <= 599 else NO_REPLY


def syntax(form: str) -> Reply:
    """Return the reply to a command whose argument is missing or unreadable."""
    return Reply(501, "5.5.4", f"Syntax: {form}")


def chunk_taken(octets: int) -> Reply:
    """Return the reply to a chunk that is not the last (RFC 3030 section 2)."""
    return Reply(250, "2.0.0", f"Ok: {octets} octets")


def too_big(limit: int) -> Reply:
    """Return the reply to a message larger than limit octets (RFC 1870 section 6)."""
    return Reply(552, "5.3.4", f"The message is larger than {limit} octets")


def queued(name: str, *, enhanced: bool) -> str:
    """Return the reply to a message that is kept as name, rendered at once: no other is as common.

    enhanced: whether to show the enhanced status code.
    """
    return f"250 2.0.0 Ok: queued as {name}" if enhanced else f"250 Ok: queued as {name}"


def no_room(reason: str) -> Reply:
    """Return the reply to a message that could not be written; the operating system says why."""
    return Reply(452, "4.3.1", f"Cannot keep the message: {reason}")
