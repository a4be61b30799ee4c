"""Notes on the header of a message and on its envelope."""

import re
from collections.abc import Iterator

from mailcatch.mail.addresses import Address, parse_addresses
from mailcatch.mail.dates import is_strict_date
from mailcatch.mail.encoded_words import decode_words
from mailcatch.mail.envelope import Envelope
from mailcatch.mail.headers import Field, HeaderBlock
from mailcatch.mail.limits import Bounds
from mailcatch.mail.notes import Note, make_note
from mailcatch.mail.safe import safe_text

# Fields that may stand once (RFC 5322 section 3.6), but for the three with a note of their own.
_ONCE = (
    "sender reply-to to cc bcc in-reply-to references subject mime-version content-type "
    "content-transfer-encoding content-disposition content-id"
)
_ONCE_NAMES = frozenset(_ONCE.split())
_ADDRESS_FIELDS = ("from", "sender", "reply-to", "to", "cc", "bcc")
_MESSAGE_ID = re.compile(rb"<[^\s<>@]+@[^\s<>@]+>")
_NOT_DECODED = frozenset(("content-type", "content-disposition", "dkim-signature", "received"))
_COMMENT = re.compile(rb"\([^()]*\)")


def check_headers(headers: HeaderBlock, bounds: Bounds) -> Iterator[Note]:
    """Look at which fields there are, how often, and at their form."""
    yield from _check_presence(headers)
    for number in headers.stray_lines:
        yield make_note("header-malformed", place=f"line {number}")
    for field in headers:
        if field.spaced:
            reason = "White space stands between the name and the colon."
            yield make_note("header-malformed", reason, _place(field))
    date = headers.first("date")
    if date is not None and not is_strict_date(date.value.decode("latin-1")):
        yield make_note("date-invalid", f'"{safe_text(date.text, 100)}" is no date.', "header Date")
    message_id = headers.first("message-id")
    if message_id is not None:
        bare = _COMMENT.sub(b"", message_id.value[:2_000]).strip()
        if _MESSAGE_ID.fullmatch(bare) is None:
            yield make_note("message-id-invalid", place="header Message-ID")
    if headers.first("bcc") is not None:
        yield make_note("bcc-header", place="header Bcc")
    yield from _check_addresses(headers, bounds)
    yield from _check_words(headers, bounds)


def check_envelope(headers: HeaderBlock, envelope: Envelope) -> Iterator[Note]:
    """Compare who the header names with who the session named."""
    named = {
        _key(address.address)
        for name in ("to", "cc", "bcc")
        for address in _addresses(headers, name)
        if address.valid
    }
    given = {_key(address) for address in envelope.recipients}
    if named and not named & given:
        reason = "The header names none of the envelope's recipients."
        yield make_note("envelope-recipients-differ", reason, "envelope")
    elif named - given:
        reason = "Named in the header, not in the envelope: " + ", ".join(sorted(named - given)[:5])
        yield make_note("envelope-recipients-differ", safe_text(reason, 300), "envelope")
    authors = {address.domain for address in _addresses(headers, "from") if address.domain}
    sender = envelope.sender.rpartition("@")[2].lower()
    if sender and authors and not any(_aligned(sender, author) for author in authors):
        reason = f"From is of {min(authors)}, MAIL FROM of {sender}."
        yield make_note("envelope-sender-differs", safe_text(reason, 300), "envelope")


def _check_presence(headers: HeaderBlock) -> Iterator[Note]:
    for name in ("Date", "From", "Message-ID"):
        count = len(headers.all(name))
        if count == 0:
            yield make_note(f"{name.lower()}-missing", place=f"header {name}")
        elif count > 1:
            reason = f"{name} stands {count} times."
            yield make_note(f"{name.lower()}-doubled", reason, f"header {name}")
    seen: dict[str, int] = {}
    for field in headers:
        if field.key in _ONCE_NAMES:
            seen[field.key] = seen.get(field.key, 0) + 1
            if seen[field.key] == 2:
                yield make_note("header-doubled", place=_place(field))


def _check_addresses(headers: HeaderBlock, bounds: Bounds) -> Iterator[Note]:
    for name in _ADDRESS_FIELDS:
        for field in headers.all(name):
            found = parse_addresses(field.value, bounds)
            if found.cut:
                yield make_note("too-many-addresses", place=_place(field))
            elif found.problems:
                reason = f"Holds {', '.join(found.problems)}."
                yield make_note("address-invalid", safe_text(reason, 300), _place(field))
            elif name == "from" and not found.addresses:
                yield make_note("address-invalid", "Holds no address.", _place(field))


def _check_words(headers: HeaderBlock, bounds: Bounds) -> Iterator[Note]:
    for field in headers:
        if b"=?" not in field.raw or field.key in _NOT_DECODED:
            continue
        words = decode_words(field.value[: bounds.value_bytes])
        if words.broken:
            reason = f"Cannot be decoded as written: {safe_text(words.broken[0], 80)}"
            yield make_note("encoded-word-broken", reason, _place(field))
        elif words.charset_problem:
            reason = f"The charset of an encoded word is wrong; read as {words.charset}."
            yield make_note("encoded-word-broken", reason, _place(field))


def _addresses(headers: HeaderBlock, name: str) -> Iterator[Address]:
    for field in headers.all(name):
        yield from parse_addresses(field.value).addresses


def _key(address: str) -> str:
    return address.lower()


def _aligned(one: str, other: str) -> bool:
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _place(field: Field) -> str:
    return f"header {safe_text(field.name, 80)}"
