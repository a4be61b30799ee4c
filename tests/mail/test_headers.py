from hypothesis import given
from hypothesis import strategies as st

from mailcatch.mail import Bounds, split_headers


def test_order_duplicates_and_raw_octets_are_kept() -> None:
    raw = b"B: 1\r\na: two\r\n  folded\r\nB: 3\r\n\r\nbody"
    block = split_headers(raw)
    assert [field.raw for field in block] == [b"B: 1", b"a: two\r\n  folded", b"B: 3"]
    assert [field.line for field in block] == [1, 2, 4]
    assert raw[block.body_start :] == b"body"


def test_a_folded_value_is_unfolded() -> None:
    assert split_headers(b"A: one\r\n\ttwo\r\n\r\n").text("a") == "one\ttwo"


def test_names_are_found_in_any_case() -> None:
    block = split_headers(b"X-Thing: 1\r\nx-thing: 2\r\n\r\n")
    assert [field.value for field in block.all("X-THING")] == [b"1", b"2"]
    assert block.text("nothing") == ""


def test_bare_lf_ends_lines_too() -> None:
    block = split_headers(b"A: 1\nB: 2\n\nbody")
    assert (len(block), block.separated) == (2, True)


def test_a_line_that_is_no_field_begins_the_body() -> None:
    raw = b"A: 1\r\nHello there\r\n\r\nmore"
    block = split_headers(raw)
    assert raw[block.body_start :].startswith(b"Hello there")
    assert block.stray_lines == (2,)


def test_an_mbox_line_on_top_is_passed_over() -> None:
    assert split_headers(b"From ann Mon Nov 23\r\nA: 1\r\n\r\n").text("a") == "1"


def test_a_space_before_the_colon_is_taken_and_told() -> None:
    field = split_headers(b"Subject : hi\r\n\r\n").first("subject")
    assert field is not None
    assert (field.text, field.spaced) == ("hi", True)


def test_raw_utf_8_is_read() -> None:
    field = split_headers("Subject: Grüße\r\n\r\n".encode()).first("subject")
    assert field is not None
    assert (field.text, field.decoded().guessed) == ("Grüße", False)


def test_another_charset_is_guessed_and_said_so() -> None:
    field = split_headers("Subject: Grüße\r\n\r\n".encode("latin-1")).first("subject")
    assert field is not None
    assert (field.text, field.decoded().guessed) == ("Grüße", True)


def test_fields_past_the_bound_are_left_out_and_the_body_is_still_found() -> None:
    raw = b"".join(b"X-%d: y\r\n" % number for number in range(20)) + b"\r\nbody"
    block = split_headers(raw, most=10)
    assert (len(block), block.cut) == (10, "too-many-headers")
    assert raw[block.body_start :] == b"body"


def test_exactly_as_many_fields_as_allowed_are_not_too_many() -> None:
    raw = b"".join(b"X-%d: y\r\n" % number for number in range(10)) + b"\r\nbody"
    assert split_headers(raw, most=10).cut is None


def test_a_header_past_the_bound_keeps_its_beginning() -> None:
    raw = b"Subject: " + b"x" * 500 + b"\r\nTo: a@b\r\n\r\nbody"
    block = split_headers(raw, bounds=Bounds(header_bytes=100))
    assert block.cut == "headers-too-large"
    assert block.text("subject") == "x" * 91
    assert raw[block.body_start :] == b"body"


def test_a_boundary_line_never_becomes_a_field() -> None:
    raw = b"Content-Type: text/plain\r\n--b: c\r\n"
    assert len(split_headers(raw)) == 1


@given(st.lists(st.sampled_from([b"A: b", b" c", b"\r\n", b"\n", b"\r", b":", b"x", b"--", b"\0"])))
def test_every_octet_is_in_the_header_or_in_the_body(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    block = split_headers(raw)
    assert 0 <= block.body_start <= len(raw)
    assert all(field.raw in raw[: block.body_start] for field in block)
