"""Any bytes are a message: the corpora, the crashing inputs, the bombs, and what nobody wrote."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import Envelope, Message, Understood, safe_lines, understand
from tests.cpython_messages import messages_of_cpython

FIXTURES = Path(__file__).parents[2] / "fixtures"
CPYTHON = messages_of_cpython()
HOSTILE = sorted((FIXTURES / "hostile").glob("*.eml"))
CORPUS = [*CPYTHON, *sorted(FIXTURES.rglob("*.eml"))]


def nested(unit: bytes, times: int) -> bytes:
    return b"".join(unit.replace(b"%d", b"%d" % number) for number in range(times))


BOMBS = {
    "30,000 tiny parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\n" * 30_000,
    "50,000 headers": nested(b"X-%d: y\r\n", 50_000) + b"\r\n",
    "2,000 nested multiparts": nested(
        b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n", 2_000
    ),
    "2,000 nested messages": b"Content-Type: message/rfc822\r\n\r\n" * 2_000,
    "one line of 5 MB in base64": b"Content-Transfer-Encoding: base64\r\n\r\n"
    + b"QUJD" * 1_250_000,
    "a million angle brackets": b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
    "200,000 open elements": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    "140,000 attributes": b"Content-Type: text/html\r\n\r\n<p" + nested(b" a%d", 140_000) + b">x",
    "a megabyte of marks": b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    + b"e\xcc\x81" * 300_000,
    "a subject of a megabyte": b"Subject: " + b"=?utf-8?q?=41?= " * 60_000 + b"\r\n\r\n",
    "50 KB of quotes in To": b"To: " + b'""' * 25_000 + b"\r\n\r\n",
    "a megabyte of digits": b"\r\ncode " + b"1" * 1_000_000,
    "a megabyte of at signs": b"\r\n" + b"a@" * 500_000,
    "a megabyte of links": b"\r\n" + b"http://a.example/x " * 50_000,
}


def everything_shown(understood: Understood) -> Iterator[str]:
    summary = understood.summary
    yield from (summary.subject, summary.sender, summary.message_id, summary.content_type)
    yield from summary.to
    yield from (understood.text, understood.plain, *understood.missing_content_ids)
    for part in understood.parts:
        yield from (part.content_type, part.charset, part.encoding, part.filename, part.content_id)
    for link in understood.links:
        yield from (link.text, link.target)
    for code in understood.codes:
        yield from (code.value, code.shown, code.line)
    for note in understood.notes:
        yield from (note.reason, note.place)
    if understood.unsubscribe:
        yield from (*understood.unsubscribe.links, *understood.unsubscribe.mailto)


def leaks(text: str) -> bool:
    return any(char != "\n" and unicodedata.category(char) in ("Cc", "Cs") for char in text)


def assert_understood(raw: bytes) -> None:
    understood = understand(raw, Envelope("a@b.example", ("c@d.example",)))
    assert not any(map(leaks, everything_shown(understood)))
    assert understood.parts
    assert len(understood.fingerprint) == 64
    assert not leaks(safe_lines(raw.decode("latin-1")))


def test_the_corpus_of_cpython_is_there() -> None:
    assert len(CPYTHON) >= 45, "run scripts/install-clients: this Python came without its own tests"


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_message_of_the_corpora_is_understood(path: Path) -> None:
    assert_understood(path.read_bytes())


def test_the_crashing_inputs_are_there() -> None:
    assert len(HOSTILE) >= 30


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_crashing_input_is_understood_under_bare_lf_too(path: Path) -> None:
    assert_understood(path.read_bytes().replace(b"\r\n", b"\n"))


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_understood(raw: bytes) -> None:
    assert_understood(raw)


@given(st.binary())
def test_any_bytes_are_understood(raw: bytes) -> None:
    assert_understood(raw)


PIECES = st.sampled_from(
    [
        b"From: ", b"To: ", b"Subject: ", b"Date: ", b"List-Unsubscribe: <", b"Content-Type: ",
        b"multipart/mixed; boundary=b", b"multipart/alternative; boundary=b", b"message/rfc822",
        b"text/html; charset=utf-8", b"text/calendar", b"text/plain; format=flowed", b"--b",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable",
        b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b"\x1b[31m", b"\x9b", b"\xe2\x80\xae", b"\xff",
        b"=?utf-8?q?=1B?=", b"=?utf-7?q?+2AA-?=", b"<a href='http://\x1b'>x</a>", b"<table>",
        b"<img src=cid:\x1b>", b"a@b", b'"', b"(", b"<", b">", b":", b";", b"code 123456", b"--b--",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:\x1b", b"Content-ID: <\x1b>", b"; name*0*=\x1b",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60))
def test_pieces_of_mail_in_any_order_are_understood(pieces: list[bytes]) -> None:
    assert_understood(b"".join(pieces))


def test_the_front_gives_what_was_sent() -> None:
    message = Message.parse((FIXTURES / "realistic" / "report-attached.eml").read_bytes())
    assert message.subject == "Jahresbericht €"
    assert message.message_id == "report-attached@mail.example"
    assert message.date is not None
    assert message.date.isoformat() == "2026-11-23T09:30:00+01:00"
    assert [str(found) for found in message.addresses("to").addresses] == [
        "Ann Example <ann@example.org>"
    ]
    assert [part.filename for part in message.attachments] == ["Jahresbericht € 2026.pdf"]
    assert [part.filename for part in message.inline_images] == ["logo.png"]
    assert message.missing_content_ids == ("gone@report",)


def test_addresses_of_a_doubled_field_are_all_given() -> None:
    message = Message.parse(b"To: a@b\r\nTo: c@d\r\n\r\n")
    assert [found.address for found in message.addresses("to").addresses] == ["a@b", "c@d"]


def test_codes_and_links_and_notes_are_found_in_a_realistic_mail() -> None:
    code = Message.parse((FIXTURES / "realistic" / "one-time-code.eml").read_bytes())
    assert [found.value for found in code.codes] == ["739214"]
    news = Message.parse((FIXTURES / "realistic" / "newsletter.eml").read_bytes())
    assert news.unsubscribe is not None
    assert news.unsubscribe.one_click
    assert len(news.links) == 7


def test_an_attached_message_is_reachable() -> None:
    bounce = Message.parse((FIXTURES / "realistic" / "bounce.eml").read_bytes())
    inner = bounce.tree.find("1.3.1")
    assert inner is not None
    assert inner.headers.text("subject") == "Hello Bob"
