"""One DKIM signature and its key as they are written: what is wrong before any sum. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mailcatch.verifying.records import normal
from mailcatch.verifying.results import Result
from mailcatch.verifying.tags import TagError, read_tags, without_space

ALGORITHMS: Final = ("rsa-sha256", "ed25519-sha256")
_NEEDED: Final = ("v", "a", "b", "bh", "d", "h", "s")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_CANONICAL: Final = re.compile(r"(simple|relaxed)(/(simple|relaxed))?")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
# Clocks differ: what was signed a little in the future is not held against anybody.
_SLOP: Final = 300
_LONGEST_SUM: Final = 4_096
"""Characters of b= and bh=."""
LONGEST_KEY: Final = 4_096
"""Characters of the record of a key."""
_WORTH_SIGNING: Final = ("subject", "date", "to")


class SignatureError(ValueError):
    """A signature that cannot pass. result: which kind of failure. rfc: the section behind it."""

    def __init__(self, result: Result, reason: str, rfc: str) -> None:
        super().__init__(reason)
        self.result = result
        self.rfc = rfc


@dataclass(frozen=True, slots=True)
class Signature:
    """A DKIM-Signature field, read.

    tags: all, by name. domain, selector: where the key is. headers: names of the signed fields, in
    lower case. algorithm: one of ALGORITHMS.
    """

    tags: dict[str, str]
    domain: str
    selector: str
    headers: tuple[str, ...]
    algorithm: str

    @property
    def key_name(self) -> str:
        """Where the key is looked up (section 3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def weak(self) -> tuple[str, ...]:
        """What is weak about it, though it may pass."""
        found = []
        if "l" in self.tags:
            found.append("l= leaves the end of the body unsigned: anything can be added there")
        unsigned = [name.title() for name in _WORTH_SIGNING if name not in self.headers]
        if unsigned:
            found.append(f"{', '.join(unsigned)} can be changed: not among the signed fields")
        return tuple(found)


def read_signature(value: str, at: datetime | None) -> Signature:
    """Return a DKIM-Signature field. at: when the message came, if known. Raises SignatureError."""
    try:
        tags = read_tags(value)
    except TagError as error:
        raise _wrong(f"the signature cannot be read: {error}") from None
    missing = [name for name in _NEEDED if not tags.get(name)]
    if missing:
        raise _wrong(f"the signature has no {missing[0]}=")
    if tags["v"] != "1":
        raise _wrong(f"v={tags['v']} is no version that is known: it is 1")
    _check_algorithm(tags["a"])
    for name in ("b", "bh"):
        tags[name] = without_space(tags[name])
        if not _BASE64.fullmatch(tags[name]) or len(tags[name]) % 4:
            raise _wrong(f"{name}= is no base64")
        if len(tags[name]) > _LONGEST_SUM:
            raise _wrong(f"{name}= has more than {_LONGEST_SUM} characters")
    canonical = tags.setdefault("c", "simple/simple")
    if not _CANONICAL.fullmatch(canonical):
        raise _wrong(f"c={canonical} is no canonicalization: simple and relaxed are")
    domain, selector = normal(tags["d"]), tags["s"].lower()
    if not _NAME.fullmatch(domain) or not _NAME.fullmatch(selector):
        raise _wrong(f"d={tags['d']} s={tags['s']} names no key")
    headers = tuple(name.strip().lower() for name in tags["h"].split(":"))
    if "from" not in headers:
        raise _wrong("From is not among the signed fields (h=)", "RFC 6376 5.4")
    _check_identity(tags, domain)
    _check_times(tags, at)
    if "l" in tags and not _NUMBER.fullmatch(tags["l"]):
        raise _wrong(f"l={tags['l']} is no number")
    if "q" in tags and "dns/txt" not in tags["q"]:
        raise _wrong(f"q={tags['q']} names no way to the key: dns/txt is known")
    return Signature(tags, domain, selector, headers, tags["a"])


def _check_algorithm(algorithm: str) -> None:
    if algorithm == "rsa-sha1":
        what = "it is made with rsa-sha1, which no receiver may take any more"
        raise SignatureError(Result.POLICY, what, "RFC 8301 3.1")
    if algorithm not in ALGORITHMS:
        raise _wrong(f"a={algorithm} is not known: {' and '.join(ALGORITHMS)} are")


def _check_identity(tags: dict[str, str], domain: str) -> None:
    identity = tags.get("i")
    if identity is None:
        return
    of = identity.rpartition("@")[2].lower()
    if "@" not in identity or (of != domain and not of.endswith(f".{domain}")):
        raise _wrong(f"i={identity} is not in d={domain} or below it")


def _check_times(tags: dict[str, str], at: datetime | None) -> None:
    for name in ("t", "x"):
        if name in tags and not _NUMBER.fullmatch(tags[name]):
            raise _wrong(f"{name}={tags[name]} is no time: seconds since 1970 are")
    signed = int(tags["t"]) if "t" in tags else None
    expires = int(tags["x"]) if "x" in tags else None
    if expires is not None and signed is not None and expires < signed:
        raise _wrong("x= is before t=")
    if at is None:
        return
    came = at.timestamp()
    if signed is not None and signed > came + _SLOP:
        raise _failed(f"it was signed after the message came (t={_written(signed)})")
    if expires is not None and expires < came - _SLOP:
        raise _failed(f"it had expired when the message came (x={_written(expires)})")


@dataclass(frozen=True, slots=True)
class Key:
    """The record of a key. tags: all, by name. testing: whether it says so (t=y)."""

    tags: dict[str, str]
    testing: bool


def read_key(text: str, signature: Signature) -> Key:
    """Return the record of a signature's key (section 3.6.1). Raises SignatureError."""
    where = signature.key_name
    if len(text) > LONGEST_KEY:
        raise _wrong_key(f"the record {where} has more than {LONGEST_KEY} characters")
    try:
        tags = read_tags(text)
    except TagError as error:
        raise _wrong_key(f"the record {where} cannot be read: {error}") from None
    if tags.get("v", "DKIM1") != "DKIM1" or ("v" in tags and next(iter(tags)) != "v"):
        raise _wrong_key(f"the record {where} is no key: v=DKIM1 comes first")
    if "p" not in tags:
        raise _wrong_key(f"the record {where} has no key (p=)")
    if not tags["p"]:
        raise _wrong_key(f"the key {where} is revoked: its p= is empty")
    kind, hashes = tags.get("k", "rsa"), _words(tags.get("h", "sha256"))
    if kind != signature.algorithm.partition("-")[0]:
        raise _wrong_key(f"the key {where} is one for {kind}, the signature {signature.algorithm}")
    if "sha256" not in hashes:
        raise _wrong_key(f"the key {where} is not for sha256 (h=)")
    if not {"*", "email"} & _words(tags.get("s", "*")):
        raise _wrong_key(f"the key {where} is not for mail (s=)")
    flags = _words(tags.get("t", ""))
    identity = signature.tags.get("i", "").rpartition("@")[2].lower()
    if "s" in flags and identity not in {"", signature.domain}:
        raise _wrong_key(f"the key {where} is not for subdomains (t=s), and i= is in one")
    return Key(tags, "y" in flags)


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(":")}


def _written(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


def _wrong(reason: str, rfc: str = "RFC 6376 6.1.1") -> SignatureError:
    return SignatureError(Result.PERMERROR, reason, rfc)


def _wrong_key(reason: str) -> SignatureError:
    return SignatureError(Result.PERMERROR, reason, "RFC 6376 6.1.2")


def _failed(reason: str) -> SignatureError:
    return SignatureError(Result.FAIL, reason, "RFC 6376 3.5")
