"""What is done with one message."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from mailcatch.mail.worker import Worker
from mailcatch.tui import outside
from tests.mailbox.filling import Filling, letter
from tests.tui.screen import Screen, proves, shown
from tests.tui.test_mail import go_to


@proves(
    "view_text",
    "view_html",
    "view_headers",
    "view_source",
    "view_parts",
    "view_transcript",
    "view_attempts",
    "view_notes",
    "view_links",
)
async def test_the_digits_choose_a_view(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Reset your password")
        await screen.press("2")
        await screen.sees("choose a new password [1]", "[1] https://harbour.example/reset")
        await screen.press("3")
        await screen.sees("Message-ID: <reset@example.org>")
        await screen.press("4")
        await screen.sees("Content-Type: multipart/alternative; boundary=b", "--b")
        await screen.press("5")
        await screen.sees("multipart/alternative", "text/plain", "text/html")
        await screen.press("6")
        await screen.sees("C: MAIL FROM:<app@example.org>", "✓ transaction stored", "S: 250 2.0.0")
        await screen.press("7")
        await screen.sees("3 tries: 2 × 451, then stored", "⚑ rule greylist", "│ +1.0 s")
        await screen.press("8")
        await screen.sees("Nothing to note")
        await screen.press("9")
        await screen.sees("code  482913", "choose a new password")
        await screen.press("1")
        await screen.sees("your code is 482913, or follow")


@proves("transcript", "attempts")
async def test_t_and_a_show_why_a_try_was_refused(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "451 4.3.0")
        await screen.sees("Not accepted at EOM: 451 4.3.0 try again later", "⚑ greylist")
        await screen.sees("⚑ rule greylist fired at eom: reply 451")
        await screen.press("a")
        await screen.sees("3 tries: 2 × 451, then stored")
        await screen.press("a")
        await screen.sees("C: MAIL FROM:<app@example.org>")
        await screen.press("4")
        await screen.hears("no message came in this session")
        await go_to(screen, "Reset your password")
        await screen.press("3")
        await screen.sees("Message-ID: <reset@example.org>")
        await screen.press("t")
        await screen.sees("✓ transaction stored")
        await screen.press("t")
        await screen.sees("Message-ID: <reset@example.org>")


async def test_a_view_stays_while_one_goes_on(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("3")
        await screen.sees("Subject: We received your payment")
        await go_to(screen, "Turnover")
        await screen.sees("Subject: Turnover in October")


@proves("text_down", "text_up", "text_page_down", "text_page_up", "text_top", "text_bottom")
async def test_keys_move_about_in_a_text(filling: Filling, worker: Worker) -> None:
    filling.stored(letter("Long", "\r\n".join(f"line {number}." for number in range(300))))
    async with shown(filling.root, worker=worker, size=(120, 30)) as screen:
        await screen.settled()
        await screen.press("enter")
        body = screen.app.mail.message.body
        await screen.press("j", "down")
        await screen.until(lambda: body.scroll_offset.y == 2)
        await screen.press("k", "up")
        await screen.until(lambda: body.scroll_offset.y == 0)
        await screen.press("pagedown")
        await screen.until(lambda: body.scroll_offset.y == body.size.height - 1)
        await screen.press("pageup")
        await screen.until(lambda: body.scroll_offset.y == 0)
        await screen.press("G")
        await screen.sees("line 299.")
        await screen.press("g")
        await screen.sees("line 0.")


@proves("text_left", "text_right")
async def test_long_lines_go_on_to_the_right(filling: Filling, worker: Worker) -> None:
    filling.stored(letter("Long", "x" * 200 + " the end"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.sees("the end")
        await screen.press("enter", "w")
        await screen.misses("the end")
        for _ in range(30):
            await screen.press("right")
        await screen.sees("the end")
        for _ in range(30):
            await screen.press("left")
        await screen.misses("the end")
        await screen.press("right", "w")
        await screen.sees("the end", "│ xxx")
        assert screen.app.mail.message.body.scroll_offset.x == 0


async def test_a_message_that_counts_as_read_stays_where_it_was_read(
    filling: Filling, worker: Worker
) -> None:
    filling.stored(letter("Long", "x" * 200 + " the end"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("enter", "w", *["right"] * 30)
        await screen.sees("the end")
        before = screen.app.mail.message.opened
        screen.app.mail.message.reopen()
        await screen.until(lambda: screen.app.mail.message.opened is not before)
        await screen.pilot.pause()
        await screen.sees("the end")


async def test_a_part_is_looked_at_and_left(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Turnover")
        await screen.press("5")
        await screen.sees("turnover.csv")
        await screen.press("enter", "G", "enter")
        await screen.sees("month,sum", "part 3")
        await screen.press("escape")
        await screen.sees("multipart/mixed")


async def test_a_note_leads_to_its_place(filling: Filling, worker: Worker) -> None:
    filling.stored(letter("Twice", head="Date: nonsense"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("8")
        await screen.sees("! date-invalid")
        await screen.press("enter", "enter")
        await screen.sees("Date: nonsense", "Content-Type: text/plain")


async def test_a_place_far_down_is_gone_to_from_a_short_list(
    filling: Filling, worker: Worker
) -> None:
    filling.stored(letter("Long", "\r\n".join([*["short"] * 100, "y" * 1_100])))
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("8")
        await screen.sees("! long-line")
        await screen.press("enter", "enter")
        await screen.sees("yyyy", "short")


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes down what it was to open."""
    return program(tmp_path, monkeypatch, "BROWSER", 'printf "%s" "$1" > "$0.opened"')


def program(directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> Path:
    path = directory / name.lower()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv(name, str(path))
    return path


async def wrote(screen: Screen, path: Path) -> str:
    found: list[str] = []

    def there() -> bool:
        found[:] = [path.read_text()] if path.exists() else []
        return any(found)

    await screen.until(there, f"{path} is written")
    return found[0]


@proves("links")
async def test_links_are_listed_with_their_targets_and_opened(
    box: Filling, worker: Worker, browser: Path
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Reset your password")
        await screen.press("l")
        await screen.sees("Links and where they really lead", "https://harbour.example/reset")
        await screen.press("1")
        opened = await wrote(screen, browser.with_suffix(".opened"))
        assert opened == "https://harbour.example/reset?token=xyz"
        await screen.press("l")
        await screen.sees("Links and where they really lead")
        await screen.press("y")
        await screen.hears("Copied the link")
        assert screen.app.copied == "https://harbour.example/reset?token=xyz"
        await screen.press("l")
        await screen.sees("Links and where they really lead")
        await screen.press("exclamation_mark")
        await screen.misses("Links and where they really lead")


async def test_a_misleading_link_is_asked_about(
    filling: Filling, worker: Worker, browser: Path
) -> None:
    html = '<p><a href="https://evil.example/">https://bank.example/</a></p>'
    raw = letter("Bank", html).replace(b"text/plain", b"text/html")
    filling.stored(raw)
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("l")
        await screen.sees("leads to another host than its text names")
        await screen.press("1")
        await screen.sees("Open it?")
        await screen.press("n")
        await screen.misses("Open it?")
        assert not browser.with_suffix(".opened").exists()


@proves("code")
async def test_c_copies_the_code_at_once(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("c")
        await screen.hears("Copied 482913, the code of “Reset your password”")
        assert screen.app.copied == "482913"


@proves("copy")
async def test_y_offers_what_can_be_copied(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Reset your password")
        for key, expected in (
            ("t", "ann@example.com"),
            ("f", "app@example.org"),
            ("s", "Reset your password"),
            ("l", "https://harbour.example/reset?token=xyz"),
            ("c", "482913"),
            ("i", "<reset@example.org>"),
        ):
            await screen.press("y")
            await screen.sees("curl command")
            await screen.press(key)
            await screen.misses("curl command")
            await screen.hears("Copied")
            assert screen.app.copied == expected
        await screen.press("y")
        await screen.sees("curl command")
        await screen.press("u")
        await screen.until(lambda: screen.app.copied.startswith("curl smtp://127.0.0.1:1025"))


async def test_a_copy_goes_through_the_terminal_in_base64(
    box: Filling, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(box.root, worker=worker) as screen:
        written: list[str] = []
        assert screen.app._driver is not None
        monkeypatch.setattr(screen.app._driver, "write", written.append)
        await screen.app.copy("\x1b]52;evil", "a text")
        inside = base64.b64encode(b"\x1b]52;evil").decode()
        assert f"\x1b]52;c;{inside}\x07" in written


@proves("browser")
async def test_o_opens_the_page_of_a_message(box: Filling, worker: Worker, browser: Path) -> None:
    pages: list[tuple[Path, str, bytes]] = []
    async with shown(box.root, worker=worker, saved=pages) as screen:
        await screen.settled()
        await screen.press("o")
        opened = await wrote(screen, browser.with_suffix(".opened"))
        assert opened == (box.root / "page.html").as_uri()
        assert b"We received your payment" in pages[0][2]


async def test_o_opens_a_part_with_its_program_after_a_yes(
    box: Filling, worker: Worker, browser: Path
) -> None:
    saved: list[tuple[Path, str, bytes]] = []
    async with shown(box.root, worker=worker, saved=saved) as screen:
        await go_to(screen, "Turnover")
        await screen.press("5", "enter")
        await screen.sees("turnover.csv")
        await screen.press("G", "o")
        await screen.sees("Open turnover.csv (text/csv, 18 octets) with the program")
        await screen.press("n")
        await screen.misses("with the program")
        await screen.press("o")
        await screen.sees("with the program")
        await screen.press("y")
        opened = await wrote(screen, browser.with_suffix(".opened"))
        assert opened == (box.root / "turnover.csv").as_uri()
        assert saved == [(box.root, "turnover.csv", b"month,sum\r\n10,4711")]


@proves("editor")
async def test_e_opens_the_source_in_the_editor(
    box: Filling, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("e")
        # A test has no terminal to hand over: tests/tui/test_terminal.py has one.
        await screen.hears("cannot be handed to an editor")
    monkeypatch.setenv("EDITOR", "nano -w")
    assert outside.editor() == ["nano", "-w"]


@proves("pipe")
async def test_the_source_is_piped_to_a_command(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("vertical_line")
        await screen.sees("Pipe the source to")
        await screen.type("grep Subject; printf '\\033[2Jx'")
        await screen.press("enter")
        await screen.sees("status 0", "Subject: We received your payment", "␛[2Jx")


async def test_a_command_that_goes_on_is_stopped(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("vertical_line")
        await screen.sees("Pipe the source to")
        mark = box.root.parent / "ended"
        await screen.type(f"trap 'echo > {mark}; exit' TERM; while :; do sleep 0.05; done")
        await screen.press("enter")
        await screen.sees("is running", "for 1 s", "Esc stops it")
        await screen.press("escape")
        await screen.hears("Stopped.")
        await screen.sees("We received your payment")
        await screen.misses("is running")
        await screen.until(mark.exists, "the command ended")


@proves("save")
async def test_a_message_and_a_part_are_saved(box: Filling, worker: Worker) -> None:
    saved: list[tuple[Path, str, bytes]] = []
    async with shown(box.root, worker=worker, saved=saved) as screen:
        await go_to(screen, "Turnover")
        await screen.press("S")
        await screen.sees("Save the message in the directory", str(Path.cwd())[-20:])
        await screen.press("enter")
        await screen.hears("Saved as")
        assert saved[0][2].startswith(b"From: reports@example.org")
        await screen.press("5", "enter")
        await screen.sees("turnover.csv")
        await screen.press("G", "S")
        await screen.sees("Save part 3 in the directory")
        await screen.press("enter")
        await screen.until(lambda: len(saved) == 2)
        assert saved[1][1:] == ("turnover.csv", b"month,sum\r\n10,4711")


async def test_a_view_that_fails_gives_the_source_and_says_so(
    box: Filling, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mailcatch.tui.views.text import TextView

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(TextView, "render", fail)
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("Text cannot be shown (ZeroDivisionError: a mistake)", "the source")
        await screen.sees("Subject: We received your payment")


async def test_a_message_that_went_away_says_so(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        opened = screen.app.open_message("20201123T000000.000000Z-0000.eml")
        screen.app.mail.message.open(opened.name)
        await screen.sees("there is no message")
