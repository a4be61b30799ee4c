"""DKIM: what becomes of signatures that are right, wrong, weak and hostile."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import dkim
import pytest

from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.bounds import VerifyingBounds
from mailcatch.verifying.results import Finding, Method
from mailcatch.verifying.verdict import Source, verify
from tests.verifying.signing import (
    RAW,
    SIGNED,
    public,
    public_edwards,
    signature,
    written_key,
    zone,
)

PUBLISHED = Path(__file__).parents[2] / "fixtures" / "dkim"


def findings(
    raw: bytes, text: str | None = None, *, at: datetime | None = SIGNED
) -> tuple[Finding, ...]:
    source = Source(zone() if text is None else text, "dns.zone")
    return verify(raw, Arrival(at=at), source).of(Method.DKIM)


def only(raw: bytes, text: str | None = None, *, at: datetime | None = SIGNED) -> Finding:
    (finding,) = findings(raw, text, at=at)
    return finding


def changed(field: bytes, old: bytes, new: bytes) -> bytes:
    assert old in field
    return field.replace(old, new)


def test_the_names_of_dkimpy_that_are_leant_on_are_there() -> None:
    message = dkim.DKIM(RAW, minkey=0)
    for name in ("headers", "minkey", "verify_sig_process", "keysize", "seqtlsrpt", "body"):
        assert hasattr(message, name), name
    for name in ("ARC", "DKIMException", "NaClNotFoundError", "ValidationError", "evaluate_pk"):
        assert hasattr(dkim, name), name
    assert hasattr(dkim.CanonicalizationPolicy, "from_c_value")
    assert (dkim.CV_Pass, dkim.CV_Fail, dkim.CV_None) == (b"pass", b"fail", b"none")


@pytest.mark.parametrize("body", ["simple", "relaxed"])
@pytest.mark.parametrize("head", ["simple", "relaxed"])
def test_a_good_signature_passes(head: str, body: str) -> None:
    found = only(signature(canonical=(head, body)) + RAW)
    assert (found.result, found.domain, found.selector) == ("pass", "shop.example", "2026")
    assert found.reason == "signed by shop.example, key 2026: From, To, Subject, Date"
    assert (found.rfc, found.place) == ("RFC 6376 6.1.3", "header DKIM-Signature")
    assert found.weak == ()


def test_ed25519_passes() -> None:
    record = f"v=DKIM1; k=ed25519; p={public_edwards()}"
    assert only(signature(algorithm="ed25519-sha256") + RAW, zone(record)).result == "pass"


def test_the_example_of_rfc_8463_passes() -> None:
    text = (PUBLISHED / "rfc8463.zone").read_text()
    raw = (PUBLISHED / "rfc8463.eml").read_bytes()
    found = findings(raw, text)
    assert [(one.selector, one.result) for one in found] == [("brisbane", "pass"), ("test", "pass")]
    changed_on_its_way = findings(raw.replace(b"hungry", b"thirsty"), text)
    assert [one.result for one in changed_on_its_way] == ["fail", "fail"]


def test_a_message_that_is_not_signed() -> None:
    found = only(RAW)
    assert (found.result, found.reason) == ("none", "it is not signed")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (RAW.replace(b"Thank you", b"Thank YOU"), "the body is not the one that was signed"),
        (RAW + b"More.\r\n", "the body is not the one that was signed"),
        (RAW.replace(b"Your order", b"Your Order"), "the signature (b=) does not fit"),
    ],
)
def test_what_was_changed_fails(raw: bytes, reason: str) -> None:
    found = only(signature() + raw)
    assert (found.result, found.rfc) == ("fail", "RFC 6376 6.1.3")
    assert found.reason.startswith(reason)


@pytest.mark.parametrize("signed", [("from", "to"), ("from", "from", "to")])
def test_another_author_fails_also_where_nobody_signed_against_one(signed: tuple[str, ...]) -> None:
    found = only(signature(fields=signed) + b"From: evil@example.com\r\n" + RAW)
    assert (found.result, found.rfc) == ("fail", "RFC 6376 8.15")
    assert found.reason.startswith("From stands there 2 times")


def test_what_relaxed_forgives_passes() -> None:
    raw = RAW.replace(b"Subject: Your order", b"SUBJECT:\tYour\r\n  order  ").replace(b"  ", b" ")
    assert only(signature() + raw).result == "pass"
    assert only(signature(canonical=("simple", "simple")) + raw).result == "fail"


def test_another_key_fails() -> None:
    found = only(signature() + RAW, zone(f"v=DKIM1; p={public(1024)}"))
    assert found.result == "fail"
    assert "2026._domainkey.shop.example is another key" in found.reason


def test_a_key_that_is_not_there() -> None:
    found = only(signature() + RAW, zone(record=""))
    assert (found.result, found.rfc) == ("permerror", "RFC 6376 6.1.2")
    assert found.reason == "there is no key 2026._domainkey.shop.example (TXT) in dns.zone"


def test_a_key_that_stands_elsewhere() -> None:
    alias = "2026._domainkey CNAME shop.dkim.provider.example.\n"
    alias += f'shop.dkim.provider.example. TXT "v=DKIM1; p={public()}"'
    assert only(signature() + RAW, zone("", more=alias)).result == "pass"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("v=DKIM1; p=", "the key 2026._domainkey.shop.example is revoked: its p= is empty"),
        ("v=DKIM1", "the record 2026._domainkey.shop.example has no key (p=)"),
        ("v=DKIM2; p=AAAA", "the record 2026._domainkey.shop.example is no key: v=DKIM1"),
        ("p=AAAA; v=DKIM1", "the record 2026._domainkey.shop.example is no key: v=DKIM1"),
        ("v=DKIM1 p=AAAA", "the record 2026._domainkey.shop.example is no key: v=DKIM1"),
        ("v=DKIM1; p=A; p=B", "the record 2026._domainkey.shop.example cannot be read: p= stands"),
        ("v=DKIM1; p=AAAA", "the key 2026._domainkey.shop.example is none"),
        ("v=DKIM1; p=!!!!", "the key 2026._domainkey.shop.example is none"),
        ("v=DKIM1; k=ed25519; p=AAAA", "the key 2026._domainkey.shop.example is one for ed25519"),
        ("v=DKIM1; k=dsa; p=AAAA", "the key 2026._domainkey.shop.example is one for dsa"),
        ("v=DKIM1; h=sha1; p={}", "the key 2026._domainkey.shop.example is not for sha256 (h=)"),
        ("v=DKIM1; s=tlsrpt; p={}", "the key 2026._domainkey.shop.example is not for mail (s=)"),
    ],
)
def test_a_key_that_is_none(record: str, reason: str) -> None:
    found = only(signature() + RAW, zone(record.replace("{}", public())))
    assert (found.result, found.rfc) == ("permerror", "RFC 6376 6.1.2")
    assert found.reason.startswith(reason)


def test_a_key_not_for_subdomains() -> None:
    record = f"v=DKIM1; t=s; p={public()}"
    assert only(signature() + RAW, zone(record)).result == "pass"
    below = signature(identity="app@news.shop.example")
    assert "is not for subdomains (t=s)" in only(below + RAW, zone(record)).reason
    assert only(below + RAW).result == "pass"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"v=1", b"v=2", "v=2 is no version that is known: it is 1"),
        (b"v=1; ", b"", "the signature has no v="),
        (b"a=rsa-sha256", b"a=rsa-md5", "a=rsa-md5 is not known"),
        (b"c=relaxed/relaxed", b"c=loose", "c=loose is no canonicalization"),
        (b"d=shop.example", b"d=", "the signature has no d="),
        (b"d=shop.example", b"d=sh op", "d=sh op s=2026 names no key"),
        (b"s=2026", b"s=20/26", "d=shop.example s=20/26 names no key"),
        (b"i=@shop.example", b"i=@evilshop.example", "i=@evilshop.example is not in d=shop"),
        (b"q=dns/txt", b"q=finger", "q=finger names no way to the key"),
        (b"h=from", b"h=cc", "From is not among the signed fields (h=)"),
        (b"bh=", b"bh=!", "bh= is no base64"),
        (b"d=shop.example", b"d=shop.example; d=x.example", "the signature cannot be read: d="),
    ],
)
def test_a_signature_that_is_malformed(old: bytes, new: bytes, reason: str) -> None:
    found = only(changed(signature(identity="@shop.example"), old, new) + RAW)
    assert found.result == "permerror"
    assert found.reason.startswith(reason)


def test_a_length_that_the_body_does_not_have() -> None:
    found = only(signature(times={"l": 9_999}) + RAW)
    assert (found.result, found.rfc) == ("permerror", "RFC 6376 3.5")
    assert found.reason == "l=9999 octets are signed, and the body has 25"


def test_sha1_is_taken_by_nobody() -> None:
    found = only(signature(algorithm="rsa-sha1") + RAW)
    assert (found.result, found.rfc) == ("policy", "RFC 8301 3.1")


def test_a_key_that_is_too_short() -> None:
    record = f"v=DKIM1; p={written_key((1 << 512) - 1, 65537)}"
    found = only(signature() + RAW, zone(record))
    assert (found.result, found.rfc) == ("policy", "RFC 8301 3.2")
    assert "has 512 bits" in found.reason


@pytest.mark.parametrize(
    ("field", "record", "weak"),
    [
        (
            {"bits": 1024},
            {"bits": 1024},
            "the key has 1024 bits: 2048 are asked for (RFC 8301 3.2)",
        ),
        (
            {"length": True},
            {},
            "l= leaves the end of the body unsigned: anything can be added there",
        ),
        (
            {"fields": ("from", "date")},
            {},
            "Subject, To can be changed: not among the signed fields",
        ),
        ({}, {"flags": "t=y; "}, "the key says that it is only tested (t=y)"),
    ],
)
def test_what_is_weak_about_a_signature_that_passes(
    field: dict[str, object], record: dict[str, object], weak: str
) -> None:
    bits = int(str(record.get("bits", 2048)))
    text = zone(f"v=DKIM1; {record.get('flags', '')}p={public(bits)}")
    found = only(signature(**field) + RAW, text)  # type: ignore[arg-type]
    assert (found.result, found.weak) == ("pass", (weak,))


@pytest.mark.parametrize(
    ("tags", "came", "result"),
    [
        ({"t": 0}, 0, "pass"),
        ({"t": 0, "x": 3600}, 60, "pass"),
        ({"t": 0, "x": 3600}, 7200, "fail"),
        ({"t": 0, "x": 3600}, 3700, "pass"),
        ({"t": 7200}, 0, "fail"),
        ({"t": 60}, 0, "pass"),
        ({"t": 3600, "x": 0}, 60, "permerror"),
    ],
)
def test_times_are_judged_by_when_the_message_came(
    tags: dict[str, int], came: int, result: str
) -> None:
    at = SIGNED + timedelta(seconds=came)
    moments = {name: int(SIGNED.timestamp()) + seconds for name, seconds in tags.items()}
    assert only(signature(times=moments) + RAW, at=at).result == result


def test_where_it_is_not_known_when_a_message_came_times_are_not_judged() -> None:
    assert only(signature(times={"t": 1_000_000, "x": 1_000_060}) + RAW, at=None).result == "pass"


def test_each_signature_has_a_result() -> None:
    other = signature(domain="other.example")
    results = [one.result for one in findings(other + signature() + RAW)]
    assert results == ["permerror", "pass"]
    assert verify(other + signature() + RAW, Arrival(), Source(zone(), "x")).dkim == "pass"


def test_only_the_first_signatures_are_looked_at() -> None:
    found = findings(signature() * 30 + RAW)
    assert [one.result for one in found] == ["pass"] * 10 + ["policy"]
    assert found[-1].reason.startswith("20 more signatures are not looked at")


def test_bounds_can_be_set() -> None:
    source = Source(zone(), "dns.zone")
    for bounds in (
        VerifyingBounds(octets=100),
        VerifyingBounds(fields=3),
        VerifyingBounds(field=100),
        VerifyingBounds(key_bits=1_024),
        VerifyingBounds(steps=1),
    ):
        verdict = verify(signature() + RAW, Arrival(), source, bounds)
        assert verdict.of(Method.DKIM)[0].failed, bounds
    found = verify(signature() * 2 + RAW, Arrival(), source, VerifyingBounds(signatures=1))
    assert [one.result for one in found.of(Method.DKIM)] == ["pass", "policy"]
    spaced = changed(signature(), b"; s=2026", b";" + b" " * 50 + b"s=2026") + RAW
    assert verify(spaced, Arrival(), source, VerifyingBounds(space=40)).dkim == "policy"


def test_an_exponent_as_large_as_its_key_is_not_tried() -> None:
    huge = (1 << 4096) - 1
    found = only(signature() + RAW, zone(f"v=DKIM1; p={written_key(huge, huge - 2)}"))
    assert found.result == "policy"
    assert "its exponent" in found.reason


def test_a_header_that_cannot_be_read_is_told() -> None:
    found = only(b"no field at all\r\n" + signature() + RAW)
    assert (found.result, found.reason) == (
        "permerror",
        "not verified: its header has a line that is no field",
    )
