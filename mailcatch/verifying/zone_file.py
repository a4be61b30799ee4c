"""Reading a zone file: text in, records or a mistake with its line out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import islice
from typing import TYPE_CHECKING, Final

from mailcatch.mail.safe import safe_text
from mailcatch.verifying.errors import NotInstalledError, ZoneError
from mailcatch.verifying.records import Kind, normal
from mailcatch.verifying.zone import ALIAS, Zone

if TYPE_CHECKING:
    from dns.tokenizer import Token, Tokenizer

LONGEST_FILE: Final = 1 << 20
"""Characters of a zone file."""
MOST_RECORDS: Final = 10_000
_TTL: Final = re.compile(r"\d+([smhdw]\d*)*", re.IGNORECASE)
_CLASSES: Final = frozenset(("IN", "CH", "HS", "CS", "ANY"))


class _WrongError(ValueError):
    """Something that cannot be in a zone file."""


def read_zone(text: str, name: str) -> Zone:
    """Return the records of a zone file.

    text: `$ORIGIN`, names that are relative to it, times to live and classes may be left out; where
    there is no origin, names are whole, with or without a last dot. A quoted text may be longer
    than the 255 octets of RFC 1035. Types that verifying does not ask for are passed over.
    name: what messages call the file.

    Raises ZoneError, which tells the line, and NotInstalledError.
    """
    try:
        from dns.exception import DNSException
        from dns.tokenizer import Tokenizer
    except ImportError:
        raise NotInstalledError from None
    if len(text) > LONGEST_FILE:
        raise ZoneError(f"{name} has more than {LONGEST_FILE} characters")
    found: dict[tuple[str, str], list[str]] = {}
    lines = Tokenizer(text, name)
    reading = _Reading(lines)
    try:
        for owner, kind, value in islice(reading.records(), MOST_RECORDS + 1):
            found.setdefault((owner, kind), []).append(value)
    except (DNSException, _WrongError) as error:
        # What is wrong inside of a record is told with the line where that begins.
        line = reading.line if isinstance(error, _WrongError) else lines.where()[1]
        raise ZoneError(f"{name}, line {line}: {safe_text(str(error), 200)}") from None
    if sum(map(len, found.values())) > MOST_RECORDS:
        raise ZoneError(f"{name} has more than {MOST_RECORDS} records")
    # The preferred hosts for mail come first.
    ordered = {
        key: tuple(one.partition(" ")[2] for one in sorted(values)) if key[1] == Kind.MX else values
        for key, values in found.items()
    }
    return Zone({key: tuple(values) for key, values in ordered.items()}, name)


class _Reading:
    """Goes through a zone file from the top. line: where the last record began."""

    def __init__(self, lines: Tokenizer) -> None:
        self._lines = lines
        self.line = 1

    def records(self) -> Iterator[tuple[str, str, str]]:
        """Give owner, type and value of each record. Raises _WrongError and DNSException."""
        origin = owner = ""
        lines = self._lines
        while True:
            self.line = lines.where()[1]
            first = lines.get(want_leading=True)
            if first.is_eof():
                return
            if first.is_whitespace():
                first = lines.get()
                if first.is_eol_or_eof():
                    continue
                lines.unget(first)
            elif first.is_eol():
                continue
            elif first.value.startswith("$"):
                origin = _directive(first.value, self._rest(), origin)
                continue
            else:
                owner = _absolute(_text(first), origin)
            kind, words = _typed(self._rest())
            if not owner:
                raise _WrongError("this record has no name before it")
            value = _value(kind, words, origin)
            if value is not None:
                yield owner, kind, value

    def _rest(self) -> list[Token]:
        """Return what stands up to the end of a line, or of its parentheses."""
        tokens: list[Token] = []
        while not (token := self._lines.get()).is_eol_or_eof():
            tokens.append(token)
        return tokens


def _directive(name: str, words: Sequence[Token], origin: str) -> str:
    """Return the origin from here on."""
    match name.upper(), words:
        case "$ORIGIN", [word]:
            return _absolute(_text(word), origin)
        case "$TTL", [_]:
            return origin
        case _:
            raise _WrongError(f"{name}: only $ORIGIN and $TTL can stand here, with one value")


def _typed(words: Sequence[Token]) -> tuple[str, Sequence[Token]]:
    """Return the type of a record and what stands behind it."""
    from dns.rdatatype import RdataType, UnknownRdatatype

    for place, word in enumerate(words):
        upper = word.value.upper()
        if place < 2 and (upper in _CLASSES or _TTL.fullmatch(upper)):
            continue
        try:
            return RdataType.make(upper).name, words[place + 1 :]
        except (UnknownRdatatype, ValueError):
            raise _WrongError(f"{word.value!r} is no type of record") from None
    raise _WrongError("the type of the record is missing, such as TXT")


def _value(kind: str, words: Sequence[Token], origin: str) -> str | None:
    """Return a record as it is looked up, None for a type that nobody asks for."""
    match kind, words:
        case Kind.TXT, [_, *_] if all(word.is_quoted_string() for word in words):
            return b"".join(word.unescape_to_bytes().value for word in words).decode("latin-1")
        case Kind.A, [word]:
            return _address(word.value, IPv4Address)
        case Kind.AAAA, [word]:
            return _address(word.value, IPv6Address)
        case Kind.MX, [preference, host] if preference.value.isdecimal():
            return f"{int(preference.value):05d} {_absolute(_text(host), origin)}"
        case (Kind.PTR, [host]) | ("CNAME", [host]):
            return _absolute(_text(host), origin)
        case ((Kind.TXT | Kind.A | Kind.AAAA | Kind.MX | Kind.PTR | "CNAME"), _):
            raise _WrongError(f"{kind}: {_WANTED[kind]}")
        case _:
            return None


_WANTED: Final = {
    "TXT": "wants its text in quotation marks",
    "A": "wants an IPv4 address",
    "AAAA": "wants an IPv6 address",
    "MX": "wants a number and a host",
    "PTR": "wants a host",
    ALIAS: "wants a name",
}


def _address(text: str, form: type[IPv4Address | IPv6Address]) -> str:
    try:
        return str(form(text))
    except AddressValueError:
        kind = Kind.A if form is IPv4Address else Kind.AAAA
        raise _WrongError(f"{kind}: {text!r}: it {_WANTED[kind]}") from None


def _absolute(text: str, origin: str) -> str:
    if text == "@":
        if not origin:
            raise _WrongError("@ stands for $ORIGIN, and there is none")
        return origin
    whole = text if text.endswith(".") or not origin else f"{text}.{origin}"
    name = normal(whole)
    if not name:
        raise _WrongError(f"{text!r} is no name of a domain")
    return name


def _text(token: Token) -> str:
    return str(token.unescape().value)
