import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail.parameters import parse_parameters


@pytest.mark.parametrize(
    ("raw", "parameters"),
    [
        (b"text/plain; charset=utf-8", {"charset": "utf-8"}),
        (b'a/b; name="x; \\"y\\".pdf"', {"name": 'x; "y".pdf'}),
        (b"a/b; Name = x ; other=y", {"name": "x", "other": "y"}),
        (b"a/b; name=one; name=two", {"name": "one"}),
        (b"a/b; name*=utf-8'de'Gr%C3%BC%C3%9Fe", {"name": "Grüße"}),
        (b"a/b; name*0*=iso-8859-1''Gr%FC; name*1=n.pdf", {"name": "Grün.pdf"}),
        (b"a/b; name*1=b; name*0=a; name*3=d", {"name": "ab"}),
        (b'a/b; name="=?utf-8?q?Gr=C3=BCn?="', {"name": "Grün"}),
        (b"a/b; name*=plain%20name", {"name": "plain name"}),
        (b'a/b; name="never closed', {"name": "never closed"}),
        (b"a/b;;; ; x=1", {"x": "1"}),
        (b"a/b; junk; x=1", {"x": "1"}),
        (b"a/b (comment); x=1 (other)", {"x": "1"}),
        (b"", {}),
    ],
)
def test_parameters_are_read(raw: bytes, parameters: dict[str, str]) -> None:
    assert parse_parameters(raw).parameters == parameters


def test_the_value_is_in_lower_case_and_without_comments() -> None:
    assert parse_parameters(b"Text/HTML (yes); x=y").value == "text/html"


def test_an_encoded_form_wins_over_a_plain_one() -> None:
    raw = b"attachment; filename=plain.txt; filename*=utf-8''b%C3%BC.txt"
    assert parse_parameters(raw).get("filename") == "bü.txt"


@given(
    st.lists(
        st.sampled_from([b";", b"=", b'"', b"\\", b"a*0*", b"'", b"%", b"(", b")", b" ", b"\xff"])
    )
)
def test_any_value_is_read(pieces: list[bytes]) -> None:
    parse_parameters(b"".join(pieces))
