"""A message, or a session that brought none, opened: each thing is read when it is asked for.

Reading takes time, so views ask on a thread; two of them may ask at once.
"""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Final

from mailcatch.mail.envelope import Envelope
from mailcatch.mailbox.errors import NotThereError
from mailcatch.mailbox.events import AnyEvent, Transaction
from mailcatch.mailbox.index.attempts import Attempt, Story
from mailcatch.mailbox.index.rows import MessageSummary, SessionSummary
from mailcatch.mailbox.reader import Reader
from mailcatch.mailbox.session_file import Around, LeftOut
from mailcatch.tui.model.contents import kept_of, refusal
from mailcatch.tui.model.listing import is_session
from mailcatch.tui.model.reading import (
    HeaderField,
    PartOctets,
    PartText,
    read_fields,
    read_html,
    read_part_octets,
    read_part_text,
    read_readable,
)

if TYPE_CHECKING:
    from mailcatch.mail.understood import Understood
    from mailcatch.mail.worker import Worker
    from mailcatch.verifying.results import Verdict

UNDERSTOOD_WIDTH: Final = 80


class Opened:
    """What a mailbox knows of one message or session.

    name: of its file. Raises NotThereError, on the first use, where it is gone; what a message
    holds raises nothing but TookTooLongError and WorkerDiedError.
    """

    def __init__(self, reader: Reader, worker: Worker, name: str) -> None:
        self.name = name
        self.is_session = is_session(name)
        self._reader = reader
        self._worker = worker
        self._lock = RLock()
        self._texts: dict[tuple[str, int], str | None] = {}

    @cached_property
    def message(self) -> MessageSummary | None:
        """The line of the message, None for a session."""
        return None if self.is_session else self._reader.message(self.name)

    @cached_property
    def session(self) -> SessionSummary | None:
        """The line of the session, None where the message came without one or it is gone."""
        name = self.session_name
        found = self._reader.sessions([name]) if name else []
        return found[0] if found else None

    @property
    def session_name(self) -> str:
        """The name of the session's file, "" where there is none."""
        if self.is_session:
            return self.name
        return self.message.session if self.message is not None else ""

    @cached_property
    def octets(self) -> bytes:
        """The message as it was sent; b"" for a session."""
        return b"" if self.is_session else self._reader.octets(self.name)

    @cached_property
    def events(self) -> list[AnyEvent]:
        """What happened in the session; its strings are not safe to show."""
        if not self.session_name:
            return []
        try:
            return self._reader.events(self.session_name)
        except NotThereError:
            return []

    @cached_property
    def excerpt(self) -> list[AnyEvent | LeftOut]:
        """What happened in the session, as much of it as somebody can look at; as `events`."""
        if not self.session_name:
            return []
        try:
            around = Around.FAILURE if self.is_session else self.name
            return self._reader.excerpt(self.session_name, around)
        except NotThereError:
            return []

    @cached_property
    def story(self) -> Story:
        """Every try at sending it."""
        if not self.is_session:
            return self._reader.story(self.name)
        first = self.refusal
        ordinal = first.ordinal if first is not None else 1
        return self._reader.story_of_try(self.name, ordinal)

    @cached_property
    def refusal(self) -> Attempt | None:
        """The try that was refused: of a session its first, of a message the one it is kept of."""
        if self.message is not None:
            return kept_of(self._reader, self.message)
        return refusal(self._reader, self.session) if self.session is not None else None

    @cached_property
    def transaction(self) -> Transaction | None:
        """The transaction that brought the message; its strings are not safe to show."""
        if self.is_session or not self.session_name:
            return None
        try:
            return self._reader.transaction(self.session_name, self.name)
        except NotThereError:
            return None

    @cached_property
    def understood(self) -> Understood:
        """All that is understood of the message."""
        with self._lock:
            if "understood" in self.__dict__:
                known: Understood = self.__dict__["understood"]
                return known
            return self._worker.understand(self.octets, self._envelope(), UNDERSTOOD_WIDTH)

    @cached_property
    def verdict(self) -> Verdict | None:
        """Who the message is from; None for a session, and where no records were given.

        Raises UnverifiedError.
        """
        with self._lock:
            return None if self.is_session else self._reader.verdict(self.name)

    @cached_property
    def fields(self) -> tuple[HeaderField, ...]:
        """The header fields."""
        return self._worker.call(read_fields, self.octets)

    def text(self, width: int) -> str:
        """Return the readable text for a width in cells."""
        return self._text("text", width) or ""

    def html(self, width: int) -> str | None:
        """Return the HTML as text for a width in cells, None where there is none."""
        return self._text("html", width)

    def part_text(self, number: int, width: int) -> PartText | None:
        """Return a part as text, None where it is none."""
        return self._worker.call(read_part_text, self.octets, number, width)

    def part_octets(self, number: int) -> PartOctets | None:
        """Return the content of a part."""
        return self._worker.call(read_part_octets, self.octets, number)

    def _text(self, form: str, width: int) -> str | None:
        with self._lock:
            if (form, width) not in self._texts:
                read = read_html if form == "html" else read_readable
                self._texts[form, width] = self._worker.call(read, self.octets, width)
            return self._texts[form, width]

    def _envelope(self) -> Envelope | None:
        found = self.transaction
        if found is None:
            return None
        accepted = tuple(who.address for who in found.receivers)
        utf8 = any(word.upper() == "SMTPUTF8" for word in found.parameters)
        return Envelope(found.sender, accepted, utf8)
