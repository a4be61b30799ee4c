"""What sendmail does to a message before it goes out: recipients, Bcc, missing headers, line ends.

Nothing else is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.utils import format_datetime, formataddr, localtime, make_msgid
from typing import Final

from mailcatch.cli.sendmail_options import is_address
from mailcatch.mail.addresses import parse_addresses
from mailcatch.mail.limits import Bounds

_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BARE_LF: Final = re.compile(rb"(?<!\r)\n")
_FOLD: Final = re.compile(rb"\r?\n(?=[ \t])")
_BLIND: Final = frozenset({b"bcc", b"resent-bcc"})
_RECIPIENTS: Final = (b"to", b"cc", b"bcc")
_RESENT: Final = (b"resent-to", b"resent-cc", b"resent-bcc")
# A program that fills To by itself may well name more people than anybody would read.
_BOUNDS: Final = Bounds(header_bytes=64 * 1024 * 1024, addresses=1_000_000)


class AddressError(Exception):
    """Something that should be a recipient and is no address. The message says what."""


@dataclass(frozen=True, slots=True)
class Field:
    """A header field: its name in lower case, and its octets with their line ends."""

    key: bytes
    octets: bytes

    @property
    def value(self) -> bytes:
        """The value without its folds."""
        return _FOLD.sub(b"", self.octets.partition(b":")[2]).strip()


@dataclass(frozen=True, slots=True)
class Submitted:
    """A message as a program handed it over.

    body: what follows the empty line.
    """

    fields: tuple[Field, ...]
    body: bytes

    def recipients(self) -> list[str]:
        """Return the addresses of To, Cc and Bcc, or of their Resent- kin where there are any.

        Raises AddressError.
        """
        wanted = _RESENT if any(one.key in _RESENT for one in self.fields) else _RECIPIENTS
        return [
            address
            for field in self.fields
            if field.key in wanted
            for address in addresses_in(field.value)
        ]

    def completed(self, sender: str, name: str, host: str) -> bytes:
        """Return the message to be sent: no Bcc, and the headers that every mail must have.

        sender, name: who it is from where no From says so. host: for a new Message-ID.
        """
        present = {one.key for one in self.fields}
        added = []
        if b"from" not in present:
            added.append(f"From: {_mailbox(name, sender or f'MAILER-DAEMON@{host}')}")
        if b"date" not in present:
            added.append(f"Date: {format_datetime(localtime())}")
        if b"message-id" not in present:
            added.append(f"Message-ID: {make_msgid(domain=host)}")
        head = b"".join(line.encode() + b"\n" for line in added)
        kept = b"".join(one.octets for one in self.fields if one.key not in _BLIND)
        if kept and not kept.endswith(b"\n"):
            kept += b"\n"
        content = _BARE_LF.sub(b"\r\n", head + kept + b"\n" + self.body)
        return content if content.endswith(b"\r\n") else content + b"\r\n"


def read_submitted(lines: Iterable[bytes], *, dots_are_text: bool) -> Submitted:
    """Read a message up to its end, or to a line of one dot, which a terminal's user types."""
    taken = []
    for line in lines:
        if not dots_are_text and line.rstrip(b"\r\n") == b".":
            break
        taken.append(line)
    return split(taken)


def split(lines: Sequence[bytes]) -> Submitted:
    """Split a message. The first line that can be no header begins the body, as in sendmail."""
    # The line that an mbox file has before each message is no header.
    position = 1 if lines and lines[0].startswith(b"From ") else 0
    fields: list[tuple[bytes, list[bytes]]] = []
    while position < len(lines):
        line = lines[position]
        if not line.rstrip(b"\r\n"):
            position += 1
            break
        found = _FIELD.match(line)
        if found is not None:
            fields.append((found[1].lower(), [line]))
        elif fields and line[:1] in (b" ", b"\t"):
            fields[-1][1].append(line)
        else:
            break
        position += 1
    return Submitted(
        tuple(Field(key, b"".join(parts)) for key, parts in fields), b"".join(lines[position:])
    )


def addresses_in(value: bytes) -> list[str]:
    """Return the addresses of a list, names and comments left out. Raises AddressError."""
    addresses = [one.address for one in parse_addresses(value, _BOUNDS).addresses]
    for address in addresses:
        if not is_address(address):
            raise AddressError(f"{address[:100]!a} is no address")
    return addresses


def _mailbox(name: str, address: str) -> str:
    # formataddr takes no address outside ASCII, but the name it writes well.
    return formataddr((name, "x")).removesuffix("<x>") + f"<{address}>" if name else address
