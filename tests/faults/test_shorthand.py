"""Faults in a few letters: what they mean, and what is said of mistakes in them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcatch.faults import rule_of
from mailcatch.faults.presets import catalogue
from mailcatch.faults.shorthand import (
    Shorthand,
    ShorthandError,
    magic,
    parse,
    read,
)
from mailcatch.smtp.policy import Stage

STAGES = [*Stage, "any"]
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
    times=st.integers(0, 9_999),
    every=st.integers(0, 9_999),
    percent=st.sampled_from(["", "1", "20", "0.5", "100"]),
    delay=st.sampled_from(["", "5s", "250ms", "1.5m", "2h"]),
)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("rcpt-451-x2", {"at": "rcpt", "reply": 451, "times": 2}),
        ("451", {"at": "rcpt", "reply": 451}),
        ("mail-451-4.3.0", {"at": "mail", "reply": {"code": 451, "enhanced": "4.3.0"}}),
        ("eom-lost-x1", {"at": "eom", "lost": "rst", "times": 1}),
        ("lost-hang", {"at": "eom", "lost": "hang"}),
        ("gmail-overquota-p20", {"at": "rcpt", "preset": "gmail-overquota", "probability": 0.2}),
        ("eom-gmail-overquota", {"at": "eom", "preset": "gmail-overquota"}),
        ("auth-rate-e3", {"at": "auth", "preset": "auth-rate", "every": 3}),
        ("connect-rst-e3", {"at": "connect", "disconnect": "rst", "when": "before", "every": 3}),
        ("quit-hang-30s", {"at": "quit", "hang": "30s"}),
        ("tls-expired-x1", {"at": "tls", "tls": {"cert": "expired"}, "times": 1}),
        ("tls-not-yet-valid", {"at": "tls", "tls": {"cert": "not-yet-valid"}}),
        ("tls-1.0", {"at": "tls", "tls": {"version": "1.0"}}),
        ("tls-garbage", {"at": "tls", "tls": {"handshake": "garbage"}}),
        ("any-d200ms-p50", {"at": "any", "delay": "200ms", "probability": 0.5}),
        ("d5s", {"at": "rcpt", "delay": "5s"}),
        ("data-451-d5s", {"at": "data", "reply": 451, "delay": "5s"}),
        ("dot-garbage", {"at": "eom", "garbage": "binary"}),
        ("eom-slow", {"at": "eom", "dribble": "250ms"}),
        ("  RCPT-451-X2 ", {"at": "rcpt", "reply": 451, "times": 2}),
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
        ("rctp-451", 0, "there is no stage 'rctp': did you mean rcpt?"),
        ("rcpd-gmail-no-user", 0, "there is no stage 'rcpd': did you mean rcpt?"),
        ("login-535", 0, "there is no stage 'login': did you mean auth?"),
        ("99", 0, "99 is no reply code: 200 to 599 are"),
        ("rcpt-451-4.3", 9, "4.3 is no enhanced code: write such as 451-4.3.0"),
        ("rcpt-451-z9", 9, "'z9' is no mod: x2 (the first two), e3 (every third), p20 (20 %), d5s"),
        ("eom-lost-y", 9, "'y' is no mod"),
        ("eom-lost-451", 9, "'451' is no mod"),
        ("rcpt-gmail", 5, "some presets begin so: gmail-bad-credentials, gmail-disabled, "),
        (
            "nonsense",
            0,
            "there is no effect 'nonsense': write a code such as 451, a preset, or one",
        ),
        ("rcpt 451", 4, "' ' has no meaning"),
        ("rcpt-\x1b", 5, "'\\x1b' has no meaning"),
        ("rcpt-lost", 0, "a reply is lost at eom"),
        ("4" * 300, 64, "longer than 64"),
    ],
)
def test_a_mistake_is_pointed_at(text: str, at: int, said: str) -> None:
    with pytest.raises(ShorthandError) as caught:
        parse(text)
    assert said in str(caught.value)
    assert caught.value.at == at
    assert caught.value.pointed().splitlines()[-1] == " " * at + "^"


def test_an_alias_of_a_stage_gives_a_rule_that_can_be_used() -> None:
    rule = rule_of(parse(".-451"), where="--fault")
    assert (rule.id, rule.stages) == ("eom-451", ("eom",))


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


@pytest.mark.parametrize("effect", [*WORDS, "451", "550-5.1.1", "421", "eom-lost", "d5s"])
@pytest.mark.parametrize("mods", ["", "-x2", "-e3-p20", "-d5s"])
def test_every_shorthand_is_a_rule_that_can_be_used(effect: str, mods: str) -> None:
    if effect != "d5s" or mods != "-d5s":
        assert rule_of(parse(effect + mods), where="test").id == effect + mods


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
    for call in (parse, magic):
        mistake: ShorthandError | None = None
        table = None
        try:
            table = call(text)
        except ShorthandError as error:
            mistake = error
        assert table is None or table.get("at", "any") in STAGES
        assert mistake is None or (str(mistake) and 0 <= mistake.at <= len(mistake.text))


def test_a_magic_name_has_a_stage_only_where_it_says_so() -> None:
    assert magic("451-x2") == {"reply": 451, "times": 2}
    assert magic("eom-451") == {"at": "eom", "reply": 451}
    assert magic("GMAIL-OVERQUOTA") == {"at": "rcpt", "preset": "gmail-overquota"}
    assert magic("lost-x1") == {"at": "eom", "lost": "rst", "times": 1}
    assert magic("d5s") == {"delay": "5s"}
    with pytest.raises(ShorthandError, match="did you mean gmail-spam"):
        magic("gmail-spm")
