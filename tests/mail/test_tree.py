import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import Bounds, build_tree
from mailcatch.mail.tree import Tree

TWO_PARTS = (
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n"
    b"--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>two\r\n--b--\r\nepilogue\r\n"
)


def shape(tree: Tree) -> list[tuple[str, str]]:
    return [(part.path, part.content_type) for part in tree]


def test_a_plain_message_is_one_part() -> None:
    (part,) = build_tree(b"Subject: x\r\n\r\nhello")
    assert (part.path, part.content_type, part.raw_body) == ("1", "text/plain", b"hello")


def test_a_multipart_is_opened_and_its_parts_keep_their_bytes() -> None:
    tree = build_tree(TWO_PARTS)
    assert shape(tree) == [("1", "multipart/mixed"), ("1.1", "text/plain"), ("1.2", "text/html")]
    assert [part.raw_body for part in tree.leaves()] == [b"one", b"<p>two"]
    assert tree.children(tree.root) == tree.parts[1:]


def test_bare_lf_separates_parts_too() -> None:
    tree = build_tree(TWO_PARTS.replace(b"\r\n", b"\n"))
    assert [part.raw_body for part in tree.leaves()] == [b"one", b"<p>two"]


def test_an_attached_message_is_opened() -> None:
    raw = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello"
    tree = build_tree(raw)
    assert shape(tree) == [("1", "message/rfc822"), ("1.1", "text/plain")]
    assert tree.parts[1].headers.text("subject") == "inner"


def test_an_attached_message_in_base64_is_opened_too() -> None:
    inner = base64.encodebytes(b"Subject: inner\r\n\r\nhello")
    head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert build_tree(head + inner).parts[1].headers.text("subject") == "inner"


def test_the_parts_of_a_digest_are_messages() -> None:
    raw = (
        b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: s\r\n\r\nx\r\n--b--"
    )
    assert shape(build_tree(raw))[1:] == [("1.1", "message/rfc822"), ("1.1.1", "text/plain")]


def test_a_boundary_may_begin_like_another() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        b"Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n--a--\r\n"
    )
    assert [part.path for part in build_tree(raw)] == ["1", "1.1", "1.1.1"]


@pytest.mark.parametrize(
    ("was", "becomes", "defect"),
    [
        (b"; boundary=b", b"", "boundary-missing"),
        (b"boundary=b", b"boundary=other", "boundary-wrong"),
        (b"\r\n--b--", b"", "boundary-unclosed"),
    ],
)
def test_a_faulty_boundary_is_survived_and_told(was: bytes, becomes: bytes, defect: str) -> None:
    raw = TWO_PARTS.replace(b"preamble\r\n", b"").replace(was, becomes)
    tree = build_tree(raw)
    assert tree.root.defects == (defect,)
    assert tree.parts[1].raw_body == b"one"


def test_a_multipart_in_which_no_boundary_can_be_found_is_a_leaf() -> None:
    tree = build_tree(b"Content-Type: multipart/mixed\r\n\r\njust text")
    assert (len(tree), tree.root.raw_body) == (1, b"just text")


def test_parts_past_the_bound_are_left_out() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 30 + b"--b--"
    tree = build_tree(raw, Bounds(parts=10))
    assert (len(tree), tree.cut) == (10, frozenset({"too-many-parts"}))


def test_nothing_is_opened_past_the_depth() -> None:
    raw = b"Content-Type: message/rfc822\r\n\r\n" * 2_000
    tree = build_tree(raw)
    assert (len(tree), tree.cut) == (50, frozenset({"too-deep"}))


def test_a_part_is_found_by_its_path() -> None:
    tree = build_tree(TWO_PARTS)
    assert tree.find("1.2") is tree.parts[2]
    assert tree.find("1.9") is None


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b",
                b"--b--",
                b"--c",
                b"\r\n",
                b"\n",
                b"x",
                b"Content-Type: ",
                b"message/rfc822\r\n",
                b"multipart/mixed; boundary=b\r\n",
                b"multipart/mixed; boundary=c\r\n\r\n",
            ]
        ),
        max_size=40,
    )
)
def test_every_part_lies_inside_the_one_that_holds_it(pieces: list[bytes]) -> None:
    tree = build_tree(b"".join(pieces))
    for part in tree:
        assert part.start <= part.body_start <= part.end
        for child in tree.children(part):
            assert part.body_start <= child.start <= child.end <= part.end
