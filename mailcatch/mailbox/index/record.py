"""What the index keeps of one message: octets in, values out. Runs in reading processes.

The values hold no circles: who collects garbage need not look at them (`gc=False`).
"""

from __future__ import annotations

from enum import IntFlag
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from mailcatch import mail
from mailcatch.mail.safe import safe_text
from mailcatch.mailbox.index.tokens import address_words, searchable, text_words

if TYPE_CHECKING:
    from mailcatch.mail import Address, Message

# Names of `mail` are loaded when the first message is read: most of the time nothing is new.
_MOST_TEXT: Final = 1_000_000
_MOST_FILES: Final = 200
_MOST_TAGS: Final = 50
_LONGEST_TAG: Final = 100

FINGERPRINT: Final = 8
"""Octets of a fingerprint that are kept: as many as it takes to tell mails apart."""


class Trait(IntFlag):
    """What `has:` asks for."""

    ATTACHMENT = 1
    HTML = 2
    LINK = 4
    CODE = 8
    NOTE = 16


class Delivered(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the session said of a message.

    number: of the try in the index. sender, recipients: of the envelope, those that were accepted.
    utf8: whether SMTPUTF8 was declared. notes: names of what was unusual on the wire. refused:
    whether it was kept though it was refused.
    """

    number: int
    sender: str
    recipients: tuple[str, ...]
    utf8: bool
    notes: tuple[str, ...]
    refused: bool = False


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message as the index holds it.

    fingerprint: its first octets, none where the message could not be read. receivers: of To
    and Cc, safe. dated: the Date header, seconds since 1970. traits: a `Trait`. tags: those that
    the message brings along. words: one text for each column of the full text.
    """

    fingerprint: bytes
    subject: str
    author: str
    receivers: tuple[str, ...]
    dated: int | None
    message_id: str
    content_type: str
    attachments: int
    traits: int
    tags: tuple[str, ...]
    words: tuple[str, ...]


def make_record(raw: bytes, delivered: Delivered | None) -> Record:
    """Read a message. Never raises for what it holds."""
    envelope = None
    if delivered is not None:
        envelope = mail.Envelope(delivered.sender, delivered.recipients, delivered.utf8)
    message = mail.Message.parse(raw, envelope)
    summary = message.summary
    notes = dict.fromkeys(note.name for note in message.notes)
    if delivered is not None:
        notes |= dict.fromkeys(delivered.notes)
    files = [part.filename for part in message.tree if part.filename][:_MOST_FILES]
    people = {name: message.addresses(name).addresses for name in ("from", "to", "cc", "bcc")}
    attachments = len(message.attachments)
    texts = {part.content_type for part in message.tree if part.is_body_text}
    has = (
        (Trait.ATTACHMENT, attachments),
        (Trait.HTML, "text/html" in texts),
        (Trait.LINK, message.links),
        (Trait.CODE, message.codes),
        (Trait.NOTE, notes),
    )
    return Record(
        fingerprint=bytes.fromhex(message.fingerprint)[:FINGERPRINT],
        subject=summary.subject,
        author=summary.sender,
        receivers=summary.to,
        dated=round(summary.date.timestamp()) if summary.date else None,
        message_id=summary.message_id,
        content_type=summary.content_type,
        attachments=attachments,
        traits=sum(trait for trait, there in has if there),
        tags=_tags(message, people["to"] + people["cc"], delivered),
        words=(
            text_words(message.text.plain[:_MOST_TEXT]),
            searchable(summary.subject),
            *(_address_words(people[name]) for name in ("from", "to", "cc", "bcc")),
            *envelope_words(delivered),
            searchable(" ".join(safe_text(name, 500) for name in files)),
            note_words(notes),
        ),
    )


def give_up(raw: bytes, delivered: Delivered | None, note: str) -> Record:
    """Return what can be said of a message that could not be read in time: its summary."""
    summary = mail.summarise(raw)
    return Record(
        fingerprint=b"",
        subject=summary.subject,
        author=summary.sender,
        receivers=summary.to,
        dated=round(summary.date.timestamp()) if summary.date else None,
        message_id=summary.message_id,
        content_type=summary.content_type,
        attachments=0,
        traits=int(Trait.NOTE),
        tags=_tags(None, (), delivered),
        words=(
            "",
            searchable(summary.subject),
            searchable(summary.sender),
            searchable(" ".join(summary.to)),
            "",
            "",
            *envelope_words(delivered),
            "",
            note_words((note,)),
        ),
    )


def shown_recipients(recipients: tuple[str, ...]) -> tuple[str, ...]:
    """Return recipients of an envelope as they are shown."""
    return tuple([safe_text(one) for one in recipients])


def envelope_words(delivered: Delivered | None) -> tuple[str, str]:
    """Return sender and recipients of an envelope as the index holds them."""
    if delivered is None:
        return "", ""
    return (
        address_words([("", safe_text(delivered.sender))]),
        address_words([("", safe_text(address)) for address in delivered.recipients]),
    )


@lru_cache(maxsize=1_000)
def note_token(name: str) -> str:
    """Return the name of a note as one token."""
    return "".join(char if char.isalnum() else "\ue02d" for char in name.lower())


def note_words(names: dict[str, None] | tuple[str, ...]) -> str:
    """Return the names of notes as the index holds them."""
    return " ".join(map(note_token, names))


def _address_words(addresses: tuple[Address, ...]) -> str:
    return address_words(
        [
            (safe_text(one.name, 500) if one.name else "", safe_text(one.address))
            for one in addresses
        ]
    )


def _tags(
    message: Message | None, receivers: tuple[Address, ...], delivered: Delivered | None
) -> tuple[str, ...]:
    """Return what X-Tags says, and the detail of addresses such as ann+signup@example.com."""
    found: dict[str, str] = {}
    said: list[str] = []
    if message is not None:
        for field in message.headers.all("x-tags"):
            said += field.text.split(",")
    addresses = [one.address for one in receivers]
    if delivered is not None:
        addresses += delivered.recipients
    for address in addresses:
        if "+" in address:
            said += address.rpartition("@")[0].split("+")[1:]
    for tag in said:
        clean = safe_text(tag, _LONGEST_TAG).strip()
        if clean:
            found.setdefault(clean.lower(), clean)
        if len(found) >= _MOST_TAGS:
            break
    return tuple(found.values())
