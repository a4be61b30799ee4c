"""Faults as they are typed: what is meant, what is wrong, and what is offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.faults import rule_of
from mailcatch.mail import safe_text
from mailcatch.tui.model.rule_words import effect_of, match_of, schedule_of, sentence, stage_of
from mailcatch.tui.model.wanted import (
    RULE_BLANKS,
    Meant,
    exactly,
    suggest_preset,
    suggest_reply,
    suggest_shorthand,
    suggest_stage,
    understand_preset,
    understand_refusal,
    understand_rule,
    understand_shorthand,
)

OWN = {"acme-full": {"at": "rcpt", "reply": "452 4.2.2 full"}}


def said(meant: Meant) -> str:
    return "\n".join("".join(span.text for span in line) for line in meant.said)


def form(**values: str) -> dict[str, str]:
    return {**{one.name: one.value for one in RULE_BLANKS}, **values}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("rcpt-451-x2", "At RCPT TO: say 451 — the first 2 times, then take it."),
        ("eom-lost-x1", "At the end of the message: stored, and the reply lost — once"),
        ("connect-rst", "When a client connects: connection reset — every time."),
        ("eom-hang-30s", "At the end of the message: silence for 30s — every time."),
        ("mail-d5s-p20", "At MAIL FROM: 5s late — 20 % of the time."),
        ("acme-full-e3", "At RCPT TO: preset acme-full — every 3rd time."),
        ("rcpt-451-", "there is no effect"),
        ("rcpt-451-x0", "x0 would never do anything: 1 or more"),
        ("", "Choose one with ↓, or type your own."),
    ],
)
def test_letters_are_told_in_words(typed: str, sentence: str) -> None:
    assert sentence in said(understand_shorthand({"fault": typed}, OWN))


@pytest.mark.parametrize(
    ("values", "table"),
    [
        (
            {"to": "ann@example.com", "reply": "451", "times": "1"},
            {"at": "rcpt", "reply": "451", "match": {"recipient": "ann@example.com"}, "times": 1},
        ),
        (
            {"to": "a@x.test, b@x.test", "reply": "550 5.1.1 Gone", "times": ""},
            {
                "at": "rcpt",
                "reply": "550 5.1.1 Gone",
                "match": {"recipient": ["a@x.test", "b@x.test"]},
            },
        ),
        (
            {"to": "", "reply": "eom-lost", "times": "2"},
            {"at": "eom", "lost": "rst", "times": 2},
        ),
        (
            {"to": "ann@example.com", "reply": "too-many-connections", "times": "1"},
            {
                "at": "rcpt",
                "preset": "too-many-connections",
                "match": {"recipient": "ann@example.com"},
                "times": 1,
            },
        ),
    ],
)
def test_a_refusal_is_a_rule(values: dict[str, str], table: dict[str, object]) -> None:
    assert understand_refusal(values, OWN).table == table


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"to": "a@x.test", "reply": "", "times": "1"}, "Say what is answered"),
        ({"to": "a@x.test", "reply": "451", "times": "x"}, "Times is a number from 1 on"),
        ({"to": "a@x.test", "reply": "451", "times": "-1"}, "Times is a number from 1 on"),
        ({"to": "a@x.test", "reply": "gmial-spam", "times": "1"}, "did you mean gmail-spam?"),
        ({"to": "a@x.test", "reply": "connect-421", "times": "1"}, "recipient"),
        ({"to": "re:(", "reply": "451", "times": "1"}, "("),
    ],
)
def test_what_is_no_refusal_is_said(values: dict[str, str], wrong: str) -> None:
    meant = understand_refusal(values, OWN)
    assert meant.table is None
    assert wrong in said(meant)


def test_a_form_is_a_rule() -> None:
    values = form(
        at="eom", reply="", effect="lost", delay="2s", subject="*invoice*", chance="", id="late"
    )
    assert understand_rule(values, OWN).table == {
        "id": "late", "lost": "rst", "at": "eom", "times": 2, "delay": "2s",
        "match": {"subject": "*invoice*"},
    }  # fmt: skip
    both = understand_rule(form(at="mail rcpt", probability="20%", times=""), OWN)
    assert both.table is not None
    assert (both.table["at"], both.table["probability"]) == (["mail", "rcpt"], 0.2)
    assert understand_rule(form(subject="x"), OWN).table is None
    assert understand_rule(form(reply="", effect="", delay=""), OWN).table is None


def test_a_preset_is_shown_word_for_word_and_with_its_source() -> None:
    meant = understand_preset({"fault": "gmail-overquota"}, OWN)
    assert meant.table == {"at": "rcpt", "preset": "gmail-overquota"}
    assert "S: 452-4.2.2 The email account that you tried to reach is over quota." in said(meant)
    assert "read in smtp-field-manual 452" in said(meant)
    assert understand_preset({"fault": "acme-full"}, OWN).table is not None
    assert "no preset has that in it" in said(understand_preset({"fault": "nothing"}, OWN))


def test_what_may_come_next_is_offered() -> None:
    assert suggest_shorthand("", OWN)[0].text == "rcpt-451-x2"
    assert "eom-lost" in [one.text for one in suggest_shorthand("eom-l", OWN)]
    assert "acme-full" in [one.text for one in suggest_shorthand("acme", OWN)]
    assert [one.text for one in suggest_shorthand("rcpt-451", OWN)][:2] == [
        "rcpt-451-x1",
        "rcpt-451-x2",
    ]
    assert "rcpt-451-x1" in [one.text for one in suggest_shorthand("rcpt-451-x2", OWN)]
    assert suggest_preset("", OWN)[0].text == "acme-full"
    assert len(suggest_reply("451 4.3.0 Try again later", OWN)) > 20
    assert [one.text for one in suggest_stage("r", OWN)] == ["rcpt", "rset"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_typed_is_understood_or_told(text: str, other: str) -> None:
    for meant in (
        understand_shorthand({"fault": text}, OWN),
        understand_preset({"fault": text}, OWN),
        understand_refusal({"to": text, "reply": other, "times": "1"}, OWN),
        understand_rule(form(at=text, reply=other, recipient=text, delay=other), OWN),
    ):
        assert meant.said
        assert all(safe_text(line) == line for line in said(meant).split("\n"))
    for one in (*suggest_shorthand(text, OWN), *suggest_reply(text, OWN)):
        assert safe_text(one.about) == one.about


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1))
def test_an_address_is_taken_as_it_is(address: str) -> None:
    table = {"at": "rcpt", "reply": 451, "match": {"recipient": exactly(address)}}
    assert rule_of(table, where="").match[0].patterns


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"at": ["mail", "rcpt"], "reply": {"code": 451, "text": "x"}}, ("mail/rcpt", "451 x")),
        ({"at": "rcpt", "sequence": ["451", "250"]}, ("rcpt", "451, 250 one after the other")),
        ({"at": "eom", "disconnect": "rst", "store": True}, ("eom", "connection reset, stored")),
        ({"at": "ehlo", "capabilities": {"size": 1}}, ("ehlo", "other capabilities at EHLO")),
        ({"at": "tls", "tls": {"cert": "expired"}}, ("tls", "a certificate: expired")),
        ({"at": "quit", "repeat": 2}, ("quit", "the reply 2 times")),
        ({"at": "rcpt", "reply": "451 \x1b[2J"}, ("rcpt", "451 ␛[2J")),
        ({"at": 5, "dribble": "1s"}, ("5", "a reply that dribbles in")),
        ({"hang": "30s", "bandwidth": "1kB"}, ("", "silence for 30s, read at 1kB/s")),
    ],
)
def test_tables_are_told_in_words(table: dict[str, object], words: tuple[str, str]) -> None:
    assert (stage_of(table), effect_of(table)) == words


def test_whom_and_how_often() -> None:
    table: dict[str, object] = {
        "at": "eom",
        "reply": 451,
        "match": {"recipient": ["a@*", "b@*"], "not": {"sender": "x"}, "header": {"X": "y"}},
        "schedule": {"skip": 1, "every": 2, "greylist": {"delay": "1m"}},
    }
    assert match_of(table) == "to a@* or b@*, not from x, header X y"
    assert schedule_of(table) == "after the first, every 2nd time, greylist delay 1m"
    assert sentence(table).startswith("At the end of the message, to a@* or b@*, not from x")
