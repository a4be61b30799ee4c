"""Paths and parameters of MAIL and RCPT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.smtp.path import Path, parse_argument

ORDINARY = [
    ("<a@example.com>", "a@example.com"),
    ("<A.Very-Odd+Tag@EXAMPLE.com>", "A.Very-Odd+Tag@EXAMPLE.com"),
    ("<>", ""),
    ("<Postmaster>", "Postmaster"),
    ("<user@[192.0.2.1]>", "user@[192.0.2.1]"),
    ("<user@[IPv6:2001:db8::1]>", "user@[IPv6:2001:db8::1]"),
    ('<"john smith"@example.com>', '"john smith"@example.com'),
    ('<"a>b"@example.com>', '"a>b"@example.com'),
    ('<"a\\">b"@example.com>', '"a\\">b"@example.com'),
]


@pytest.mark.parametrize(("sent", "address"), ORDINARY)
def test_a_path_is_kept_as_it_was_sent(sent: str, address: str) -> None:
    parsed = parse_argument("TO", f"TO:{sent}")
    assert parsed is not None
    assert parsed.path == Path(address)
    assert parsed.notes == ()


@pytest.mark.parametrize(
    ("sent", "path", "notes"),
    [
        ("a@example.com", Path("a@example.com"), ["path-without-brackets"]),
        ('"a b"@example.com', Path('"a b"@example.com'), ["path-without-brackets"]),
        (" <a@example.com>", Path("a@example.com"), ["space-around-colon"]),
        ("<a@example.com", Path("a@example.com"), ["unclosed-path"]),
        ("<@one,@two:a@three>", Path("a@three", "@one,@two"), ["source-route"]),
        ("<@[IPv6:::1]:a@three>", Path("a@three", "@[IPv6:::1]"), ["source-route"]),
        ("<ä@example.com>", Path("ä@example.com"), []),
        ("<\udce4@example.com>", Path("ä@example.com"), ["address-not-utf8"]),
        ("<a\rb@example.com>", Path("a\rb@example.com"), ["control-in-address"]),
        ("<a\0b@example.com>", Path("a\0b@example.com"), ["control-in-address"]),
    ],
)
def test_an_unusual_path_is_taken_and_told(sent: str, path: Path, notes: list[str]) -> None:
    parsed = parse_argument("FROM", f"FROM:{sent}")
    assert parsed is not None
    assert parsed.path == path
    assert [note.name for note in parsed.notes] == notes


def test_parameters_keep_their_case_and_order() -> None:
    parsed = parse_argument("FROM", "from:<a@b> BODY=8BITMIME ENVID=QQ314159 auth=<>")
    assert parsed is not None
    assert parsed.parameters == ("BODY=8BITMIME", "ENVID=QQ314159", "auth=<>")


@pytest.mark.parametrize("keyword", ["FROM", "from", "From", "FROM "])
def test_the_keyword_is_found_in_any_case(keyword: str) -> None:
    parsed = parse_argument("FROM", f"{keyword}:<a@b>")
    assert parsed is not None
    assert parsed.path == Path("a@b")


@pytest.mark.parametrize("argument", ["", "FROM", "FROM:", "FROM:  ", "TO:<a@b>", "<a@b>", ":<a>"])
def test_an_argument_without_keyword_or_path_is_none(argument: str) -> None:
    assert parse_argument("FROM", argument) is None


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.text('<>@:"\\ [],=\r\0aé\udcff'))
def test_no_argument_raises(argument: str) -> None:
    parsed = parse_argument("TO", f"TO:{argument}")
    if parsed is not None:
        for text in (parsed.path.address, parsed.path.route, *parsed.parameters):
            text.encode()


LOCAL = st.text("abcXYZ019!#$%&'*+-/=?^_`{|}~.", min_size=1, max_size=20)
WORD = st.text("abcXYZ019-=+", min_size=1, max_size=10)


@given(LOCAL, st.lists(WORD, max_size=3))
def test_every_ordinary_path_comes_back_whole(local: str, words: list[str]) -> None:
    argument = " ".join([f"TO:<{local}@example.com>", *words])
    parsed = parse_argument("TO", argument)
    assert parsed is not None
    assert parsed.path == Path(f"{local}@example.com")
    assert parsed.parameters == tuple(words)
    assert parsed.notes == ()
