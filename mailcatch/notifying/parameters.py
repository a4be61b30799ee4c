"""What clients ask for with MAIL and RCPT: RET, ENVID, NOTIFY and ORCPT (RFC 3461 section 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"
DELAY: Final = "DELAY"
_EVENTS: Final = frozenset((SUCCESS, FAILURE, DELAY))
_NEVER: Final = "NEVER"

LONGEST: Final = 500
"""Characters of ORCPT, which is the longest of them (RFC 3461 section 4.2)."""

_UTF_8: Final = "utf-8"
_HEX_OCTET: Final = re.compile(rb"\+([0-9A-Fa-f]{2})")
_HEX_CHARACTER: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_NOT_PLAIN: Final = re.compile(r"[^!-*,-<>-\[\]-~]")
_TYPE: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True)
class MessageWishes:
    """What MAIL asks for.

    ret: "FULL", "HDRS" or "". envelope_id: ENVID, decoded, or "".
    """

    ret: str = ""
    envelope_id: str = ""


@dataclass(frozen=True, slots=True)
class RecipientWishes:
    """What RCPT asks for.

    notify: of SUCCESS, FAILURE and DELAY; none for NEVER; None where nothing is asked.
    original: ORCPT, its type and the address, decoded: "rfc822;Bob@Example.COM"; or "".
    """

    notify: frozenset[str] | None = None
    original: str = ""

    def wants(self, event: str) -> bool:
        """Return whether to tell of an event; unasked, failures and delays are told (4.1)."""
        return event != SUCCESS if self.notify is None else event in self.notify


def message_wishes(parameters: Iterable[str]) -> MessageWishes:
    """Read the parameters of MAIL; what is none of these, or malformed, is passed over."""
    found = _by_name(parameters)
    ret = found.get("RET", "").upper()
    return MessageWishes(
        ret if ret in {"FULL", "HDRS"} else "", _printable(decode_xtext(found.get("ENVID", "")))
    )


def recipient_wishes(parameters: Iterable[str]) -> RecipientWishes:
    """Read the parameters of RCPT; what is none of these, or malformed, is passed over."""
    found = _by_name(parameters)
    return RecipientWishes(_notify(found.get("NOTIFY", "")), _original(found.get("ORCPT", "")))


def decode_xtext(text: str) -> str:
    """Return what xtext stands for (RFC 3461 section 4): `+2B` is a plus sign.

    Octets that are no UTF-8 are read as Latin-1; a plus sign before other characters is one.
    """
    if "+" not in text:
        return text
    octets = _HEX_OCTET.sub(lambda found: bytes.fromhex(found[1].decode()), text.encode())
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def decode_utf8_address(text: str) -> str:
    r"""Return what an address of the type utf-8 stands for: \x{E9} is é (RFC 6533 section 3)."""
    return _HEX_CHARACTER.sub(_character, decode_xtext(text))


def encode_utf8_address(address: str) -> str:
    r"""Return an address of the type utf-8 in ASCII: é is \x{E9} (RFC 6533 section 3)."""
    return _NOT_PLAIN.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)


def _by_name(parameters: Iterable[str]) -> dict[str, str]:
    split = (parameter.partition("=") for parameter in parameters)
    return {name.upper(): value[:LONGEST] for name, _, value in split}


def _notify(value: str) -> frozenset[str] | None:
    words = {word.strip() for word in value.upper().split(",")}
    if words == {_NEVER}:
        return frozenset()
    return frozenset(words & _EVENTS) or None


def _original(value: str) -> str:
    kind, semicolon, address = value.partition(";")
    if not semicolon or not address or not _TYPE.fullmatch(kind):
        return ""
    utf8 = kind.lower() == _UTF_8
    return f"{kind};{_printable(decode_utf8_address(address) if utf8 else decode_xtext(address))}"


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    surrogate = 0xD800 <= number < 0xE000
    return found[0] if surrogate or number > 0x10FFFF else chr(number)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
