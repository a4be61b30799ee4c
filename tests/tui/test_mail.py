"""The main screen: what is seen, and what keys do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual import events

from mailcatch.mail.worker import Worker
from mailcatch.mailbox.reader import Reader
from mailcatch.tui.remembered import Remembered
from tests.mailbox.filling import Filling, letter
from tests.tui.screen import Screen, proves, shown


async def go_to(screen: Screen, subject: str) -> None:
    """Put the focus on the message with a subject."""
    app = screen.app
    for row in app.mail.listing.names():
        facts = app.contents.facts(row)
        if facts is not None and subject in facts.subject:
            app.mail.listing.go_to(row)
            app.mail.list.update(by_user=True)
            await screen.settled()
            return
    raise AssertionError(f"no {subject} in the list\n{screen.text}")


async def test_the_list_says_what_became_of_each_mail(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("We received your payment", "✓×2", "✗451", "451 4.3.0 try again", "↻3")
        assert "4 messages" not in screen.text
        await screen.sees("5 messages", "2 refused", "not served")


async def test_a_reset_link_and_a_code_are_seen_at_once(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Reset your password")
        await screen.sees("https://harbour.example/reset?token=xyz", "l opens")
        await screen.sees("482913", "c copies")
        await screen.sees("3 tries: 2 × 451, then stored")


async def test_new_mail_moves_neither_focus_nor_sight(filling: Filling, worker: Worker) -> None:
    for number in range(60):
        filling.message(letter(f"Number {number}"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.press("pagedown", "down", "down")
        await screen.settled()
        listing = screen.app.mail.listing
        before, row = listing.name, listing.focus - listing.top
        filling.stored(letter("Brand new"))
        await screen.sees("61 messages")
        assert listing.name == before
        assert listing.focus - listing.top == row
        assert "Brand new" not in screen.text
        await screen.sees("1 new above")
        await screen.press("g")
        await screen.sees("Brand new")
        await screen.misses("new above")


async def test_at_the_top_the_list_follows_what_is_new(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        name = box.stored(letter("Brand new", "The newest."))
        await screen.sees("Brand new", "The newest.")
        assert screen.app.mail.listing.name == name


async def test_who_reads_a_message_keeps_it(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        before = screen.app.mail.listing.name
        await screen.press("enter")
        box.stored(letter("Brand new", "The newest."))
        await screen.sees("Brand new")
        assert screen.app.mail.listing.name == before
        assert "The newest." not in screen.text


async def test_a_removed_message_goes_and_the_next_is_in_focus(
    box: Filling, worker: Worker
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Reset your password")
        box.remove(screen.app.mail.listing.name)
        await screen.misses("Reset your password")
        assert "451" in screen.line("5 of 6") or screen.app.mail.listing.focus == 2


@proves("down", "up", "page_down", "page_up", "top", "bottom")
async def test_keys_move_about_in_the_list(filling: Filling, worker: Worker) -> None:
    for number in range(100):
        filling.message(letter(f"Number {number}"))
    async with shown(filling.root, worker=worker, size=(120, 24)) as screen:
        listing = screen.app.mail.listing
        await screen.press("j")
        assert listing.focus == 1, (screen.app.focused,)
        await screen.press("down")
        assert listing.focus == 2
        await screen.press("k")
        assert listing.focus == 1
        await screen.press("up", "pagedown")
        assert listing.focus == screen.app.mail.list.size.height - 1
        await screen.press("pageup")
        assert listing.focus == 0
        await screen.press("G")
        await screen.sees("Number 0", "100 of 100")
        await screen.press("g")
        await screen.sees("Number 99", "1 of 100")


@proves("open", "back", "next_pane")
async def test_enter_reads_and_esc_goes_back(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker, size=(80, 24)) as screen:
        await screen.sees("We received your payment")
        assert "Thank you." not in screen.text
        await screen.press("enter")
        await screen.sees("Thank you.", "1 Text")
        await screen.press("escape")
        await screen.misses("Thank you.")
        await screen.press("tab")
        await screen.sees("Thank you.")
        await screen.press("tab")
        await screen.misses("Thank you.")


@proves("filter")
async def test_a_filter_works_as_it_is_typed_and_is_kept(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("slash")
        await screen.type("turnov")
        await screen.misses("We received your payment")
        await screen.press("enter")
        await screen.sees("1 fit: turnov", "Turnover in October")
        assert screen.app.remembered.filters == ["turnov"]
        await screen.press("escape")
        await screen.sees("We received your payment")
        await screen.press("slash", "up")
        await screen.misses("We received your payment")
        await screen.press("escape")
        await screen.sees("We received your payment")


async def test_a_key_after_enter_is_not_typed_into_the_filter(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("slash")
        await screen.type("turnover")
        for key, char in (("enter", "\r"), ("3", "3")):
            screen.app.post_message(events.Key(key, char))
        await screen.sees("1 fit: turnover ", "Subject: Turnover in October")
        await screen.press("slash")
        for key, char in (("escape", "\x1b"), ("4", "4")):
            screen.app.post_message(events.Key(key, char))
        await screen.sees("month,sum")


async def test_a_mistake_in_a_filter_is_pointed_at(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("slash")
        await screen.type("form:ann")
        await screen.sees("^^^^^", "did you mean", "“from:”?")
        await screen.press("enter")
        await screen.sees("did you mean")
        # What was found for its beginning is shown meanwhile, and the mistake stays.
        await screen.until(lambda: screen.app.mail._answer.asked.query == "form:")  # type: ignore[union-attr]
        await screen.pilot.pause(0.3)
        await screen.sees("did you mean", "Nothing fits this filter.")
        await screen.press(*["backspace"] * 8)
        await screen.misses("did you mean")


async def test_where_nothing_fits_there_is_nothing_to_read(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("Enter read")
        await screen.press("slash")
        await screen.type("nowhere")
        await screen.press("enter")
        await screen.sees("Nothing fits this filter.", "0 fit: nowhere")
        await screen.misses("Enter read", "Enter keep")


async def test_a_filter_stays_while_mail_arrives(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("slash")
        await screen.type("turnover")
        await screen.press("enter")
        await screen.sees("1 fit: ")
        box.stored(letter("Something else"))
        box.stored(letter("Turnover in November"))
        await screen.sees("2 fit: ", "Turnover in November")
        assert "Something else" not in screen.text


@proves("next_match", "previous_match")
async def test_n_goes_from_match_to_match(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("n")
        await screen.hears("Filter for something first")
        await screen.press("slash")
        await screen.type("payment")
        await screen.press("enter")
        await screen.sees("2 fit: ")
        await screen.press("escape")
        await screen.sees("1 of 7")
        await screen.press("n")
        await screen.sees("2 of 7")
        await screen.press("n")
        await screen.sees("1 of 7")
        await screen.press("N")
        await screen.sees("2 of 7")


async def test_a_text_is_searched_in_place(filling: Filling, worker: Worker) -> None:
    filling.stored(
        letter("Long", "\r\n".join(f"line {n}" for n in range(200)) + "\r\nneedle\r\nend")
    )
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("enter", "slash")
        await screen.type("needle")
        await screen.press("enter")
        await screen.sees("needle", "line 199")
        await screen.press("n")
        await screen.sees("needle")
        await screen.press("escape", "slash")
        await screen.type("nowhere")
        await screen.press("enter")
        await screen.hears("Nothing of that is in this text.")


async def test_a_text_stays_where_it_was_read_however_often_the_terminal_changes(
    filling: Filling, worker: Worker
) -> None:
    filling.stored(letter("Long", "\r\n".join(f"line {n}." for n in range(200))))
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("enter", "slash")
        await screen.type("line 100.")
        await screen.press("enter")
        await screen.sees("line 100.", "line 98.")
        for width in (150, 120, 140, 110):
            await screen.pilot.resize_terminal(width, 40)
            await screen.still()
            assert "line 98." in screen.text
            assert "line 97." not in screen.text


@proves("mark", "delete", "undo")
async def test_marked_messages_are_deleted_together_and_brought_back(
    box: Filling, worker: Worker
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("space", "space")
        await screen.sees("2 marked", "◆")
        await screen.press("d")
        await screen.hears("2 messages deleted; u brings them back")
        await screen.sees("3 messages")
        await screen.misses("We received your payment")
        await screen.press("u")
        await screen.hears("2 messages brought back")
        await screen.sees("We received your payment", "5 messages")


@proves("delete_all")
async def test_all_are_deleted_only_after_a_yes(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("D")
        await screen.sees("Delete all 5 messages in this mailbox?")
        await screen.press("n")
        await screen.misses("Delete all 5 messages")
        assert len([*(box.root / "messages").glob("*.eml")]) == 5
        await screen.press("D")
        await screen.sees("Delete all 5 messages")
        late = box.stored(letter("Late"))
        await screen.press("y")
        await screen.hears("5 messages deleted")
        assert [path.name for path in (box.root / "messages").glob("*.eml")] == [late]


@proves("toggle_read")
async def test_r_marks_as_read_and_as_unread(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        name = screen.app.mail.listing.name
        await screen.press("r")
        await screen.hears("marked as read")
        with Reader(box.root) as reader:
            await screen.until(lambda: reader.refresh() or reader.message(name).read)
        await screen.until(lambda: not screen.app.contents.facts(name).unread)  # type: ignore[union-attr]
        await screen.press("r")
        await screen.hears("marked as unread")


async def test_what_was_looked_at_for_a_moment_counts_as_read(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("j")
        name = screen.app.mail.listing.name

        def read() -> bool:
            facts = screen.app.contents.facts(name)
            return facts is not None and not facts.unread

        await screen.until(read, "it counts as read")


@proves("zoom", "narrower", "wider", "wrap", "times", "details")
async def test_the_layout_is_the_users(box: Filling, worker: Worker) -> None:
    remembered = Remembered()
    async with shown(box.root, worker=worker, remembered=remembered) as screen:
        await screen.settled()
        wide = screen.app.mail.list.size.width
        await screen.press("greater_than_sign")
        await screen.until(lambda: screen.app.mail.list.size.width > wide)
        await screen.press("less_than_sign", "less_than_sign")
        await screen.until(lambda: screen.app.mail.list.size.width < wide)
        assert remembered.split == 33
        await screen.press("z")
        await screen.until(lambda: screen.app.mail.list.size.width == 120)
        await screen.press("z", "enter", "z")
        await screen.until(lambda: screen.app.mail.message.size.width == 120)
        await screen.press("escape", "escape")
        await screen.press("w")
        await screen.hears("Long lines go on to the right")
        assert not remembered.wrap
        await screen.press("H")
        await screen.sees("12:00:")
        assert remembered.absolute
        await screen.press("4", "x")
        await screen.sees("␍␤")


async def test_the_line_between_the_panes_can_be_dragged(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        splitter = screen.app.mail.query_one("#splitter")
        await screen.pilot.mouse_down(splitter, offset=(0, 5))
        await screen.pilot.hover(offset=(70, 5))
        await screen.pilot.mouse_up(offset=(70, 5))
        await screen.until(lambda: 65 <= screen.app.mail.list.size.width <= 75, "it is wider")


@proves("sort")
async def test_the_list_is_sorted_as_the_user_likes(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("i")
        await screen.sees("by subject")
        await screen.until(lambda: "451" in screen.text.split("\n")[3], "refusals first")
        await screen.press("i", "i")
        await screen.sees("by size")
        await screen.until(lambda: "Reset" in screen.text.split("\n")[3], "the largest first")


@proves("group")
async def test_the_list_is_grouped_by_day_and_by_mail(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker, size=(180, 40)) as screen:
        await screen.press("b")
        await screen.sees("▾ Monday, 2026-11-23", "7 · grouped by day")
        await screen.press("g")
        screen.end_notice()
        await screen.sees("Enter fold or unfold")
        await screen.press("enter")
        await screen.sees("▸ Monday, 2026-11-23")
        await screen.press("b")
        await screen.sees("▸ Reset your password", "2×✗451 → ✓")
        assert "451 4.3.0" not in screen.text
        await screen.press("j")
        await screen.sees("482913", "3 tries: 2 × 451, then stored")
        await screen.press("enter")
        await screen.sees("▾ Reset your password", "451 4.3.0")
        await screen.press("b")
        await screen.hears("Not grouped")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_an_empty_mailbox_teaches(
    filling: Filling, worker: Worker, size: tuple[int, int]
) -> None:
    async with shown(filling.root, worker=worker, size=size) as screen:
        await screen.sees("There is no mail here", "mailcatch --dir /mail", "Enter copy it")
        await screen.press("enter")
        await screen.hears("Copied the lines for Start a server for it")
        assert screen.app.copied == "mailcatch --dir /mail"
        screen.end_notice()
        filling.stored(letter("The first"))
        await screen.sees("The first", "Enter read")
        await screen.press("enter")
        await screen.sees("Good day.")


async def test_the_last_message_goes_and_the_lesson_is_shown(
    filling: Filling, worker: Worker
) -> None:
    filling.stored(letter("The only one"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("d")
        await screen.hears("1 message deleted; u brings it back.")
        await screen.sees("There is no mail here")
        await screen.press("u")
        await screen.sees("The only one", "Good day.")
        assert screen.app.focused is screen.app.mail.list


async def test_a_scroll_bar_covers_nothing_of_the_list(filling: Filling, worker: Worker) -> None:
    raw = letter("The size is seen")
    for _ in range(40):
        filling.stored(raw)
    async with shown(filling.root, worker=worker, size=(80, 24)) as screen:
        await screen.sees("The size is seen", "Size")
        assert screen.app.mail.list.show_vertical_scrollbar
        assert screen.line("The size is seen").endswith(str(len(raw)))


async def test_a_scroll_bar_covers_nothing_of_a_text(filling: Filling, worker: Worker) -> None:
    filling.stored(letter("Wide", "\r\n".join(["word " * 40 + "end."] * 40)))
    async with shown(filling.root, worker=worker, size=(120, 24)) as screen:
        await screen.settled()
        body = screen.app.mail.message.body
        await screen.until(lambda: body.show_vertical_scrollbar, "there is a scroll bar")
        assert not body.show_horizontal_scrollbar
        assert set(re.findall(r"\bw\w*", screen.text)) == {"word"}
        await screen.press("enter", "w")
        await screen.until(lambda: body.show_horizontal_scrollbar, "lines go on")
        await screen.press("pagedown")
        await screen.until(lambda: body.scroll_offset.y == body.scrollable_size.height - 1)


async def test_what_is_pasted_is_text_and_nothing_else(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("slash")
        screen.app.post_message(events.Paste("turn\x1b]52;c;aGk=\x07\u202e\x9b31m\tover"))
        await screen.sees("turn]52;c;aGk=31m over")
        for key in ("vertical_line", "S", "R"):
            await screen.press("escape")
            await screen.settled()
            await screen.press(key)
            await screen.sees("Esc back")
            screen.app.post_message(events.Paste("\x1b[2Jpasted\u2066"))
            await screen.sees("[2Jpasted")
            assert "\x1b" not in screen.text


async def test_a_mailbox_that_is_only_read_is_not_changed(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker, may_change=False) as screen:
        for key in ("d", "r", "u", "D"):
            await screen.press(key)
            await screen.hears("only to be read")
        assert len([*(box.root / "messages").glob("*.eml")]) == 5


async def test_one_message_is_shown_first(box: Filling, worker: Worker) -> None:
    first = min(path.name for path in (box.root / "messages").glob("*.eml"))
    async with shown(box.root, worker=worker, first=first) as screen:
        await screen.sees("It is on its way.")


async def test_a_directory_of_bare_messages_is_shown(tmp_path: Path, worker: Worker) -> None:
    (tmp_path / "a.eml").write_bytes(letter("Bare one"))
    async with shown(tmp_path, worker=worker) as screen:
        await screen.sees("Bare one", "Good day.")
        await screen.press("t")
        await screen.hears("came without a session")


async def test_clicks_do_what_keys_do(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.pilot.click("#list", offset=(10, 2))
        await screen.until(lambda: screen.app.mail.listing.focus == 2)
        await screen.settled()
        await screen.sees("Reset your password", "482913", "3 tries")
        await screen.click("3 Head")
        await screen.sees("Message-ID:")
        await screen.click("3 tries: 2 × 451")
        await screen.sees("⚑ rule greylist")
        await screen.click("? help")
        await screen.sees("In the list")
        await screen.click("Esc back")
        await screen.misses("In the list")


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_the_screen_is_left(box: Filling, worker: Worker, key: str) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press(key)
        assert not screen.app.is_running or screen.app._exit
