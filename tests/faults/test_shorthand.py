"""Faults in a few letters: what they mean, and what is said of mistakes in them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcatch.faults.presets import catalogue
from mailcatch.faults.shorthand import (
    Shorthand,
    ShorthandError,
    magic_header,
    magic_helo,
    magic_recipient,
    parse,
    read,
)

STAGES = ["connect", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "data", "body", "eom", "rset", "noop", "vrfy", "quit", "idle", "any"]
WORDS = ("rst", "fin", "half", "hang", "hang-30s", "hang-1.5m", "trunc", "garbage", "slow")
CODES = st.integers(200, 599).map(str)
EFFECTS = st.one_of(
    CODES,
    st.from_regex(r"[245][0-9]{2}-[0-9]\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True).map(
        lambda text: text[:4] + text[0] + text[5:]
    ),
    st.sampled_from(WORDS),
    st.sampled_from(sorted(catalogue())),
)
SHORTHANDS = st.builds(
    Shorthand,
    stage=st.sampled_from(STAGES),
    effect=EFFECTS,
    times=st.integers(0, 999_999_999),
    every=st.integers(0, 999_999_999),
    percent=st.sampled_from(["", "1", "20", "0.5", "100"]),
    delay=st.sampled_from(["", "5s", "250ms", "1.5m", "2h"]),
)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("rcpt-451-x2", {"at": "rcpt", "reply": "451", "times": 2}),
        ("451", {"at": "rcpt", "reply": "451"}),
        ("mail-451-4.3.0", {"at": "mail", "reply": "451 4.3.0"}),
        ("eom-lost-x1", {"at": "eom", "lost": "rst", "times": 1}),
        ("lost-hang", {"at": "eom", "lost": "hang"}),
        ("gmail-overquota-p20", {"at": "rcpt", "preset": "gmail-overquota", "probability": 0.2}),
        ("eom-gmail-overquota", {"at": "eom", "preset": "gmail-overquota"}),
        ("auth-rate-e3", {"at": "auth", "preset": "auth-rate", "every": 3}),
        ("connect-rst-e3", {"at": "connect", "disconnect": "rst", "when": "before", "every": 3}),
        ("quit-hang-30s", {"at": "quit", "hang": "30s"}),
        ("any-d200ms-p50", {"at": "any", "delay": "200ms", "probability": 0.5}),
        ("d5s", {"at": "rcpt", "delay": "5s"}),
        ("data-451-d5s", {"at": "data", "reply": "451", "delay": "5s"}),
        ("dot-garbage", {"at": "eom", "garbage": "binary"}),
        ("eom-slow", {"at": "eom", "dribble": "250ms"}),
        ("  RCPT-451-X2 ", {"at": "rcpt", "reply": "451", "times": 2}),
    ],
)
def test_words_are_a_rule(text: str, table: dict[str, object]) -> None:
    assert parse(text) == {"id": text.strip().lower(), **table}


@pytest.mark.parametrize(
    ("text", "at", "said"),
    [
        ("", 0, "there is nothing: write such as rcpt-451-x2"),
        ("x2", 0, "what shall happen at rcpt?"),
        ("eom", 3, "what shall happen at eom?"),
        ("rcpt-x2", 4, "what shall happen at rcpt?"),
        ("rcpt-601", 5, "601 is no reply code: 200 to 599 are"),
        ("rcpt-451-5.1.1", 9, "5.1.1 does not go with 451: it would begin with 4"),
        ("rcpt-451-x0", 9, "x0 would never do anything: 1 or more"),
        ("rcpt-451-p101", 9, "p101 would never do anything: p1 to p100"),
        ("rcpt-451-x2-x3", 9, "x... is there twice"),
        ("gmail-nouser", 0, "did you mean gmail-no-user?"),
        ("rcpt-gmail-nouser", 5, "did you mean gmail-no-user?"),
        ("rctp-451", 0, "there is no effect 'rctp-451'"),
        ("rcpt 451", 4, "' ' has no meaning"),
        ("rcpt-\x1b", 5, "'\\x1b' has no meaning"),
        ("rcpt-lost", 0, "a reply is lost at eom"),
        ("4" * 300, 200, "longer than 200"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, at: int, said: str) -> None:
    with pytest.raises(ShorthandError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert caught.value.at == at
    assert caught.value.pointed().splitlines()[-1] == " " * at + "^"


def test_presets_of_the_user_are_known_where_they_are_told() -> None:
    own = {"acme-full": "mail", "acme-slow": ""}
    assert parse("acme-full-x2", own) == {
        "id": "acme-full-x2",
        "at": "mail",
        "preset": "acme-full",
        "times": 2,
    }
    assert parse("acme-slow", own)["at"] == "rcpt"
    with pytest.raises(ShorthandError, match="did you mean acme-full"):
        parse("acme-ful", own)


@given(SHORTHANDS)
def test_what_is_written_is_read_again(one: Shorthand) -> None:
    assert read(str(one)) == one
    assert read(str(one).upper(), default="quit") == one


@given(st.one_of(st.text(), st.text("abcdelmoprstx0123456789.-+"), SHORTHANDS.map(str)))
@example("-")
@example("rcpt--451")
@example("--x2")
@example("d1s-")
@example("x٣")
def test_any_text_is_a_rule_or_a_mistake_of_its_own_kind(text: str) -> None:
    for call in (
        parse,
        magic_header,
        lambda words: magic_recipient(f"u+mc-{words}@a.test"),
        lambda words: magic_recipient(words, ("*",)),
        lambda words: magic_helo(f"mc-{words}.a.test"),
        lambda words: magic_helo(words, ("*",)),
    ):
        try:
            table = call(text)
        except ShorthandError as error:
            assert 0 <= error.at <= len(error.text)
            assert str(error)
        else:
            assert table is None or table["at"] in STAGES


@pytest.mark.parametrize(
    ("address", "table"),
    [
        ("user+mc-451-x2@example.test", {"at": "rcpt", "reply": "451", "times": 2}),
        ("u+x+mc-eom-lost-x1@a.b.EXAMPLE", {"at": "eom", "lost": "rst", "times": 1}),
        ("U+MC-GMAIL-OVERQUOTA@example.test", {"at": "rcpt", "preset": "gmail-overquota"}),
        ("u+mc-550-5.1.1@test", {"at": "rcpt", "reply": "550 5.1.1"}),
    ],
)
def test_an_address_asks_for_a_fault(address: str, table: dict[str, object]) -> None:
    words = address.lower().rpartition("+")[2].partition("@")[0]
    assert magic_recipient(address) == {"id": words, **table}


@pytest.mark.parametrize(
    "address",
    [
        "user@example.test",
        "user+tag@example.test",
        "mc-451@example.test",
        "user+mc-451+news@example.test",
        "user+mc-451@example.com",
        "user+mc-451@mytest",
        "user+mc-451",
        "",
    ],
)
def test_other_addresses_ask_for_nothing(address: str) -> None:
    assert magic_recipient(address) is None


def test_the_domains_of_magic_are_a_setting() -> None:
    assert magic_recipient("u+mc-451@shop.example.com", ("example.com",)) is not None
    assert magic_recipient("u+mc-451@gmail.com", ("*",)) is not None
    assert magic_recipient("u+mc-451@example.test", ()) is None
    assert magic_helo("mc-ehlo-451.example.test", ()) is None


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("mc-starttls-454.example.test", {"at": "starttls", "reply": "454"}),
        ("MC-421.example.TEST.", {"at": "ehlo", "reply": "421"}),
        ("mc-rcpt-550-5.1.1.example.test", {"at": "rcpt", "reply": "550 5.1.1"}),
        ("mc-mail-451-4.3.0-x2.test", {"at": "mail", "reply": "451 4.3.0", "times": 2}),
        ("client.example.test", None),
        ("mc-451.example.com", None),
        ("mc-451", None),
    ],
)
def test_an_ehlo_name_asks_for_a_fault(name: str, table: dict[str, object] | None) -> None:
    found = magic_helo(name)
    assert (None if found is None else {k: v for k, v in found.items() if k != "id"}) == table


def test_what_is_asked_for_too_late_is_said() -> None:
    with pytest.raises(ShorthandError, match="at connect it is not known yet"):
        magic_helo("mc-connect-421.example.test")
    with pytest.raises(ShorthandError, match="at mail it is not known yet"):
        magic_recipient("u+mc-mail-451@example.test")
    with pytest.raises(ShorthandError, match="at rcpt it is not known yet"):
        magic_header("rcpt-451")
    with pytest.raises(ShorthandError, match="did you mean gmail-spam"):
        magic_recipient("u+mc-gmail-spm@example.test")


def test_a_header_field_asks_for_a_fault_of_its_message() -> None:
    assert magic_header("451-x2") == {"id": "mc-451-x2", "at": "eom", "reply": "451", "times": 2}
