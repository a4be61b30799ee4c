"""`mailcatch save`, and the names it gives."""

from __future__ import annotations

from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcatch.cli.saving import file_name, part_name, write_new
from tests.cli.asking import answer, complaint, objects
from tests.mailbox.filling import LETTER, Filling

NAMES = [
    ("bill.pdf", "bill.pdf"),
    ("../../etc/passwd", "passwd"),
    ("C:\\Windows\\evil.exe", "evil.exe"),
    ("/", "part-2"),
    ("..", "part-2"),
    (".bashrc", "bashrc"),
    ("a\x1b[2J\r\nb.txt", "a[2Jb.txt"),
    ("invoice\u202egnp.exe", "invoicegnp.exe"),
    ('a<b>:"c|?*.txt', "abc.txt"),
    ("con.txt", "_con.txt"),
    ("NUL", "_NUL"),
    ("name. . ", "name"),
    ("Grüße 日本.pdf", "Grüße 日本.pdf"),
    ("a\ud800b.txt", "ab.txt"),
    ("\u2028\u2029", "part-2"),
    ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ("語" * 100 + ".pdf", "語" * 48 + ".pdf"),
]


@pytest.mark.parametrize(("wanted", "given_name"), NAMES, ids=ascii)
def test_a_name_does_no_harm(wanted: str, given_name: str) -> None:
    assert file_name(wanted, "part-2") == given_name


@given(st.text(alphabet=st.characters(), max_size=400))
def test_no_name_leads_anywhere_or_holds_a_control(wanted: str) -> None:
    name = file_name(wanted, "part-1")
    assert 0 < len(name.encode()) <= 150
    assert Path(name).name == name
    assert not name.startswith(".")
    assert all(category(char)[0] != "C" for char in name)


@pytest.mark.parametrize(
    ("filename", "content_type", "name"),
    [
        ("a.pdf", "text/html", "a.pdf"),
        ("..", "text/html", "part-3.html"),
        ("", "message/rfc822", "part-3.eml"),
        ("", "application/x-msdownload", "part-3"),
    ],
)
def test_a_part_without_a_name_is_called_by_its_type(
    filename: str, content_type: str, name: str
) -> None:
    assert part_name(filename, 3, content_type) == name


def with_files(*names: str) -> bytes:
    parts = "".join(
        "--b\r\nContent-Type: application/octet-stream\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\ncontent {number}\r\n'
        for number, name in enumerate(names)
    )
    head = 'Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return f"{head}{parts}--b--\r\n".encode()


def test_a_message_is_saved_as_it_was_sent(filling: Filling, tmp_path: Path) -> None:
    name = filling.stored(LETTER)
    (found,) = objects(filling, "save", "last", "--to", tmp_path / "out")
    assert found == {"file": str(tmp_path / "out" / name), "size": len(LETTER), "part": None}
    assert (tmp_path / "out" / name).read_bytes() == LETTER
    assert (tmp_path / "out" / name).stat().st_mode & 0o777 == 0o600


def test_all_attachments_are_saved_and_nothing_is_written_over(
    filling: Filling, tmp_path: Path
) -> None:
    filling.stored(with_files("a.txt", "a.txt", "../../up.txt"))
    (tmp_path / "a.txt").write_text("mine")
    said = answer(filling, "save", "last", "--all", "--to", tmp_path)
    assert [Path(line).name for line in said.splitlines()] == ["a-1.txt", "a-2.txt", "up.txt"]
    assert (tmp_path / "a.txt").read_text() == "mine"
    assert (tmp_path / "a-2.txt").read_bytes() == b"content 1"
    assert not (tmp_path.parent.parent / "up.txt").exists()


def test_one_part_is_saved(filling: Filling, tmp_path: Path) -> None:
    filling.stored(with_files("a.txt", "b.txt"))
    (found,) = objects(filling, "save", "last", "--part", "3", "--to", tmp_path)
    assert (found["part"], Path(found["file"]).read_bytes()) == (3, b"content 1")
    assert "no part '7'" in complaint(filling, "save", "last", "--part", "7", status=1)


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "a.txt").symlink_to(target)
    assert write_new(tmp_path, "a.txt", b"x") == tmp_path / "a-1.txt"
    assert not target.exists()


def test_what_cannot_be_done_is_said(filling: Filling, tmp_path: Path) -> None:
    filling.stored(LETTER)
    (tmp_path / "file").touch()
    assert "no attachments" in complaint(filling, "save", "last", "--all", status=1)
    assert "cannot write into" in complaint(
        filling, "save", "last", "--to", tmp_path / "file" / "x", status=2
    )
    both = complaint(filling, "save", "last", "--all", "--part", "1", status=2)
    assert "exclude each other" in both
