"""Macros of SPF (RFC 7208 section 7): what stands in braces, filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mailcatch.verifying.arrival import Address
from mailcatch.verifying.records import LONGEST_NAME

_MACRO: Final = re.compile(r"%(?:\{([A-Za-z])(\d{0,3})(r?)([.+,/_=-]*)\}|([%_-]))")
_SIGNS: Final = {"%": "%", "_": " ", "-": "%20"}
_UNRESERVED: Final = "-._~"


@dataclass(frozen=True, slots=True)
class MacroValues:
    """What macros stand for.

    validated: gives the client's validated name, for %{p}; it is looked up when it is asked for.
    """

    sender: str
    domain: str
    helo: str
    address: Address
    validated: Callable[[], str]


def expand(text: str, values: MacroValues) -> str:
    """Return a domain-spec with its macros filled in, cut from the left where it is too long."""
    expanded = _MACRO.sub(lambda found: _filled(found, values), text)
    while len(expanded.rstrip(".")) > LONGEST_NAME and "." in expanded:
        expanded = expanded.partition(".")[2]
    return expanded


def _filled(found: re.Match[str], values: MacroValues) -> str:
    letter, digits, turned, delimiters, sign = found.groups()
    if sign is not None:
        return _SIGNS[sign]
    parts = re.split(f"[{re.escape(delimiters or '.')}]", _value(letter.lower(), values))
    if turned:
        parts.reverse()
    if digits:
        parts = parts[-int(digits) :]
    text = ".".join(parts)
    return quote(text, safe=_UNRESERVED) if letter.isupper() else text


def _value(letter: str, values: MacroValues) -> str:
    local, _, domain = values.sender.rpartition("@")
    match letter:
        case "s":
            return values.sender
        case "l":
            return local
        case "o":
            return domain
        case "d":
            return values.domain
        case "i":
            return dotted(values.address)
        case "p":
            return values.validated()
        case "v":
            return "in-addr" if values.address.version == 4 else "ip6"
        case "h":
            return values.helo
        case _:
            return ""


def dotted(address: Address) -> str:
    """Return an address with dots between its octets, or, of IPv6, its hexadecimal digits."""
    if address.version == 4:
        return str(address)
    return ".".join(address.packed.hex())
