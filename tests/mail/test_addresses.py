import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import Bounds, parse_addresses
from mailcatch.mail.addresses import _scanned_addresses
from mailcatch.mail.limits import DEFAULT_BOUNDS


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"a@b.example", [("", "a@b.example")]),
        (b"Ann <a@b.example>", [("Ann", "a@b.example")]),
        (b'"Example, Ann" <a@b.example>, c@d', [("Example, Ann", "a@b.example"), ("", "c@d")]),
        (b"=?utf-8?q?J=C3=BCrgen?= <j@x>", [("Jürgen", "j@x")]),
        (b'"=?utf-8?q?J=C3=BCrgen?=" <j@x>', [("Jürgen", "j@x")]),
        (b"a@b (Ann)", [("Ann", "a@b")]),
        (b'"very odd"@x.example', [("", '"very odd"@x.example')]),
        (b"<@relay,@other:a@b>", [("", "a@b")]),
        (b"Ann <a@[127.0.0.1]>", [("Ann", "a@[127.0.0.1]")]),
        (b"a @ b.example", [("", "a@b.example")]),
        (b"Ann <a@b>,, ,c@d", [("Ann", "a@b"), ("", "c@d")]),
        (b"(comment (nested)) a@b", [("comment nested", "a@b")]),
        ("Jürgen <j@müller.example>".encode(), [("Jürgen", "j@müller.example")]),
    ],
)
def test_names_and_addresses_are_read(value: bytes, found: list[tuple[str, str]]) -> None:
    result = parse_addresses(value)
    assert [(address.name, address.address) for address in result.addresses] == found
    assert result.problems == ()


def test_members_know_their_group() -> None:
    found = parse_addresses(b"Team: a@b, c@d; e@f, undisclosed-recipients:;")
    assert [address.group for address in found.addresses] == ["Team", "Team", None]
    assert found.groups == ("Team", "undisclosed-recipients")


def test_an_encoded_line_break_does_not_make_another_address() -> None:
    found = parse_addresses(b"=?utf-8?q?a=0D=0A=3Cx@y=3E?= <a@b>")
    assert [address.address for address in found.addresses] == ["a@b"]


@pytest.mark.parametrize(
    "value", [b"Ann <a@b", b"Ann", b'"a <b@c>', b"a@b (x", b"<a@b> <c@d>", b">"]
)
def test_what_is_malformed_is_told_and_still_read(value: bytes) -> None:
    assert parse_addresses(value).problems


def test_a_domain_is_given_in_lower_case() -> None:
    (address,) = parse_addresses(b"Ann@EXAMPLE.org").addresses
    assert (address.local, address.domain, address.valid) == ("Ann", "example.org", True)


def test_addresses_past_the_bound_are_left_out() -> None:
    found = parse_addresses(b"a@b, c@d, e@f", Bounds(addresses=2))
    assert (len(found.addresses), found.cut) == (2, True)


def test_exactly_as_many_addresses_as_allowed_are_not_cut() -> None:
    assert not parse_addresses(b"a@b, c@d", Bounds(addresses=2)).cut


@given(st.text(st.sampled_from('a@b.<>()[]",;:\\ =?')))
def test_any_value_is_read(value: str) -> None:
    parse_addresses(value.encode())


@given(st.text("ab.'- @<>,\"();:=?[]é\\\t", max_size=40).map(str.encode))
def test_what_is_read_at_a_glance_is_what_is_read_with_care(value: bytes) -> None:
    assert parse_addresses(value) == _scanned_addresses(value, DEFAULT_BOUNDS)
