"""What verifying found, in the words of RFC 8601 section 2.7."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from mailcatch.mail.safe import safe_text


class Method(StrEnum):
    """What was verified."""

    DKIM = "dkim"
    SPF = "spf"
    DMARC = "dmarc"
    ARC = "arc"


class Result(StrEnum):
    """What became of it. Not every method knows all of them."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    POLICY = "policy"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


FAILURES: Final = frozenset(
    (Result.FAIL, Result.SOFTFAIL, Result.POLICY, Result.TEMPERROR, Result.PERMERROR)
)
"""What did not pass, though it could have been."""


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """One thing that was verified, such as one signature. Every text is safe to show.

    reason: a sentence. rfc: the section behind it. domain: whose word it is: d= of a signature,
    the domain of MAIL FROM or HELO, of From. selector: of the key of a signature. place: where in
    the message. weak: what is weak about it, though it passed, a sentence each.
    """

    method: Method
    result: Result
    reason: str
    rfc: str
    domain: str = ""
    selector: str = ""
    place: str = "message"
    weak: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it did not pass, though it could have."""
        return self.result in FAILURES


class Verdict(msgspec.Struct, frozen=True, array_like=True):
    """All that was found: DKIM by signature, then ARC, SPF and DMARC."""

    findings: tuple[Finding, ...]

    def of(self, method: Method) -> tuple[Finding, ...]:
        """Return the findings of a method."""
        return tuple(one for one in self.findings if one.method is method)

    def result(self, method: Method) -> Result:
        """Return the result of a method: of several signatures, one that passes counts."""
        results = [one.result for one in self.of(method)]
        if Result.PASS in results or not results:
            return Result.PASS if results else Result.NONE
        return results[0]

    @property
    def dkim(self) -> str:
        """The result of DKIM, such as "pass"."""
        return self.result(Method.DKIM).value

    @property
    def spf(self) -> str:
        """The result of SPF."""
        return self.result(Method.SPF).value

    @property
    def dmarc(self) -> str:
        """The result of DMARC."""
        return self.result(Method.DMARC).value

    @property
    def arc(self) -> str:
        """The result of ARC."""
        return self.result(Method.ARC).value


def encode_verdict(verdict: Verdict) -> bytes:
    """Return a verdict as the index holds it."""
    return msgspec.msgpack.encode(verdict)


_decoder: Final = msgspec.msgpack.Decoder(Verdict)


def decode_verdict(octets: bytes) -> Verdict:
    """Return a verdict that the index holds, its texts safe. Raises msgspec.DecodeError."""
    return Verdict(tuple(map(_safe, _decoder.decode(octets).findings)))


def _safe(one: Finding) -> Finding:
    return Finding(
        one.method,
        one.result,
        safe_text(one.reason),
        safe_text(one.rfc),
        safe_text(one.domain),
        safe_text(one.selector),
        safe_text(one.place),
        tuple(map(safe_text, one.weak)),
    )
