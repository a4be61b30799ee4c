"""SPF records (RFC 7208 section 4.6 and appendix A): text to terms, or what is wrong. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

VERSION: Final = "v=spf1"

_MODIFIER: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.DOTALL)
_MECHANISM: Final = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9._-]*)(.*)", re.DOTALL)
_WIDTHS: Final = re.compile(r"(.*?)(?:/(0|[1-9]\d{0,2}))?(?://(0|[1-9]\d{0,2}))?", re.DOTALL)
_MACRO: Final = re.compile(r"%(?:\{([A-Za-z])(\d*)(r?)([.+,/_=-]*)\}|([%_-])|)")
_VISIBLE: Final = re.compile(r"[!-~]*")
_LAST: Final = re.compile(
    r"(?:\.(?!\d+\.?$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?|%\{[A-Za-z]\d*r?[.+,/_=-]*\})$"
)
_LETTERS: Final = frozenset("slodiphv")
_LETTERS_OF_EXP: Final = _LETTERS | frozenset("crt")


class SpfSyntaxError(ValueError):
    """A record that is none. The message says which term is wrong."""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A term that may fit a client.

    qualifier: "+", "-", "~" or "?". name: in lower case. domain: what stands behind the colon, with
    its macros, or "". network: of ip4 and ip6, as it is written. widths: of the networks of a and
    mx, for IPv4 and IPv6. text: the term, as it stands in the record.
    """

    qualifier: str
    name: str
    text: str
    domain: str = ""
    network: str = ""
    widths: tuple[int, int] = (32, 128)


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A record, read. redirect: the domain of that modifier, with its macros, or ""."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str = ""


def is_spf(text: str) -> bool:
    """Return whether a TXT record is one of SPF (section 4.5)."""
    return text[: len(VERSION)].lower() == VERSION and text[len(VERSION) :][:1] in {"", " "}


def read_spf(text: str) -> SpfRecord:
    """Return the terms of a record. Raises SpfSyntaxError for any of them that is none."""
    if not text.isascii():
        raise SpfSyntaxError("it has characters outside of ASCII")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in filter(None, text[len(VERSION) :].split(" ")):
        modifier = _MODIFIER.fullmatch(term)
        if modifier is None:
            mechanisms.append(_mechanism(term))
            continue
        name, value = modifier[1].lower(), modifier[2]
        if name in {"redirect", "exp"}:
            if name in modifiers:
                raise SpfSyntaxError(f"{name} stands twice")
            _check_domain(value, term)
            modifiers[name] = value
        else:
            _check_macros(value, term, _LETTERS_OF_EXP)
    return SpfRecord(tuple(mechanisms), modifiers.get("redirect", ""))


def _mechanism(term: str) -> Mechanism:
    found = _MECHANISM.fullmatch(term)
    if found is None:
        raise SpfSyntaxError(f"{term!r} is no mechanism")
    qualifier, name, rest = found[1] or "+", found[2].lower(), found[3]
    match name:
        case "all":
            if rest:
                raise SpfSyntaxError(f"{term!r}: nothing stands behind all")
            return Mechanism(qualifier, name, term)
        case "include" | "exists":
            if not rest.startswith(":"):
                raise SpfSyntaxError(f"{term!r} names no domain")
            _check_domain(rest[1:], term)
            return Mechanism(qualifier, name, term, rest[1:])
        case "a" | "mx":
            domain, widths = _widths(rest, term)
            if domain:
                _check_domain(domain.removeprefix(":"), term, colon=domain)
            return Mechanism(qualifier, name, term, domain.removeprefix(":"), widths=widths)
        case "ptr":
            if rest:
                _check_domain(rest.removeprefix(":"), term, colon=rest)
            return Mechanism(qualifier, name, term, rest.removeprefix(":"))
        case "ip4" | "ip6":
            return Mechanism(qualifier, name, term, network=_network(name, rest, term))
        case _:
            raise SpfSyntaxError(f"{term!r} is no mechanism that is known")


def _widths(rest: str, term: str) -> tuple[str, tuple[int, int]]:
    found = _WIDTHS.fullmatch(rest)
    assert found is not None
    domain, narrow, wide = found.groups()
    widths = (32 if narrow is None else int(narrow), 128 if wide is None else int(wide))
    if widths[0] > 32 or widths[1] > 128:
        raise SpfSyntaxError(f"{term!r}: a network has 32 bits at most in IPv4, 128 in IPv6")
    return domain, widths


def _network(name: str, rest: str, term: str) -> str:
    most, form = (32, IPv4Address) if name == "ip4" else (128, IPv6Address)
    address, slash, width = rest.removeprefix(":").partition("/")
    try:
        form(address)
    except AddressValueError:
        rest = ""
    right = not slash or (re.fullmatch(r"0|[1-9]\d{0,2}", width) and int(width) <= most)
    if not rest.startswith(":") or not right:
        raise SpfSyntaxError(f"{term!r} is no network")
    return f"{address}{slash}{width}"


def _check_domain(domain: str, term: str, colon: str = ":") -> None:
    """Raise SpfSyntaxError where a domain-spec is none (section 7.1)."""
    if not colon.startswith(":"):
        raise SpfSyntaxError(f"{term!r} is no mechanism that is known")
    _check_macros(domain, term, _LETTERS)
    if not _LAST.search(domain):
        raise SpfSyntaxError(f"{term!r} names no domain")


def _check_macros(text: str, term: str, letters: frozenset[str]) -> None:
    if not _VISIBLE.fullmatch(text):
        raise SpfSyntaxError(f"{term!r} has control characters")
    for found in _MACRO.finditer(text):
        letter, digits, _, _, sign = found.groups()
        right = letter is not None and letter.lower() in letters and (not digits or int(digits))
        if not right and sign is None:
            raise SpfSyntaxError(f"{term!r}: {text[found.start() :][:8]!r} is no macro")
