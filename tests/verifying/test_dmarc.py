"""DMARC: whether what passed speaks for the domain of From."""

from __future__ import annotations

import pytest

from mailcatch.verifying.dmarc import check_dmarc
from mailcatch.verifying.errors import UnreachableError
from mailcatch.verifying.network import Layered
from mailcatch.verifying.records import Kind
from mailcatch.verifying.results import Finding, Method, Result
from mailcatch.verifying.zone_file import read_zone


def passed(method: Method, domain: str) -> Finding:
    return Finding(method, Result.PASS, "", "", domain)


def dkim(domain: str) -> Finding:
    return passed(Method.DKIM, domain)


def spf(domain: str) -> Finding:
    return passed(Method.SPF, domain)


def judge(zone: str, author: str | list[str], *others: Finding) -> Finding:
    authors = [author] if isinstance(author, str) else author
    return check_dmarc(authors, others, read_zone(zone, "dns.zone"))


SHOP = '_dmarc.shop.example TXT "v=DMARC1; p=reject"\n'
STRICT = '_dmarc.shop.example TXT "v=DMARC1; p=reject; adkim=s; aspf=s"\n'


@pytest.mark.parametrize("method", [dkim, spf])
@pytest.mark.parametrize(
    ("zone", "author", "domain", "result"),
    [
        (SHOP, "shop.example", "shop.example", "pass"),
        (SHOP, "SHOP.example", "Shop.Example", "pass"),
        (SHOP, "shop.example", "news.shop.example", "pass"),
        (SHOP, "news.shop.example", "shop.example", "pass"),
        (SHOP, "a.shop.example", "b.shop.example", "pass"),
        (SHOP, "shop.example", "evilshop.example", "fail"),
        (SHOP, "shop.example", "provider.example", "fail"),
        (SHOP, "shop.example", "example", "fail"),
        (STRICT, "shop.example", "shop.example", "pass"),
        (STRICT, "shop.example", "news.shop.example", "fail"),
        (STRICT, "news.shop.example", "shop.example", "fail"),
    ],
)
def test_what_passed_has_to_speak_for_the_author(
    method: object, zone: str, author: str, domain: str, result: str
) -> None:
    assert callable(method)
    assert judge(zone, author, method(domain)).result == result


def test_the_reason_says_who_speaks_for_whom() -> None:
    found = judge(SHOP, "shop.example", spf("provider.example"), dkim("news.shop.example"))
    assert found.reason == (
        "dkim passes for news.shop.example, which speaks for shop.example; shop.example asks for"
        " reject"
    )
    assert (found.domain, found.rfc, found.place) == (
        "shop.example",
        "RFC 9989 4.4",
        "header From",
    )


def test_the_reason_says_why_nothing_counts() -> None:
    failed = Finding(Method.DKIM, Result.FAIL, "", "", "shop.example")
    found = judge(STRICT, "shop.example", failed, spf("news.shop.example"))
    assert found.reason == (
        "nothing that passes speaks for shop.example: dkim=fail; spf passes for"
        " news.shop.example, which is not shop.example (strict). shop.example asks for reject"
    )


def test_one_of_several_signatures_is_enough() -> None:
    found = judge(SHOP, "shop.example", dkim("provider.example"), dkim("shop.example"))
    assert found.result == "pass"


def test_without_a_record_there_is_nothing_to_judge() -> None:
    found = judge("", "shop.example", dkim("shop.example"))
    assert (found.result, found.rfc) == ("none", "RFC 9989 4.10")
    assert found.reason == (
        "shop.example has no DMARC record (TXT of _dmarc.shop.example, or above) in dns.zone"
    )


@pytest.mark.parametrize(
    ("record", "author", "asks"),
    [
        ("p=reject; sp=none", "shop.example", "reject"),
        ("p=reject; sp=quarantine", "there.shop.example", "quarantine"),
        ("p=reject; sp=none; np=quarantine", "nowhere.shop.example", "quarantine"),
        ("p=reject; sp=none", "nowhere.shop.example", "none"),
        ("p=reject", "nowhere.shop.example", "reject"),
        ("sp=reject", "shop.example", "none"),
        ("p=explode", "shop.example", "none"),
        ("P = REJECT", "shop.example", "reject"),
        ("p=reject; t=y", "shop.example", "reject, as a test (t=y)"),
    ],
)
def test_what_the_record_asks_for(record: str, author: str, asks: str) -> None:
    zone = f'_dmarc.shop.example TXT "v=DMARC1; {record}"\nthere.shop.example A 192.0.2.1\n'
    assert judge(zone, author).reason.endswith(f"shop.example asks for {asks}")


@pytest.mark.parametrize(
    ("record", "counts"),
    [
        ("v=DMARC1", True),
        (" v = DMARC1 ; p=none", True),
        ("v=DMARC2; p=none", False),
        ("p=none; v=DMARC1", False),
        ("v=dmarc1; p=none", False),
        ("something else", False),
    ],
)
def test_which_records_count(record: str, counts: bool) -> None:
    found = judge(f'_dmarc.shop.example TXT "{record}"\n', "shop.example", dkim("shop.example"))
    assert (found.result == "pass") is counts


def test_two_records_are_none() -> None:
    found = judge(SHOP + SHOP, "shop.example", dkim("shop.example"))
    assert found.result == "none"


def test_a_public_suffix_that_says_so_speaks_for_nobody() -> None:
    zone = '_dmarc.example TXT "v=DMARC1; p=reject; psd=y"\n'
    assert judge(zone, "a.shop.example", dkim("b.shop.example")).result == "pass"
    assert judge(zone, "shop.example", dkim("other.example")).result == "fail"


def test_an_organization_that_says_so_stands_alone() -> None:
    zone = SHOP + '_dmarc.team.shop.example TXT "v=DMARC1; psd=n"\n'
    assert judge(zone, "a.team.shop.example", dkim("b.team.shop.example")).result == "pass"
    assert judge(zone, "a.team.shop.example", dkim("shop.example")).result == "fail"


def test_long_names_are_walked_from_their_end() -> None:
    long = ".".join("abcdefghijklmn") + ".shop.example"
    assert judge(SHOP, long, dkim("shop.example")).result == "pass"


@pytest.mark.parametrize(
    ("authors", "reason"),
    [
        (
            ["a.example", "b.example"],
            "From names more than one domain, and then DMARC says nothing",
        ),
        ([""], "From names no domain"),
        (["a..example"], "From names no domain"),
    ],
)
def test_from_has_to_name_one_domain(authors: list[str], reason: str) -> None:
    found = judge(SHOP, authors)
    assert (found.result, found.reason) == ("none", reason)


def test_several_authors_of_one_domain_are_one() -> None:
    assert judge(SHOP, ["shop.example", "SHOP.example."], dkim("shop.example")).result == "pass"


def test_a_domain_in_unicode() -> None:
    zone = '_dmarc.bücher.example TXT "v=DMARC1; p=none"\n'
    assert judge(zone, "bücher.example", dkim("xn--bcher-kva.example")).result == "pass"


class Unreachable:
    """Records that cannot be had."""

    name = "the DNS"

    def lookup(self, name: str, kind: Kind, /) -> tuple[str, ...]:
        raise UnreachableError(f"{kind} of {name}")


def test_what_cannot_be_looked_up_now_may_be_later() -> None:
    found = check_dmarc(["shop.example"], [], Unreachable())
    assert (found.result, found.rfc) == ("temperror", "RFC 9989 4.10")
    records = Layered(read_zone(SHOP + "shop.example A 192.0.2.1", "dns.zone"), Unreachable())
    later = Finding(Method.SPF, Result.TEMPERROR, "", "")
    assert check_dmarc(["shop.example"], [later], records).result == "temperror"
