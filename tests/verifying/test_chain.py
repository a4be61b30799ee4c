"""ARC: whether the chain of those who passed a message on is whole."""

from __future__ import annotations

import pytest

from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.bounds import DEFAULT_BOUNDS, VerifyingBounds
from mailcatch.verifying.results import Finding, Method
from mailcatch.verifying.verdict import Source, verify
from tests.verifying.signing import DOMAIN, RAW, public, sealed, written_key, zone

LIST = "list.example"
KEYS = zone(more=f'2026._domainkey.{LIST}. TXT "v=DKIM1; p={public()}"')


def chain(raw: bytes, text: str = KEYS, bounds: VerifyingBounds = DEFAULT_BOUNDS) -> Finding:
    (finding,) = verify(raw, Arrival(), Source(text, "dns.zone"), bounds).of(Method.ARC)
    return finding


def twice(arc: str = "pass") -> bytes:
    return sealed(sealed(RAW), domain=LIST, arc=arc)


def test_a_message_that_nobody_passed_on() -> None:
    found = chain(RAW)
    assert (found.result, found.reason) == ("none", "nobody passed it on with ARC")


def test_a_chain_of_one() -> None:
    found = chain(sealed(RAW))
    assert (found.result, found.domain) == ("pass", DOMAIN)
    assert found.reason == "1 set, the newest sealed by shop.example"
    assert (found.rfc, found.place) == ("RFC 8617 5.2", "header ARC-Seal")


def test_a_chain_of_two_says_who_was_the_last() -> None:
    found = chain(twice())
    assert (found.result, found.domain) == ("pass", LIST)
    assert found.reason == "2 sets, the newest sealed by list.example"


def test_a_chain_that_was_broken_before_stays_broken() -> None:
    assert chain(twice("fail")).result == "fail"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Thank you", b"Thank YOU"),
        (b"Your order", b"Your Order"),
        (b"spf=pass", b"spf=fail"),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=2"),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=x"),
        (b"ARC-Seal: ", b"X-Seal: "),
        (b"ARC-Message-Signature: ", b"X-Signature: "),
        (b"cv=none", b"cv=pass"),
    ],
)
def test_what_was_changed_breaks_it(old: bytes, new: bytes) -> None:
    raw = sealed(RAW)
    assert old in raw
    found = chain(raw.replace(old, new))
    assert found.result == "fail", found.reason
    assert found.reason


def test_a_key_that_is_not_there() -> None:
    found = chain(twice(), zone())
    assert found.result == "fail"
    assert found.reason == "there is no key 2026._domainkey.list.example (TXT) in dns.zone"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (written_key((1 << 4096) - 1, (1 << 4096) - 3), "the key 2026._domainkey.shop.example is"),
        (written_key((1 << 512) - 1, 65537), "the key 2026._domainkey.shop.example has 512 bits"),
        ("A" * 5000, "the record 2026._domainkey.shop.example has more than 4096 characters"),
        ("AAAA", "the key 2026._domainkey.shop.example is none"),
    ],
)
def test_a_key_that_nobody_takes(key: str, reason: str) -> None:
    found = chain(sealed(RAW), zone(f"v=DKIM1; p={key}"))
    assert found.result == "fail"
    assert found.reason.startswith(reason)


def test_a_chain_is_bounded() -> None:
    found = chain(twice(), bounds=VerifyingBounds(sets=1))
    assert (found.result, found.reason) == ("policy", "there are more than 1 sets of ARC")
    found = chain(sealed(RAW), bounds=VerifyingBounds(field=100))
    assert (found.result, found.reason) == ("policy", "a field of ARC: it has more than 100 octets")
