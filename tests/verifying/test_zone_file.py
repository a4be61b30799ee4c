"""Zone files: what is read from them, and how a mistake is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.verifying.errors import ZoneError
from mailcatch.verifying.records import Kind
from mailcatch.verifying.zone_file import LONGEST_FILE, MOST_RECORDS, read_zone

ZONE = """; what a zone file looks like
$TTL 1h
$ORIGIN shop.example.
@ SOA ns hostmaster ( 1 2h 30m 1w
    1h )
  NS ns
  TXT "v=spf1 -all"
@ 300 IN MX 20 mail2
@ IN 300 MX 5 mail.other.example.
2026._domainkey TXT ( "v=DKIM1; k=rsa; " ; cut, and put together
    "p=AAAA" )
old._domainkey CNAME old.dkim.provider.example.
mail A 192.0.2.1
mail AAAA 2001:DB8::1
*.wild TXT "anything below"
there.wild A 192.0.2.2
quoted TXT "a \\"word\\", \\228"
1.2.0.192.in-addr.arpa. PTR mail.shop.example.
$ORIGIN other.example.
www TXT "elsewhere"
"""


@pytest.mark.parametrize(
    ("name", "kind", "found"),
    [
        ("shop.example", Kind.TXT, ("v=spf1 -all",)),
        ("SHOP.example.", Kind.TXT, ("v=spf1 -all",)),
        ("shop.example", Kind.MX, ("mail.other.example", "mail2.shop.example")),
        ("2026._domainkey.shop.example", Kind.TXT, ("v=DKIM1; k=rsa; p=AAAA",)),
        ("mail.shop.example", Kind.A, ("192.0.2.1",)),
        ("mail.shop.example", Kind.AAAA, ("2001:db8::1",)),
        ("a.wild.shop.example", Kind.TXT, ("anything below",)),
        ("a.b.wild.shop.example", Kind.TXT, ("anything below",)),
        ("there.wild.shop.example", Kind.TXT, ()),
        ("a.there.wild.shop.example", Kind.TXT, ()),
        ("quoted.shop.example", Kind.TXT, ('a "word", ä',)),
        ("1.2.0.192.in-addr.arpa", Kind.PTR, ("mail.shop.example",)),
        ("www.other.example", Kind.TXT, ("elsewhere",)),
        ("old._domainkey.shop.example", Kind.TXT, ()),
        ("nobody.example", Kind.TXT, ()),
        ("", Kind.TXT, ()),
    ],
)
def test_records_are_looked_up(name: str, kind: Kind, found: tuple[str, ...]) -> None:
    assert read_zone(ZONE, "dns.zone").lookup(name, kind) == found


def test_aliases_are_followed_and_lead_nowhere_in_a_circle() -> None:
    text = 'a.test CNAME b.test\nb.test CNAME c.test\nc.test TXT "here"\nd.test CNAME d.test\n'
    zone = read_zone(text, "dns.zone")
    assert zone.lookup("a.test", Kind.TXT) == ("here",)
    assert zone.lookup("d.test", Kind.TXT) == ()


def test_without_an_origin_names_are_whole() -> None:
    zone = read_zone('shop.example TXT "one"\nshop.example. TXT "two"\n', "dns.zone")
    assert zone.lookup("shop.example", Kind.TXT) == ("one", "two")


def test_a_key_may_stand_in_one_piece() -> None:
    zone = read_zone(f'k.test TXT "v=DKIM1; p={"A" * 800}"\n', "dns.zone")
    assert len(zone.lookup("k.test", Kind.TXT)[0]) == len("v=DKIM1; p=") + 800


def test_names_in_unicode_are_found_by_either_form() -> None:
    zone = read_zone('bücher.example TXT "x"\n', "dns.zone")
    assert zone.lookup("xn--bcher-kva.example", Kind.TXT) == ("x",)
    assert zone.lookup("BÜCHER.example", Kind.TXT) == ("x",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.test TXT", "line 1: TXT: wants its text in quotation marks"),
        ("\n\na.test TXT v=spf1 -all", "line 3: TXT: wants its text in quotation marks"),
        ("a.test A 300.1.1.1", "line 1: A: '300.1.1.1': it wants an IPv4 address"),
        ("a.test AAAA 192.0.2.1", "line 1: AAAA: '192.0.2.1': it wants an IPv6 address"),
        ("a.test MX mail.test", "line 1: MX: wants a number and a host"),
        ("a.test CNAME", "line 1: CNAME: wants a name"),
        ("a.test SPQR x", "line 1: 'SPQR' is no type of record"),
        ("a.test", "line 1: the type of the record is missing, such as TXT"),
        ('  TXT "x"', "line 1: this record has no name before it"),
        ('@ TXT "x"', "line 1: @ stands for $ORIGIN, and there is none"),
        ('a..b TXT "x"', "line 1: 'a..b' is no name of a domain"),
        ("$INCLUDE /etc/passwd", "line 1: $INCLUDE: only $ORIGIN and $TTL can stand here"),
        ("$GENERATE 1-9 a$ A 1.1.1.1", "line 1: $GENERATE: only $ORIGIN and $TTL"),
        ("$ORIGIN", "line 1: $ORIGIN: only $ORIGIN and $TTL can stand here, with one value"),
        ('a.test TXT "x', "line 1: "),
        ('a.test TXT ("x"', "line 1: "),
        ('a.test TXT "\\300"', "line 1: "),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ZoneError) as raised:
        read_zone(text, "dns.zone")
    assert str(raised.value).startswith(f"dns.zone, {said}")


def test_what_is_shown_of_a_mistake_is_safe() -> None:
    with pytest.raises(ZoneError) as raised:
        read_zone("a.test \x1b[2J x", "dns.zone")
    assert str(raised.value).isprintable()


def test_a_file_is_bounded() -> None:
    with pytest.raises(ZoneError, match=f"more than {LONGEST_FILE} characters"):
        read_zone(" " * (LONGEST_FILE + 1), "dns.zone")
    with pytest.raises(ZoneError, match=f"more than {MOST_RECORDS} records"):
        read_zone('a.test TXT "x"\n' * (MOST_RECORDS + 1), "dns.zone")


@given(st.text(alphabet='ab.@$"();\\ \n\tTXIN192', max_size=60) | st.text(max_size=60))
def test_any_text_is_a_zone_or_a_mistake(text: str) -> None:
    said = "dns.zone, line 1"
    try:
        read_zone(text, "dns.zone").lookup("a.b", Kind.TXT)
    except ZoneError as error:
        said = str(error)
    assert said.startswith("dns.zone, line ")
