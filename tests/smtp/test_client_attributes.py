"""The attributes of XCLIENT and XFORWARD, and the xtext that they are written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.smtp import xtext
from mailcatch.smtp.client_attributes import (
    XCLIENT,
    XFORWARD,
    AttributeSyntaxError,
    read_attributes,
)


def encoded(octets: bytes) -> str:
    """Return xtext, every octet as a hexchar that may not stand for itself."""
    plain = set(range(33, 127)) - set(b"+=")
    return "".join(chr(octet) if octet in plain else f"+{octet:02X}" for octet in octets)


@pytest.mark.parametrize(
    ("argument", "attributes"),
    [
        (
            "NAME=spike.porcupine.org ADDR=168.100.189.2 PORT=1234 PROTO=ESMTP",
            {
                "NAME": "spike.porcupine.org",
                "ADDR": "168.100.189.2",
                "PORT": "1234",
                "PROTO": "ESMTP",
            },
        ),
        ("name=x proto=smtp", {"NAME": "x", "PROTO": "SMTP"}),
        ("ADDR=IPV6:2001:DB8:0::7", {"ADDR": "2001:db8::7"}),
        ("ADDR=ipv6:::1 DESTADDR=::1", {"ADDR": "::1", "DESTADDR": "::1"}),
        (
            "NAME=[unavailable] ADDR=[Unavailable]",
            {"NAME": "[UNAVAILABLE]", "ADDR": "[UNAVAILABLE]"},
        ),
        ("NAME=[tempunavail]", {"NAME": "[TEMPUNAVAIL]"}),
        ("HELO=[tempunavail]", {"HELO": "[tempunavail]"}),
        ("LOGIN=ann+40example.com", {"LOGIN": "ann@example.com"}),
        ("LOGIN=gr+C3+BC+C3+9F+20x", {"LOGIN": "grüß x"}),
        # Of clients that write no xtext.
        ("LOGIN=ann+1 HELO=a=b", {"LOGIN": "ann+1", "HELO": "a=b"}),
        ("HELO=bell+07", {"HELO": "bell?"}),
        ("DESTPORT=00025", {"DESTPORT": "25"}),
    ],
)
def test_values_are_read(argument: str, attributes: dict[str, str]) -> None:
    assert read_attributes(argument, XCLIENT) == attributes


def test_xforward_may_tell_of_mail_that_came_in_another_way() -> None:
    argument = "ADDR=uucp.example PROTO=UUCP IDENT=3CF6B2AAE8 SOURCE=local"
    assert read_attributes(argument, XFORWARD) == {
        "ADDR": "uucp.example",
        "PROTO": "UUCP",
        "IDENT": "3CF6B2AAE8",
        "SOURCE": "LOCAL",
    }


@pytest.mark.parametrize(
    ("argument", "why"),
    [
        ("IDENT=x", "the attributes are NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"),
        ("nonsense", "the attributes are"),
        ("NAME", "NAME has no value"),
        ("NAME=", "NAME has no value"),
        (f"HELO={'x' * 256}", "HELO is longer than 255 characters"),
        ("ADDR=spike.porcupine.org", "ADDR is neither an IPv4 address nor IPV6:"),
        ("ADDR=[127.0.0.1]", "ADDR is neither"),
        ("DESTADDR=IPV6:fe80::1%lo", "DESTADDR is neither"),
        ("PORT=65536", "PORT is no port"),
        ("DESTPORT=-1", "DESTPORT is no port"),
        ("PORT=\u0661", "PORT is no port"),
        ("PROTO=LMTP", "PROTO is neither SMTP nor ESMTP"),
        ("PROTO=[UNAVAILABLE]", "PROTO is neither"),
    ],
)
def test_a_mistake_is_told_without_a_word_of_the_clients(argument: str, why: str) -> None:
    with pytest.raises(AttributeSyntaxError, match=why):
        read_attributes(argument, XCLIENT)
    with pytest.raises(AttributeSyntaxError, match="SOURCE is neither LOCAL nor REMOTE"):
        read_attributes("SOURCE=elsewhere", XFORWARD)


@given(st.binary(max_size=60))
def test_what_is_encoded_is_decoded(octets: bytes) -> None:
    assert xtext.decode(encoded(octets).encode()) == octets


@pytest.mark.parametrize("text", [b"+4", b"+4g", b"+4a", b"a=b", b"a b", b"\xc3\xbc"])
def test_what_is_no_xtext_is_told_apart(text: bytes) -> None:
    with pytest.raises(ValueError):
        xtext.decode(text)


@given(st.binary(max_size=200), st.sampled_from([XCLIENT, XFORWARD]))
def test_any_argument_is_read_or_refused(octets: bytes, names: tuple[str, ...]) -> None:
    argument = "NAME=" + octets.decode("utf-8", "surrogateescape")
    try:
        attributes = read_attributes(argument, names)
    except AttributeSyntaxError as wrong:
        told = [str(wrong)]
    else:
        told = list(attributes.values())
    assert all(text.isprintable() and text.encode() for text in told)
