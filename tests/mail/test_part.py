import pytest

from mailcatch.mail import build_tree
from mailcatch.mail.part import Part


def part_of(*fields: str, body: bytes = b"x") -> Part:
    return build_tree("\r\n".join(fields).encode() + b"\r\n\r\n" + body).root


def test_the_facts_of_a_part_are_read_from_its_header() -> None:
    part = part_of(
        "Content-Type: TEXT/Plain; charset=UTF-8; name=a.txt",
        "Content-Transfer-Encoding: BASE64",
        "Content-Disposition: attachment; filename=b.txt",
        "Content-ID: <c@d>",
        body=b"R3LDvG4=",
    )
    assert (part.content_type, part.charset, part.encoding) == ("text/plain", "UTF-8", "base64")
    assert (part.disposition, part.filename, part.content_id) == ("attachment", "b.txt", "c@d")
    assert (part.size, part.content.data, part.text.text) == (8, "Grün".encode(), "Grün")


@pytest.mark.parametrize("value", ["", "/", "text", "text/", "no type at all/x"])
def test_an_unusable_type_is_the_default_type(value: str) -> None:
    part = part_of(f"Content-Type: {value}")
    assert (part.content_type, part.declared_type) == ("text/plain", False)


def test_an_unknown_disposition_is_an_attachment() -> None:
    assert part_of("Content-Disposition: strange").disposition == "attachment"


@pytest.mark.parametrize(
    ("fields", "attached"),
    [
        (["Content-Type: text/plain"], False),
        (["Content-Type: text/plain", "Content-Disposition: attachment"], True),
        (["Content-Type: text/plain; name=a.txt"], True),
        (["Content-Type: text/plain; name=a.txt", "Content-Disposition: inline"], False),
        (["Content-Type: application/pdf"], True),
        (["Content-Type: image/png", "Content-ID: <a@b>"], False),
        (["Content-Type: image/png"], True),
    ],
)
def test_files_are_told_from_what_is_read_in_place(fields: list[str], attached: bool) -> None:
    head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    raw = (head + "\r\n".join(fields) + "\r\n\r\nx\r\n--b--\r\n").encode()
    assert build_tree(raw).parts[1].is_attachment == attached
