"""`mailcatch open`: a page that only the user can read, given to a browser without a shell."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mailcatch.cli.page_file import sweep_pages, write_part
from tests.cli.asking import answer
from tests.mailbox.filling import Filling, letter
from tests.serving import run

HTML = (
    b"Subject: Sale\r\nContent-Type: text/html\r\n\r\n"
    b'<p>Hello</p><script>alert(1)</script><img src="https://x.example/a.png"><img src="cid:no">'
)


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pages are written."""
    room = tmp_path / "tmp with ' and $(touch here)"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    monkeypatch.setattr("tempfile.tempdir", str(room))
    return room


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes down how it was called; the path is that of its notes."""
    program = tmp_path / "browser"
    notes = tmp_path / "called"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" > {notes}\n')
    program.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(program))
    return notes


def test_the_browser_gets_the_page_and_nothing_else(filling: Filling, browser: Path) -> None:
    filling.stored(HTML)
    done = run("open", "last", "--dir", filling.root)
    assert done.returncode == 0
    count, url = browser.read_text().splitlines()
    assert count == "1"
    page = Path(unquote(urlsplit(url).path)).read_text()
    assert "<p>Hello</p>" in page
    assert "alert" not in page
    assert "not loaded from elsewhere: 1" in done.stderr
    assert "not shown: 1" in done.stderr


def test_only_the_user_can_read_a_page(filling: Filling, browser: Path, pages: Path) -> None:
    filling.stored(HTML)
    path = Path(answer(filling, "open", "subject:sale", "--print").strip())
    assert path.parent.parent == pages
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not browser.exists()


def test_a_program_is_told_where_the_page_is(filling: Filling) -> None:
    filling.stored(HTML)
    printed = answer(filling, "open", "last", "--print", "--json")
    told = json.loads(printed)
    assert told["blocked"] == ["https://x.example/a.png"]
    assert told["not_shown"] == ["cid:no"]
    assert told["url"] == Path(told["file"]).as_uri()


def test_without_a_browser_the_command_says_what_to_do(
    filling: Filling, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filling.stored()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    done = run("open", "last", "--dir", filling.root)
    assert done.returncode == 2
    assert "no browser could be started: set BROWSER to one, or open" in done.stderr
    assert "Traceback" not in done.stderr


def test_old_pages_of_the_user_go_and_what_others_put_there_stays(
    filling: Filling, pages: Path, tmp_path: Path
) -> None:
    filling.stored()
    first = Path(answer(filling, "open", "last", "--print").strip())
    link = pages / "mailcatch-page-link"
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    link.symlink_to(tmp_path / "kept")
    second = Path(answer(filling, "open", "last", "--print").strip())
    assert first.exists()
    yesterday = time.time() - 2 * 86_400
    os.utime(first.parent, (yesterday, yesterday))
    sweep_pages()
    assert (first.exists(), second.exists()) == (False, True)
    sweep_pages(-60)
    assert not second.parent.exists()
    assert (tmp_path / "kept" / "file").exists()


def test_images_past_the_limit_are_left_out(filling: Filling) -> None:
    filling.stored(
        b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        b"<img src=cid:pic>\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <pic>\r\n\r\n12345"
        b"\r\n--b--"
    )
    (told,) = [
        json.loads(answer(filling, "open", "last", "--print", "--json", "--max-images", "4"))
    ]
    assert told["not_shown"] == ["cid:pic"]
    assert json.loads(answer(filling, "open", "last", "--print", "--json"))["not_shown"] == []


def test_html_that_nobody_can_read_in_time_is_shown_as_source(filling: Filling) -> None:
    filling.stored(b"Content-Type: text/html\r\n\r\n" + b"<div>" * 300_000)
    path = Path(answer(filling, "open", "last", "--print").strip())
    page = path.read_text()
    assert "could not be read" in page
    assert "&lt;div&gt;" in page


def test_a_message_that_is_not_there_is_told(filling: Filling) -> None:
    filling.stored(letter("Hello"))
    assert run("open", "subject:none", "--dir", filling.root).returncode == 1


@pytest.mark.parametrize(
    ("name", "octets", "written"),
    [
        ("report.pdf", b"%PDF", "report.pdf"),
        ("photo.JPG", b"\xff\xd8", "photo.JPG"),
        ("notes.txt", b"<script>", "notes.txt"),
        ("page.html", b"<script>", "page.html.txt"),
        ("page.XHTML", b"<script>", "page.XHTML.txt"),
        ("drawing.svg", b"<svg>", "drawing.svg.txt"),
        ("start.desktop", b"[Desktop Entry]", "start.desktop.txt"),
        ("setup.exe", b"MZ\0", "setup.exe.txt"),
        ("7Q3K-part-2", b"<html><script>", "7Q3K-part-2.txt"),
        ("page.unheard-of", b"\xef\xbb\xbf<html>", "page.unheard-of.txt"),
        ("page", "<html>".encode("utf-16"), "page.txt"),
        ("program", b"\x7fELF\2\1\1\0", "program.txt"),
        ("image", b"\x89PNG\r\n\x1a\n\0\0\0\r", "image"),
    ],
)
def test_a_part_has_no_name_by_which_it_would_be_run(
    name: str, octets: bytes, written: str
) -> None:
    path = write_part(name, octets)
    assert path.name == written
    assert path.read_bytes() == octets
