import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail.transfer import undo_transfer_encoding


@given(st.binary())
def test_base64_comes_back(data: bytes) -> None:
    content = undo_transfer_encoding(base64.encodebytes(data), "base64", 1_000_000)
    assert (content.data, content.problem, content.cut) == (data, None, False)


@given(st.binary())
def test_quoted_printable_comes_back(data: bytes) -> None:
    # As text, the encoder would make all line ends alike before it begins.
    encoded = binascii.b2a_qp(data, istext=False)
    assert undo_transfer_encoding(encoded, "quoted-printable", 1_000_000).data == data


@pytest.mark.parametrize("raw", [b"SGVsbG8*=", b"SGVsbG8", b"SGVsbG8==SGVs*", b"A"])
def test_broken_base64_is_told(raw: bytes) -> None:
    assert undo_transfer_encoding(raw, "base64", 100).problem == "transfer-encoding-broken"


def test_base64_is_read_around_what_does_not_belong() -> None:
    assert undo_transfer_encoding(b"SG*Vs\r\nbG8", "base64", 100).data == b"Hello"


def test_broken_quoted_printable_is_told_and_read() -> None:
    content = undo_transfer_encoding(b"a=ZZb", "quoted-printable", 100)
    assert (content.data, content.problem) == (b"a=ZZb", "transfer-encoding-broken")


def test_an_unknown_encoding_gives_the_octets_as_they_are() -> None:
    content = undo_transfer_encoding(b"abc", "base63", 100)
    assert (content.data, content.problem) == (b"abc", "transfer-encoding-unknown")


@pytest.mark.parametrize("encoding", ["", "7bit", "base64", "quoted-printable", "x-uuencode"])
def test_no_more_than_the_bound_is_given(encoding: str) -> None:
    content = undo_transfer_encoding(b"QUJD" * 10_000, encoding, 100)
    assert (len(content.data), content.cut) == (100, True)
