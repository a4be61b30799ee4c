"""The attributes of XCLIENT and XFORWARD: what one client says of another.

https://www.postfix.org/XCLIENT_README.html and XFORWARD_README.html
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from mailcatch.smtp import xtext
from mailcatch.smtp.path import printable

XCLIENT: Final = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT")
XFORWARD: Final = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")

UNAVAILABLE: Final = "[UNAVAILABLE]"
TEMPORARILY_UNAVAILABLE: Final = "[TEMPUNAVAIL]"
_LONGEST: Final = 255


class AttributeSyntaxError(Exception):
    """An attribute that cannot be read. The message says which, without a word of the client's."""


def read_attributes(argument: str, names: tuple[str, ...]) -> dict[str, str]:
    """Read the argument of XCLIENT or XFORWARD.

    argument: what followed the verb; octets that are not UTF-8 stand as lone surrogates.
    names: the attributes that there are.
    Returns values by name: UNAVAILABLE, TEMPORARILY_UNAVAILABLE, or what the client said, with an
    address in the usual form and what cannot be printed as "?". Raises AttributeSyntaxError.
    """
    found = {}
    for word in argument.split():
        name, _, value = word.partition("=")
        name = name.upper()
        if name not in names:
            raise AttributeSyntaxError(f"the attributes are {' '.join(names)}")
        if not value:
            raise AttributeSyntaxError(f"{name} has no value")
        if len(value) > _LONGEST:
            raise AttributeSyntaxError(f"{name} is longer than {_LONGEST} characters")
        found[name] = _value(name, _decoded(value), strict=names is XCLIENT)
    return found


def available(attributes: dict[str, str], name: str) -> str | None:
    """Return a value, None where it was not given or is not available."""
    value = attributes.get(name)
    return None if value in {UNAVAILABLE, TEMPORARILY_UNAVAILABLE} else value


def _decoded(value: str) -> str:
    octets = value.encode(errors="surrogateescape")
    # Clients that are old send values as they are (note 5 of the README).
    with suppress(ValueError):
        octets = xtext.decode(octets)
    text = printable(octets.decode(errors="surrogateescape"))
    return "".join(character if character.isprintable() else "?" for character in text)


def _value(name: str, value: str, *, strict: bool) -> str:
    """Return a value in its usual form. strict: whether it stands in XCLIENT."""
    special = value.upper()
    if special == UNAVAILABLE and not (strict and name == "PROTO"):
        return UNAVAILABLE
    if special == TEMPORARILY_UNAVAILABLE and name == "NAME":
        return TEMPORARILY_UNAVAILABLE
    match name:
        case "ADDR" | "DESTADDR":
            return _address(name, value, strict=strict)
        case "PORT" | "DESTPORT":
            if not (value.isascii() and value.isdigit()) or int(value) > 65535:
                raise AttributeSyntaxError(f"{name} is no port")
            return str(int(value))
        case "PROTO" if strict and special not in {"SMTP", "ESMTP"}:
            raise AttributeSyntaxError("PROTO is neither SMTP nor ESMTP")
        case "SOURCE" if special not in {"LOCAL", "REMOTE"}:
            raise AttributeSyntaxError("SOURCE is neither LOCAL nor REMOTE")
        case "PROTO" | "SOURCE":
            return special
    return value


def _address(name: str, value: str, *, strict: bool) -> str:
    """Return an address without the mark of IPv6 (RFC 5321 section 4.1.3).

    What XFORWARD tells need not be one: mail may have come in another way than by SMTP.
    """
    bare = value[5:] if value[:5].upper() == "IPV6:" else value
    with suppress(ValueError):
        # A zone after "%" means nothing on another machine.
        return str(ip_address(bare.replace("%", " ")))
    if not strict:
        return value
    raise AttributeSyntaxError(f"{name} is neither an IPv4 address nor IPV6: and an IPv6 address")
