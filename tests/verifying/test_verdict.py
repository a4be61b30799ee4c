"""Verifying a whole message: what the methods find together, and what hostile mail cannot do."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.errors import NotInstalledError, ZoneError
from mailcatch.verifying.results import Method
from mailcatch.verifying.verdict import Source, source_of, unverified, verify
from tests.verifying.signing import RAW, SIGNED, sealed, signature, zone

SOURCE = Source(zone(), "dns.zone")
HERE = Arrival("192.0.2.7", "mail.shop.example", "app@shop.example", SIGNED)
ELSEWHERE = Arrival("198.51.100.7", "mail.shop.example", "app@shop.example", SIGNED)
SIGNATURE = signature()
SIGNED_RAW = SIGNATURE + RAW
SEALED_RAW = SIGNATURE + sealed(RAW)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a zone file needs no network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_message_that_is_from_whom_it_says() -> None:
    verdict = verify(SIGNED_RAW, HERE, SOURCE)
    assert (verdict.dkim, verdict.arc, verdict.spf, verdict.dmarc) == (
        "pass",
        "none",
        "pass",
        "pass",
    )


@pytest.mark.parametrize(
    ("raw", "arrival", "dkim", "spf", "dmarc"),
    [
        pytest.param(SIGNED_RAW, ELSEWHERE, "pass", "fail", "pass", id="signed"),
        pytest.param(RAW, HERE, "none", "pass", "pass", id="from here"),
        pytest.param(RAW, ELSEWHERE, "none", "fail", "fail", id="neither"),
        pytest.param(SIGNED_RAW + b"More", ELSEWHERE, "fail", "fail", "fail", id="changed"),
        pytest.param(SIGNED_RAW, Arrival(), "pass", "none", "pass", id="no session"),
        pytest.param(
            RAW.replace(b"@shop", b"@evil"), HERE, "none", "pass", "none", id="another author"
        ),
    ],
)
def test_dmarc_wants_one_of_the_others_to_pass(
    raw: bytes, arrival: Arrival, dkim: str, spf: str, dmarc: str
) -> None:
    verdict = verify(raw, arrival, SOURCE)
    assert (verdict.dkim, verdict.spf, verdict.dmarc) == (dkim, spf, dmarc)


def test_findings_stand_in_one_order() -> None:
    verdict = verify(signature() + sealed(RAW), HERE, SOURCE)
    assert [one.method for one in verdict.findings] == ["dkim", "arc", "spf", "dmarc"]


def test_a_message_may_be_supposed_to_come_from_another_client() -> None:
    source = Source(zone(), "dns.zone", client="192.0.2.7")
    assert verify(RAW, Arrival("127.0.0.1", "x", "app@shop.example"), source).spf == "pass"


def test_a_message_that_took_too_long_has_a_verdict_too() -> None:
    verdict = unverified("it took \x1b too long")
    assert {one.method: one.result for one in verdict.findings} == dict.fromkeys(
        Method, "temperror"
    )
    assert all(one.reason.isprintable() for one in verdict.findings)


@given(
    st.binary(max_size=200)
    | st.tuples(
        st.sampled_from([b"DKIM-Signature: ", b"ARC-Seal: ", b"From: ", b"Subject: x\r\n "]),
        st.binary(max_size=200),
    ).map(b"".join)
)
def test_any_octets_have_a_verdict(octets: bytes) -> None:
    for raw in (octets, octets + b"\r\n" + RAW, SIGNATURE + octets + RAW):
        verdict = verify(raw, HERE, SOURCE)
        assert {one.method for one in verdict.findings} == set(Method)
        assert all(one.reason.isprintable() for one in verdict.findings)


@given(st.data())
def test_any_change_of_a_signed_message_has_a_verdict(data: st.DataObject) -> None:
    raw = bytearray(SEALED_RAW)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    verdict = verify(bytes(raw), HERE, SOURCE)
    assert {one.method for one in verdict.findings} == set(Method)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "spaces": lambda: SIGNED_RAW + b" " * 1_000_000 + b"x\r\n",
    "spaces in a field": lambda: b"Subject: " + b" " * 500_000 + b"x\r\n" + SIGNED_RAW,
    "spaces in a signature": lambda: SIGNED_RAW.replace(b"s=2026", b" " * 100_000 + b"s=2026"),
    "tags": lambda: b"DKIM-Signature: " + b"a=1;" * 4_000 + b"\r\n" + SIGNED_RAW,
    "signatures": lambda: SIGNATURE * 900 + RAW,
    "fields": lambda: b"X: y\r\n" * 100_000 + SIGNED_RAW,
    "seals": lambda: sealed(RAW).replace(RAW, b"") * 300 + RAW,
    "lines": lambda: SIGNED_RAW + b"\r\n" * 2_000_000,
    "names": lambda: SIGNED_RAW.replace(b"h=from", b"h=" + b"x:" * 3_000 + b"from"),
    "a length": lambda: signature(length=True).replace(b"l=", b"l=" + b"9" * 19) + RAW,
    "base64": lambda: b"DKIM-Signature: v=1; b=" + b"A" * 1_000_000 + b"\r\n" + SIGNED_RAW,
}
"""Messages that a naive look at would take minutes for."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_does_not_stall(name: str) -> None:
    verdict = verify(HOSTILE[name](), HERE, SOURCE)
    assert {one.method for one in verdict.findings} == set(Method)


def test_sources_are_told_apart(tmp_path: Path) -> None:
    place = tmp_path / "dns.zone"
    place.write_text(zone(), "utf-8")
    source = source_of(place)
    assert (source.name, source.lasts) == ("dns.zone", True)
    assert source.digest == source_of(place).digest
    place.write_text(zone(spf=""), "utf-8")
    others = [source_of(place), source_of(place, client="192.0.2.7"), source_of(place, dns=True)]
    assert len({source.digest, *(one.digest for one in others[:2])}) == 3
    assert not others[2].lasts


def test_a_zone_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match=r"cannot read the zone file .*: no such file"):
        source_of(tmp_path / "none.zone")
    (tmp_path / "latin.zone").write_bytes(b"\xe4")
    with pytest.raises(ZoneError, match=r"latin\.zone is no UTF-8 text"):
        source_of(tmp_path / "latin.zone")
    (tmp_path / "large.zone").write_bytes(b" " * 5_000_000)
    with pytest.raises(ZoneError, match=r"more than .* characters"):
        source_of(tmp_path / "large.zone")
    with pytest.raises(ZoneError, match=r"dns\.zone, line 1: "):
        Source("what", "dns.zone").check()


def test_a_client_that_is_no_address(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="'shop' is no address"):
        source_of(tmp_path, client="shop")


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailcatch.verifying.verdict.find_spec", lambda _: None)
    with pytest.raises(NotInstalledError, match=r"mailcatch\[dkim\]"):
        SOURCE.check()
