"""What MAIL and RCPT ask for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.notifying.parameters import (
    DELAY,
    FAILURE,
    SUCCESS,
    decode_utf8_address,
    decode_xtext,
    encode_utf8_address,
    message_wishes,
    recipient_wishes,
)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("QQ314159", "QQ314159"),
        ("a+2Bb+3Dc", "a+b=c"),
        ("a+2bb", "a+b"),
        ("gr+C3+BC+C3+9Fe", "grüße"),
        ("latin+FC", "latinü"),
        ("+", "+"),
        ("a+ZZ", "a+ZZ"),
        ("", ""),
    ],
)
def test_xtext_is_decoded(text: str, decoded: str) -> None:
    assert decode_xtext(text) == decoded


@given(st.text())
def test_what_was_encoded_as_xtext_comes_back(text: str) -> None:
    encoded = "".join(f"+{octet:02X}" for octet in text.encode(errors="ignore"))
    assert decode_xtext(encoded) == text.encode(errors="ignore").decode()


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        (r"\x{E4}nn@example.com", "änn@example.com"),
        (r"\x{65E5}\x{672C}@example.com", "日本@example.com"),
        (r"a\x{2B}b@example.com", "a+b@example.com"),
        ("änn@example.com", "änn@example.com"),
        (r"\x{D800}@example.com", r"\x{D800}@example.com"),
        (r"\x{110000}", r"\x{110000}"),
    ],
)
def test_a_utf8_address_is_decoded(text: str, decoded: str) -> None:
    assert decode_utf8_address(text) == decoded


@pytest.mark.parametrize(
    ("address", "encoded"),
    [
        ("änn@example.com", r"\x{E4}nn@example.com"),
        ("日本@example.com", r"\x{65E5}\x{672C}@example.com"),
        ("a+b=c\\ d@example.com", r"a\x{2B}b\x{3D}c\x{5C}\x{20}d@example.com"),
        ("😀@example.com", r"\x{1F600}@example.com"),
    ],
)
def test_a_utf8_address_is_encoded(address: str, encoded: str) -> None:
    assert encode_utf8_address(address) == encoded


@given(st.text())
def test_an_address_that_was_encoded_comes_back(address: str) -> None:
    encoded = encode_utf8_address(address)
    assert encoded.isascii()
    assert decode_utf8_address(encoded) == re.sub(
        "[\ud800-\udfff]", lambda found: f"\\x{{{ord(found[0]):02X}}}", address
    )


def test_mail_says_what_shall_come_back_and_by_what_name() -> None:
    wishes = message_wishes(("SIZE=100", "ret=full", "ENVID=QQ+2B1"))
    assert (wishes.ret, wishes.envelope_id) == ("FULL", "QQ+1")


@pytest.mark.parametrize("parameters", [(), ("RET=",), ("RET=ALL", "ENVID"), ("RET",)])
def test_what_mail_says_badly_is_nothing(parameters: tuple[str, ...]) -> None:
    assert message_wishes(parameters).ret == message_wishes(parameters).envelope_id == ""


@pytest.mark.parametrize(
    ("notify", "wanted"),
    [
        ([], {FAILURE, DELAY}),
        (["NOTIFY=NEVER"], set()),
        (["NOTIFY=SUCCESS"], {SUCCESS}),
        (["notify=success,Failure"], {SUCCESS, FAILURE}),
        (["NOTIFY=DELAY"], {DELAY}),
        (["NOTIFY=SUCCESS,NONSENSE"], {SUCCESS}),
        (["NOTIFY=NONSENSE"], {FAILURE, DELAY}),
        (["NOTIFY="], {FAILURE, DELAY}),
        (["NOTIFY=NEVER,SUCCESS"], {SUCCESS}),
    ],
)
def test_rcpt_says_what_is_to_be_told(notify: list[str], wanted: set[str]) -> None:
    wishes = recipient_wishes(notify)
    assert {event for event in (SUCCESS, FAILURE, DELAY) if wishes.wants(event)} == wanted


@pytest.mark.parametrize(
    ("orcpt", "original"),
    [
        ("rfc822;Bob@Example.COM", "rfc822;Bob@Example.COM"),
        ("rfc822;a+2Bb@example.com", "rfc822;a+b@example.com"),
        (r"utf-8;\x{E4}nn@example.com", "utf-8;änn@example.com"),
        ("x400;/C=ch/", "x400;/C=ch/"),
        ("rfc822;a+0D+0AX-Evil:+201", "rfc822;a??X-Evil: 1"),
        ("rfc822;a+1B[2J", "rfc822;a?[2J"),
        ("Bob@Example.COM", ""),
        (";a@example.com", ""),
        ("rfc822;", ""),
        ("not a type;a@example.com", ""),
    ],
)
def test_rcpt_says_who_was_meant(orcpt: str, original: str) -> None:
    assert recipient_wishes([f"ORCPT={orcpt}"]).original == original


@given(st.lists(st.text(max_size=600)))
def test_no_parameters_do_any_harm(parameters: list[str]) -> None:
    said = message_wishes(parameters).envelope_id + recipient_wishes(parameters).original
    assert said.isprintable()
