import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail.encoded_words import decode_words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        (b"=?iso-8859-1?Q?a_b?= c", "a b c"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        (b"=?utf-8*de?q?ja?=", "ja"),
        (b"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"a =?utf-8?x?b?= c", "a =?utf-8?x?b?= c"),
        ("roh ü =?utf-8?q?=C3=BC?=".encode(), "roh ü ü"),
    ],
)
def test_words_are_decoded(value: bytes, text: str) -> None:
    assert decode_words(value).text == text


@pytest.mark.parametrize("value", [b"=?utf-8?b?!!?=", b"=?utf-8?q?never ends", b"=?utf-8?x?b?="])
def test_what_cannot_be_decoded_is_named(value: bytes) -> None:
    assert decode_words(value).broken


def test_a_wrong_charset_is_told() -> None:
    words = decode_words(b"=?klingon?q?=C3=BC?=")
    assert (words.text, words.charset_problem) == ("ü", "charset-unknown")


@given(st.lists(st.sampled_from([b"=?", b"?=", b"utf-8", b"?q?", b"?b?", b"QQ==", b"\xff", b" "])))
def test_any_value_is_read(pieces: list[bytes]) -> None:
    decode_words(b"".join(pieces)).text.encode("utf-8")
