import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail.charset import decode_bytes, known_charset


def test_the_declared_charset_is_used() -> None:
    decoded = decode_bytes(b"Gr\xfc\xdfe", "ISO-8859-15")
    assert (decoded.text, decoded.guessed) == ("Grüße", False)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [("utf-8", "charset-broken"), ("klingon", "charset-unknown"), (None, "charset-undeclared")],
)
def test_a_guess_is_told(declared: str | None, problem: str) -> None:
    decoded = decode_bytes(b"Gr\xfc\xdfe", declared)
    assert (decoded.text, decoded.charset, decoded.problem) == ("Grüße", "cp1252", problem)


def test_utf_8_is_guessed_first() -> None:
    assert decode_bytes("漢字".encode(), None).charset == "utf-8"


def test_octets_that_no_guess_takes_are_still_text() -> None:
    assert decode_bytes(b"\x81\x8d\xff", None).text == "\x81\x8d\xff"


def test_undeclared_japanese_is_recognised() -> None:
    assert decode_bytes("日本".encode("iso2022_jp"), None).text == "日本"


def test_a_label_means_the_larger_charset_that_writers_use() -> None:
    assert decode_bytes(b"\x80", "iso-8859-1").text == "€"
    assert decode_bytes("镕".encode("gb18030"), "gb2312").text == "镕"


@pytest.mark.parametrize(
    "label", ["hex", "rot13", "idna", "undefined", "punycode", "a\0b", "", "x" * 99]
)
def test_what_is_no_charset_of_mail_is_unknown(label: str) -> None:
    assert known_charset(label) is None


def test_surrogates_do_not_get_in() -> None:
    decode_bytes(b"+2AA-", "utf-7").text.encode("utf-8")


@given(st.binary(), st.none() | st.text(max_size=20) | st.sampled_from(["utf-16", "utf-7", "big5"]))
def test_any_bytes_under_any_label_become_text(data: bytes, label: str | None) -> None:
    decode_bytes(data, label).text.encode("utf-8")
