"""The parameters of MAIL and RCPT: what they announce, and whether their RFCs allow their values.

Nothing is refused for a parameter. What is wrong with one is told in a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from datetime import datetime
from typing import Final

import msgspec

from mailcatch.smtp.notes import Note

_Check = Callable[[str], str]
"""Returns what is wrong with a value, in words, or ""."""


class Keyword(msgspec.Struct, frozen=True):
    """A parameter that may stand behind a path.

    extension: the one that it belongs to. check: says what is wrong with a value.
    valued: whether it has a value, behind "=".
    """

    extension: str
    check: _Check
    valued: bool = True


class Declared(msgspec.Struct, frozen=True):
    """What the parameters of MAIL announce of a message.

    size: its octets, or None. eight_bit, binary, smtputf8: whether it may have 8-bit octets, any
    octets at all, and addresses in UTF-8.
    """

    size: int | None = None
    eight_bit: bool = False
    binary: bool = False
    smtputf8: bool = False


def declared(parameters: tuple[str, ...], offered: Container[str]) -> Declared:
    """Return what parameters of MAIL announce. offered: the extensions of this session."""
    size: int | None = None
    smtputf8 = eight_bit = binary = False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        match name.upper():
            case "SIZE" if not _size(value):
                size = int(value)
            case "BODY":
                eight_bit = value.upper() in {"8BITMIME", "BINARYMIME"}
                binary = value.upper() == "BINARYMIME" and "BINARYMIME" in offered
            case "SMTPUTF8":
                smtputf8 = True
            case _:
                pass
    return Declared(size, eight_bit or smtputf8, binary, smtputf8)


def notes_on(
    keywords: dict[str, Keyword], parameters: tuple[str, ...], offered: Container[str]
) -> list[Note]:
    """Return what is unusual about the parameters of a command.

    keywords: those that the command knows. offered: the extensions of this session.
    """
    notes = []
    seen: set[str] = set()
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        name = name.upper()
        keyword = keywords.get(name)
        if keyword is None or keyword.extension not in offered:
            notes.append(Note("unknown-parameter", parameter))
            continue
        wrong = _wrong(name, keyword, equals, value, seen, offered)
        if wrong:
            notes.append(Note("bad-parameter", f"{parameter}: {wrong}"))
        seen.add(name)
    return notes


def _wrong(
    name: str,
    keyword: Keyword,
    equals: str,
    value: str,
    seen: set[str],
    offered: Container[str],
) -> str:
    if name in seen:
        return f"{name} stands twice"
    if _RIVALS.get(name) in seen:
        return f"{name} and {_RIVALS[name]} exclude each other"
    if not keyword.valued:
        return f"{name} takes no value" if equals else ""
    if not value:
        return f"{name} wants a value"
    if name == "BODY" and value.upper() == "BINARYMIME" and "BINARYMIME" not in offered:
        return "BINARYMIME is not offered"
    return keyword.check(value)


_RIVALS: Final = {"HOLDFOR": "HOLDUNTIL", "HOLDUNTIL": "HOLDFOR"}
# RFC 3461 section 4: printable ASCII but "+" and "=", and octets as "+" and two digits in capitals.
_XTEXT: Final = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
_ADDRESS_TYPE: Final = re.compile(r"[A-Za-z0-9-]+")
_UTF8_TYPE: Final = "utf-8"
_DELIVER_BY: Final = re.compile(r"([+-]?[0-9]{1,9});([RN])T?", re.IGNORECASE | re.ASCII)
_CLASS: Final = re.compile(r"[A-Za-z][A-Za-z0-9._:-]*")
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.IGNORECASE | re.ASCII
)


def _one_of(*values: str) -> _Check:
    def check(value: str) -> str:
        return "" if value.upper() in values else f"it is one of {', '.join(values)}"

    return check


def _nothing(_value: str) -> str:
    return ""


def _size(value: str) -> str:
    """RFC 1870 section 3."""
    fits = value.isascii() and value.isdigit() and len(value) <= 20
    return "" if fits else "it is a number of octets, of 20 digits at most"


def _xtext(value: str) -> str:
    return "" if _XTEXT.fullmatch(value) else "it is no xtext: + and two hexadecimal digits"


def _envelope_id(value: str) -> str:
    """RFC 3461 section 4.4."""
    return _xtext(value) or ("" if len(value) <= 100 else "it has 100 characters at most")


def _notify(value: str) -> str:
    """RFC 3461 section 4.1."""
    words = value.upper().split(",")
    if words == ["NEVER"]:
        return ""
    if "NEVER" in words:
        return "NEVER stands alone"
    if not set(words) <= {"SUCCESS", "FAILURE", "DELAY"}:
        return "it is NEVER, or some of SUCCESS, FAILURE, DELAY with commas between them"
    return "" if len(set(words)) == len(words) else "a word stands twice"


def _original_recipient(value: str) -> str:
    """RFC 3461 section 4.2; its utf-8 addresses are RFC 6533's."""
    kind, semicolon, address = value.partition(";")
    if not semicolon or not address or not _ADDRESS_TYPE.fullmatch(kind):
        return "it is a type of address and an address, as rfc822;ann@example.com"
    if len(value) > 500:
        return "it has 500 characters at most"
    return "" if kind.lower() == _UTF8_TYPE else _xtext(address)


def _priority(value: str) -> str:
    """RFC 6710 section 4.1."""
    return "" if re.fullmatch(r"0|-?[1-9]", value, re.ASCII) else "it runs from -9 to 9"


def _deliver_by(value: str) -> str:
    """RFC 2852 section 4."""
    found = _DELIVER_BY.fullmatch(value)
    if not found:
        return "it is seconds, and R or N, and perhaps T, as 120;R"
    late = int(found[1]) <= 0 and found[2].upper() == "R"
    return "with R, the time is yet to come" if late else ""


def _hold_for(value: str) -> str:
    """RFC 4865 section 5."""
    known = re.fullmatch(r"[1-9][0-9]{0,8}", value, re.ASCII)
    return "" if known else "it is a number of seconds, of 9 digits at most"


def _hold_until(value: str) -> str:
    """RFC 4865 section 5, as its erratum 2040 has it."""
    try:
        known = _TIME.fullmatch(value) and datetime.fromisoformat(value.upper())
    except ValueError:
        known = None
    return "" if known else "it is a time, as 2027-01-31T09:00:00Z"


def _solicitation(value: str) -> str:
    """RFC 3865 section 2.3."""
    fits = all(_CLASS.fullmatch(word) for word in value.split(","))
    return "" if fits else "it is words such as net.example:ADV, with commas between them"


def _submitter(value: str) -> str:
    """RFC 4954 section 5."""
    return "" if value == "<>" else _xtext(value)


OF_MAIL: Final = {
    "AUTH": Keyword("AUTH", _submitter),
    "BODY": Keyword("8BITMIME", _one_of("7BIT", "8BITMIME", "BINARYMIME")),
    "BY": Keyword("DELIVERBY", _deliver_by),
    "ENVID": Keyword("DSN", _envelope_id),
    "HOLDFOR": Keyword("FUTURERELEASE", _hold_for),
    "HOLDUNTIL": Keyword("FUTURERELEASE", _hold_until),
    "MT-PRIORITY": Keyword("MT-PRIORITY", _priority),
    "REQUIRETLS": Keyword("REQUIRETLS", _nothing, valued=False),
    "RET": Keyword("DSN", _one_of("FULL", "HDRS")),
    "SIZE": Keyword("SIZE", _size),
    "SMTPUTF8": Keyword("SMTPUTF8", _nothing, valued=False),
    "SOLICIT": Keyword("NO-SOLICITING", _solicitation),
}
"""The parameters of MAIL."""

OF_RCPT: Final = {
    "NOTIFY": Keyword("DSN", _notify),
    "ORCPT": Keyword("DSN", _original_recipient),
}
"""The parameters of RCPT."""
