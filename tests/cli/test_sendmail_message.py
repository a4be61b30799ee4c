"""What sendmail does to a message."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.cli.sendmail_message import AddressError, read_submitted, split

ALL = b"From: a@b\nDate: x\nMessage-ID: <1@b>\n"


def completed(message: bytes) -> bytes:
    return split(message.splitlines(keepends=True)).completed("s@h", "", "h")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (ALL + b"\nhello\n", ALL.replace(b"\n", b"\r\n") + b"\r\nhello\r\n"),
        (ALL + b"\r\nhello\r\n", ALL.replace(b"\n", b"\r\n") + b"\r\nhello\r\n"),
        (ALL + b"\nno end", ALL.replace(b"\n", b"\r\n") + b"\r\nno end\r\n"),
        (ALL, ALL.replace(b"\n", b"\r\n") + b"\r\n"),
        (ALL[:-1], ALL.replace(b"\n", b"\r\n") + b"\r\n"),
        (b"From ann Mon Nov 23\n" + ALL, ALL.replace(b"\n", b"\r\n") + b"\r\n"),
        (ALL + b"no header\n", ALL.replace(b"\n", b"\r\n") + b"\r\nno header\r\n"),
        (
            ALL + b"BCC: a@b,\n  c@d\nTo: x@y\nresent-bcc: z@z\n\nBcc: stays\n",
            ALL.replace(b"\n", b"\r\n") + b"To: x@y\r\n\r\nBcc: stays\r\n",
        ),
    ],
)
def test_only_what_must_be_changed_is_changed(given: bytes, sent: bytes) -> None:
    assert completed(given) == sent


@given(st.binary())
def test_any_octets_become_a_message_with_the_three_headers(octets: bytes) -> None:
    content = completed(octets)
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    names = {one.key for one in split(content.splitlines(keepends=True)).fields}
    assert names >= {b"from", b"date", b"message-id"}


def test_from_is_added_with_the_name_or_for_nobody() -> None:
    empty = split([])
    assert empty.completed("s@h", "", "h").startswith(b"From: s@h\r\nDate: ")
    assert empty.completed("s@h", "Ann, B", "h").startswith(b'From: "Ann, B" <s@h>\r\n')
    first = empty.completed("ü@h", "Änn", "h").partition(b"\r\n")[0]
    assert re.fullmatch("From: =\\?utf-8\\?.*\\?= <ü@h>", first.decode())
    assert empty.completed("", "", "h").startswith(b"From: MAILER-DAEMON@h\r\n")


def test_recipients_are_those_of_the_header() -> None:
    message = split(
        [
            b'To: "Smith, Ann" <ann@example.com>,\r\n',
            b"\troot (the boss)\r\n",
            b"cc: Friends: bob@example.com, carol@example.com;\n",
            b"Bcc: dora@example.com\n",
            b"Reply-To: nobody@example.com\n",
            b"To: second@example.com\n",
        ]
    )
    assert message.recipients() == [
        "ann@example.com",
        "root",
        "bob@example.com",
        "carol@example.com",
        "dora@example.com",
        "second@example.com",
    ]


def test_a_message_that_is_sent_again_goes_to_whom_it_is_sent_again() -> None:
    message = split([b"To: old@example.com\n", b"Resent-To: new@example.com\n"])
    assert message.recipients() == ["new@example.com"]


@pytest.mark.parametrize("value", [b"Ann Smith", b"<a b@c>", b"<a\x00@b>", b"a@b\rX: y"])
def test_what_is_no_address_is_told(value: bytes) -> None:
    with pytest.raises(AddressError, match="is no address"):
        split([b"To: " + value + b"\n"]).recipients()


@given(st.binary(max_size=100))
def test_no_recipient_can_leave_its_line(value: bytes) -> None:
    try:
        found = split([b"To: " + value.replace(b"\n", b"") + b"\n"]).recipients()
    except AddressError:
        return
    assert all(one.isprintable() for one in found)


def test_a_dot_ends_the_message_unless_it_is_text() -> None:
    lines = [b"\n", b"one\n", b".\r\n", b"two\n"]
    assert read_submitted(lines, dots_are_text=False).body == b"one\n"
    assert read_submitted(lines, dots_are_text=True).body == b"one\n.\r\ntwo\n"
