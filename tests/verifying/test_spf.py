"""SPF: the published test suite of RFC 7208, and what is told beside a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.verifying.arrival import Arrival
from mailcatch.verifying.errors import UnreachableError
from mailcatch.verifying.records import Kind
from mailcatch.verifying.results import Finding
from mailcatch.verifying.spf import check_spf
from mailcatch.verifying.zone_file import read_zone

SUITE = json.loads(
    (Path(__file__).parents[2] / "fixtures" / "spf" / "rfc7208-tests.json").read_text()
)
CASES = {
    f"{chapter['description']}: {name}": (chapter["zonedata"], test)
    for chapter in SUITE
    for name, test in chapter["tests"].items()
}


class Suite:
    """The records of one chapter of the suite.

    Records of type SPF stand for TXT, where there is none of that type.
    """

    name = "the suite"

    def __init__(self, zone: dict[str, list[Any]]) -> None:
        self._zone = {name.lower(): records for name, records in zone.items()}

    def lookup(self, name: str, kind: Kind, /, *, hops: int = 8) -> tuple[str, ...]:
        records = self._zone.get(name.lower().rstrip("."), [])
        types = {next(iter(one)) for one in records if isinstance(one, dict)}
        found: list[str] = []
        for one in records:
            if not isinstance(one, dict):
                continue
            ((of, value),) = one.items()
            if of == "SPF" and "TXT" not in types:
                of = "TXT"
            if of == "CNAME":
                return self.lookup(value, kind, hops=hops - 1) if hops else ()
            if of != kind:
                continue
            if value == "TIMEOUT":
                raise UnreachableError("no answer")
            if of == "TXT":
                value = "".join(value)
            if value != "NONE":
                found.append(value[1] if of == "MX" else value)
        if "TIMEOUT" in records and not found:
            raise UnreachableError("no answer")
        return tuple(found)


@pytest.mark.parametrize("case", CASES)
def test_the_suite_of_rfc_7208(case: str) -> None:
    zone, test = CASES[case]
    wanted = test["result"] if isinstance(test["result"], list) else [test["result"]]
    found = check_spf(Arrival(test["host"], test["helo"], test["mailfrom"]), Suite(zone))
    assert found.result in wanted, found.reason


def check(
    record: str, *, more: str = "", client: str = "192.0.2.7", sender: str | None = "a@shop.example"
) -> Finding:
    zone = read_zone(f'shop.example TXT "{record}"\n{more}', "dns.zone")
    return check_spf(Arrival(client, "mail.shop.example", sender), zone)


@pytest.mark.parametrize(
    ("record", "result", "reason", "section"),
    [
        (
            "v=spf1 ip4:192.0.2.0/24 -all",
            "pass",
            "ip4:192.0.2.0/24 of shop.example fits the client 192.0.2.7",
            "8.3",
        ),
        ("v=spf1 -all", "fail", "-all of shop.example fits the client 192.0.2.7", "8.4"),
        ("v=spf1 ~all", "softfail", "~all of shop.example fits the client 192.0.2.7", "8.5"),
        ("v=spf1", "neutral", "no term of shop.example fits the client 192.0.2.7", "8.2"),
        ("some text", "none", "shop.example has no SPF record in dns.zone", "8.1"),
        (
            "v=spf1 ip4 -all",
            "permerror",
            "the SPF record of shop.example is wrong: 'ip4' is no network",
            "8.7",
        ),
        (
            "v=spf1 include:x.example -all",
            "permerror",
            "include:x.example of shop.example: x.example has no SPF record in dns.zone (5.2)",
            "8.7",
        ),
    ],
)
def test_the_reason_says_which_term_decided(
    record: str, result: str, reason: str, section: str
) -> None:
    found = check(record)
    assert (found.result, found.reason) == (result, reason)
    assert (found.rfc, found.domain, found.place) == (
        f"RFC 7208 {section}",
        "shop.example",
        "envelope",
    )


def test_the_null_sender_is_judged_by_helo() -> None:
    more = 'mail.shop.example TXT "v=spf1 a -all"\nmail.shop.example A 192.0.2.7\n'
    found = check("v=spf1 -all", more=more, sender="")
    assert (found.result, found.domain) == ("pass", "mail.shop.example")


def test_without_a_session_there_is_nothing_to_judge() -> None:
    assert check("v=spf1 -all", sender=None).result == "none"


@pytest.mark.parametrize("client", ["unix", "", "mailcatch"])
def test_a_client_without_an_address_is_not_judged(client: str) -> None:
    assert check("v=spf1 -all", client=client).result == "none"


def test_an_address_of_ipv4_inside_of_ipv6_is_that_of_ipv4() -> None:
    assert check("v=spf1 ip4:192.0.2.7 -all", client="::ffff:192.0.2.7").result == "pass"


def test_an_address_with_a_scope_is_known() -> None:
    assert check("v=spf1 ip6:fe80::/10 -all", client="fe80::1%eth0").result == "pass"


def test_a_chain_of_includes_comes_to_an_end() -> None:
    assert check("v=spf1 include:shop.example -all").result == "permerror"
    assert check("v=spf1 redirect=shop.example").result == "permerror"


@given(st.text(alphabet="v=spf1 amx:+-~?%{}lsodipvh/0123456789.=_redictnu", max_size=60))
def test_any_record_has_a_result(record: str) -> None:
    zone = {"shop.example": [{"TXT": f"v=spf1 {record}"}]}
    for client in ("192.0.2.7", "2001:db8::1"):
        found = check_spf(Arrival(client, "helo", "a@shop.example"), Suite(zone))
        assert found.reason.isprintable()
