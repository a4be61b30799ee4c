"""A message that was sent, decoded and typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mailcatch.mail.safe import safe_text
from mailcatch.mailbox.names import MESSAGE_SUFFIX
from mailcatch.testing.addresses import Address
from mailcatch.testing.attachments import Attachment
from mailcatch.testing.attempts import Recipient, recipient_of
from mailcatch.testing.errors import MailcatchFailure
from mailcatch.testing.links import Link, one_for_each_target, select

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from email.message import Message as StandardMessage

    from mailcatch.mail.headers import HeaderBlock
    from mailcatch.mail.message import Message as Understood
    from mailcatch.mail.notes import Note
    from mailcatch.mail.part import Part
    from mailcatch.mailbox import events
    from mailcatch.testing.session import Session
    from mailcatch.verifying.results import Verdict

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the session said about a message (RFC 5321 section 2.3.1).

    mail_from: the sender; "" for a bounce. rcpt_to: the recipients that were accepted.
    rejected: those that were refused, with their replies. options: parameters of MAIL, as sent.
    rcpt_options: those of RCPT, by the recipients that had any, such as "NOTIFY=NEVER".
    """

    mail_from: Address
    rcpt_to: list[Address]
    rejected: list[Recipient]
    options: tuple[str, ...]
    rcpt_options: dict[str, tuple[str, ...]]

    @property
    def smtputf8(self) -> bool:
        """Whether the client asked for SMTPUTF8 (RFC 6531)."""
        return any(option.upper() == "SMTPUTF8" for option in self.options)


class Message:
    """One message, read when it is asked for; nothing raises for what it holds.

    number: counted from 1 in each mailbox. raw: the octets as they were sent. file: the name of its
    file in the server's directory. received_at: when it was complete. session: the connection that
    it came through. status_of: of a delivery status notification that the server made, the file of
    the message that it tells of; "" for what was sent.
    """

    def __init__(
        self,
        number: int,
        raw: bytes,
        transaction: events.Transaction,
        session: Session,
        begun: int,
    ) -> None:
        self.number = number
        self.raw = raw
        self.session = session
        self.file = transaction.file
        self.status_of = transaction.status_of
        self.received_at: datetime = session.at(transaction)
        self.begun = begun
        self._transaction = transaction

    @cached_property
    def envelope(self) -> Envelope:
        """Sender and recipients as MAIL and RCPT gave them."""
        recipients = [recipient_of(one) for one in self._transaction.recipients]
        return Envelope(
            Address(self._transaction.sender),
            [one.address for one in recipients if one.accepted],
            [one for one in recipients if not one.accepted],
            self._transaction.parameters,
            {one.address: one.parameters for one in self._transaction.recipients if one.parameters},
        )

    @property
    def size(self) -> int:
        """Octets."""
        return len(self.raw)

    @property
    def subject(self) -> str:
        """The subject, decoded; "" when there is none."""
        return self._understood.subject

    @property
    def sender(self) -> Address:
        """The first address of From, "" when there is none."""
        found = self._addresses("from")
        return found[0] if found else Address("")

    @property
    def to(self) -> list[Address]:
        """The addresses of To."""
        return self._addresses("to")

    @property
    def cc(self) -> list[Address]:
        """The addresses of Cc."""
        return self._addresses("cc")

    @property
    def bcc(self) -> list[Address]:
        """The recipients of the envelope that neither To nor Cc names."""
        named = {*self.to, *self.cc}
        return [one for one in self.envelope.rcpt_to if one not in named]

    @property
    def reply_to(self) -> list[Address]:
        """The addresses of Reply-To."""
        return self._addresses("reply-to")

    @property
    def date(self) -> datetime | None:
        """The time of the Date header, None when there is none that can be read."""
        return self._understood.date

    @property
    def message_id(self) -> str:
        """The Message-ID without angle brackets, "" when there is none."""
        return self._understood.message_id

    @cached_property
    def text(self) -> str:
        """The plain text, decoded, with "\\n" at the ends of lines; "" when there is none."""
        return self._bodies("text/plain")

    @cached_property
    def html(self) -> str:
        """The HTML as source, decoded; "" when there is none."""
        return self._bodies("text/html")

    @cached_property
    def html_text(self) -> str:
        """The HTML as a reader sees it, without its tags; "" when there is none."""
        from mailcatch.mail.text import read_part

        shown = [read_part(part).plain for part in self._body_parts("text/html")]
        return "\n".join(shown)

    @property
    def headers(self) -> HeaderBlock:
        """The header: `headers.text(name)`, `headers.all(name)`, and every field in order."""
        return self._understood.headers

    def header(self, name: str) -> str:
        """Return the first field of a name, decoded, or ""."""
        return self.headers.text(name)

    @property
    def email(self) -> StandardMessage:
        """The message as Python's own `email` reads it (policy compat32)."""
        return message_from_bytes(self.raw)

    @cached_property
    def attachments(self) -> list[Attachment]:
        """The parts that a mail program lists as files."""
        return [Attachment.of(part) for part in self._understood.attachments]

    def attachment(self, glob: str = "*", content_type: str | None = None) -> Attachment:
        """Return the one attachment whose name fits, such as "invoice-*.pdf"."""
        __tracebackhide__ = True
        found = [
            one
            for one in self.attachments
            if fnmatchcase(one.filename, glob)
            and (content_type is None or one.content_type == content_type)
        ]
        kind = f" of type {content_type}" if content_type else ""
        return self._only(found, f"attachment {glob!r}{kind}", self.attachments, repr)

    def inline(self, cid: str) -> Attachment:
        """Return the one part with a content id, without angle brackets: what "cid:..." names."""
        __tracebackhide__ = True
        parts = [Attachment.of(part) for part in self._understood.tree if part.content_id]
        found = [one for one in parts if one.cid == cid.strip("<>")]
        return self._only(found, f"part with the content id {cid!r}", parts, lambda one: one.cid)

    def missing_cids(self) -> list[str]:
        """Return the content ids that the HTML refers to and that no part has."""
        return list(self._understood.missing_content_ids)

    def part(self, content_type: str) -> Part:
        """Return the one part of a type: its charset, content, text and headers."""
        __tracebackhide__ = True
        parts = list(self._understood.tree)
        found = [one for one in parts if one.content_type == content_type]
        return self._only(found, f"part {content_type}", parts, lambda one: one.content_type)

    @property
    def structure(self) -> list[str]:
        """The types of all parts in order, such as ["multipart/alternative", "text/plain", ...]."""
        return [part.content_type for part in self._understood.tree]

    def links(
        self,
        contains: str | None = None,
        *,
        text: str | re.Pattern[str] | None = None,
        pattern: str | re.Pattern[str] | None = None,
    ) -> list[Link]:
        """Return the links of text and HTML, each target once.

        contains: what the URL has in it. text: what the reader sees. pattern: found in the URL.
        """
        return select(one_for_each_target(self._understood.links), contains, text, pattern)

    def link(
        self,
        contains: str | None = None,
        *,
        text: str | re.Pattern[str] | None = None,
        pattern: str | re.Pattern[str] | None = None,
    ) -> Link:
        """Return the one link that fits, as `links` chooses them."""
        __tracebackhide__ = True
        wanted = {"containing": contains, "with the text": text, "matching": pattern}
        said = " ".join(f"{how} {_shown(what)}" for how, what in wanted.items() if what is not None)
        found = self.links(contains, text=text, pattern=pattern)
        return self._only(found, f"link {said}".rstrip(), self.links(), str)

    def codes(self, pattern: str | re.Pattern[str] | None = None) -> list[str]:
        """Return the one-time codes, the likeliest first; or, with a pattern, all that fits it.

        A pattern with a group gives what the group holds.
        """
        if pattern is None:
            return [code.value for code in self._understood.codes]
        fits = re.compile(pattern).finditer
        texts = (self.subject, self.text, self.html_text)
        found = [hit[1] if hit.re.groups else hit[0] for text in texts for hit in fits(text)]
        return list(dict.fromkeys(found))

    def code(self, pattern: str | re.Pattern[str] | None = None) -> str:
        """Return the one code, as `codes` finds them."""
        __tracebackhide__ = True
        said = "one-time code" if pattern is None else f"code matching {_shown(pattern)}"
        found = self.codes(pattern)
        return self._only(found, said, [self._glimpse()], str)

    def unsubscribe(self, *, one_click: bool = False) -> Link:
        """Return where List-Unsubscribe leads (RFC 2369), the web before mailto.

        one_click: demand the one-click form (RFC 8058).
        """
        __tracebackhide__ = True
        found = self._understood.unsubscribe
        if found is None:
            raise self._failure("has no List-Unsubscribe header")
        if one_click and not found.one_click:
            raise self._failure(
                "cannot be unsubscribed with one click: that takes an https link in"
                " List-Unsubscribe and List-Unsubscribe-Post: List-Unsubscribe=One-Click; it has "
                f"{safe_text(self.header('list-unsubscribe'), 300)!r} and"
                f" {safe_text(self.header('list-unsubscribe-post'), 100)!r}"
            )
        targets = [*found.links, *found.mailto]
        if one_click:
            targets = [one for one in targets if one.lower().startswith("https://")]
        if not targets:
            raise self._failure("has a List-Unsubscribe header without a link in it")
        return Link(targets[0])

    @property
    def has_dkim(self) -> bool:
        """Whether it carries a DKIM signature; whether that is valid is not looked at."""
        return self.headers.first("dkim-signature") is not None

    def verify(
        self, zone: str | os.PathLike[str] | None = None, *, dns: bool = False, client: str = ""
    ) -> Verdict:
        """Return who the message is from: `.dkim`, `.spf`, `.dmarc` and `.arc` are "pass" or not.

        zone: a zone file with the keys and records. dns: look up in the DNS what it does not have.
        client: the address that the message is supposed to come from, for SPF. Needs
        `mailcatch[dkim]`. Raises `mailcatch.VerifyingError`.
        """
        from mailcatch.verifying.arrival import Arrival
        from mailcatch.verifying.verdict import source_of, verify

        peer, _ = self.session.peer_end
        arrival = Arrival(peer, self.session.helo, self._transaction.sender, self.received_at)
        place = None if zone is None else Path(zone)
        return verify(self.raw, arrival, source_of(place, dns=dns, client=client))

    def notes(self) -> list[Note]:
        """Return what a real receiver would stumble over (docs/notes.md)."""
        from mailcatch.mailbox.session_file import with_leaving
        from mailcatch.noting import notes_on

        rest = self.session.after(self._transaction)
        return notes_on(self._understood.notes, with_leaving(self._transaction, rest))

    @property
    def fingerprint(self) -> str:
        """What is equal for two sends of the same mail to the same recipients."""
        return self._understood.fingerprint

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the octets to a file, or under their own name into a directory; return the file."""
        place = Path(path)
        if place.is_dir():
            place /= self.file or f"message-{self.number}{MESSAGE_SUFFIX}"
        place.write_bytes(self.raw)
        return place

    def describe(self) -> str:
        """Return one safe line for a list."""
        recipients = self.envelope.rcpt_to
        named = ", ".join(safe_text(one, 60) for one in recipients[:3])
        more = f" and {len(recipients) - 3} more" if len(recipients) > 3 else ""
        return f"#{self.number} {safe_text(self.subject, 80)!r} to {named}{more}"

    def __repr__(self) -> str:
        return f"<Message {self.describe()} {_size(self.size)}>"

    @cached_property
    def _understood(self) -> Understood:
        # Loaded with the first message that is looked into: a test that only counts needs neither.
        from mailcatch.mail.envelope import Envelope as MailEnvelope
        from mailcatch.mail.message import Message as Understood

        recipients = tuple(one.address for one in self._transaction.receivers)
        utf8 = any(option.upper() == "SMTPUTF8" for option in self._transaction.parameters)
        return Understood.parse(self.raw, MailEnvelope(self._transaction.sender, recipients, utf8))

    def _addresses(self, name: str) -> list[Address]:
        return [Address.of(one) for one in self._understood.addresses(name).addresses]

    def _body_parts(self, content_type: str) -> list[Part]:
        tree = self._understood.tree
        return [p for p in tree if p.content_type == content_type and p.is_body_text]

    def _bodies(self, content_type: str) -> str:
        texts = [part.text.text for part in self._body_parts(content_type)]
        return "\n".join(text.replace("\r\n", "\n") for text in texts)

    def _glimpse(self) -> str:
        text = self.text or self.html_text
        return f"the text {safe_text(text, 300)!r}" if text else "no text at all"

    def _only(
        self, found: list[T], wanted: str, candidates: Iterable[T], show: Callable[[T], str]
    ) -> T:
        """Return the one that was found, or say what there is."""
        __tracebackhide__ = True
        if len(found) == 1:
            return found[0]
        listed = [f"  {safe_text(show(one), 300)}" for one in (found or candidates)]
        if not listed:
            raise self._failure(f"has no {wanted}, nor any other")
        has = f"has more than one {wanted}:" if found else f"has no {wanted}; there is"
        left = f"\n  and {len(listed) - 20} more" if len(listed) > 20 else ""
        raise self._failure("\n".join([has, *listed[:20]]) + left)

    def _failure(self, what: str) -> MailcatchFailure:
        return MailcatchFailure(f"mailcatch: message {self.describe()} {what}")


def _shown(wanted: object) -> str:
    return f"/{wanted.pattern}/" if isinstance(wanted, re.Pattern) else repr(wanted)


def _size(octets: int) -> str:
    return f"{octets:,} B" if octets < 10_000 else f"{octets / 1000:,.1f} kB"
