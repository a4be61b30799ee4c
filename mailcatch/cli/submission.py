"""Handing a message to a server, and what it answered."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, Literal

from mailcatch.cli.destination import Destination
from mailcatch.mail.safe import safe_text

SECONDS: Final = 300.0
"""How long an answer may take (RFC 5321 section 4.5.3.2)."""


class SubmissionError(Exception):
    """The server is not there, or left in the middle. The message says which, in one clause."""


class NothingListensError(SubmissionError):
    """No server is where it was looked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said, and to what.

    text: its words, safe to show.
    """

    stage: Literal["MAIL", "RCPT", "DATA"]
    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """Whether it was a yes."""
        return 200 <= self.code < 300

    @property
    def for_now(self) -> bool:
        """Whether it was a no that may be a yes later."""
        return 400 <= self.code < 500

    def __str__(self) -> str:
        """Return the reply on one line."""
        return f"{self.code} {self.text}".rstrip()


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of one message.

    answer: the last word of the server. refused: recipients that it did not take.
    """

    answer: Answer
    refused: tuple[tuple[str, Answer], ...] = ()


def open_socket(destination: Destination, seconds: float = SECONDS) -> socket.socket:
    """Connect. Raises NothingListensError."""
    try:
        if not destination.path:
            return socket.create_connection((destination.host, destination.port), seconds)
        stream = socket.socket(socket.AF_UNIX)
        try:
            stream.settimeout(seconds)
            stream.connect(destination.path)
        except OSError:
            stream.close()
            raise
        return stream
    except (OSError, UnicodeError) as error:
        reason = "" if isinstance(error, ConnectionRefusedError) else f" ({_reason(error)})"
        raise NothingListensError(f"nothing listens on {destination}{reason}") from None


@contextmanager
def connected(destination: Destination, seconds: float = SECONDS) -> Iterator[Client]:
    """Open a session, and end it politely. Raises SubmissionError, inside the block too."""
    try:
        client = Client(destination, seconds)
        try:
            client.ehlo_or_helo_if_needed()
            yield client
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
        finally:
            client.close()
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise SubmissionError(
            f"the server on {destination} wants no session: {error.smtp_code} {safe_text(text)}"
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise SubmissionError(f"the connection to {destination} broke: {_reason(error)}") from None


class Client(smtplib.SMTP):
    """smtplib's client, for Unix sockets too, and for any address that can be written down."""

    def __init__(self, destination: Destination, seconds: float) -> None:
        self._destination = destination
        # A name of our own, for smtplib would ask the DNS for one.
        super().__init__("localhost", destination.port or 1, "localhost", seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return open_socket(self._destination, timeout)

    @property
    def largest(self) -> int:
        """The largest message that the server takes (RFC 1870), as far as it says."""
        size = self.esmtp_features.get("size", "")
        return int(size) if size.isascii() and size.isdecimal() and len(size) <= 20 else 0

    def submit(
        self,
        sender: str,
        recipients: Sequence[str],
        content: bytes,
        *,
        declared: int | None = None,
    ) -> Submission:
        """Send a message to those of the recipients that the server takes.

        declared: a size to tell the server instead of the real one.
        """
        self.command_encoding = "utf-8"
        options = self._options(sender, recipients, content, declared)
        opened = self._ask("MAIL", " ".join([f"FROM:<{sender}>", *options]))
        if not opened.accepted:
            self.rset()
            return Submission(opened)
        answers = [(one, self._ask("RCPT", f"TO:<{one}>")) for one in recipients]
        refused = tuple((one, answer) for one, answer in answers if not answer.accepted)
        if len(refused) == len(answers):
            self.rset()
            return Submission(refused[-1][1], refused)
        try:
            code, said = self.data(content)
        except smtplib.SMTPDataError as error:
            code, said = error.smtp_code, error.smtp_error  # type: ignore[assignment]
        return Submission(_answer("DATA", code, said), refused)

    def _options(
        self, sender: str, recipients: Sequence[str], content: bytes, declared: int | None
    ) -> list[str]:
        options = []
        if self.has_extn("size") or declared is not None:
            options.append(f"SIZE={len(content) if declared is None else declared}")
        if self.has_extn("8bitmime") and not content.isascii():
            options.append("BODY=8BITMIME")
        if self.has_extn("smtputf8") and not "".join([sender, *recipients]).isascii():
            options.append("SMTPUTF8")
        return options

    def _ask(self, stage: Literal["MAIL", "RCPT"], argument: str) -> Answer:
        return _answer(stage, *self.docmd(stage, argument))


def _answer(stage: Literal["MAIL", "RCPT", "DATA"], code: int, said: bytes | str) -> Answer:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return Answer(stage, code, safe_text(" ".join(text.split())))


def _reason(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return safe_text(reason.lower() or type(error).__name__)
