"""Sessions, comparing, help, the palette, the log, themes, keys."""

from __future__ import annotations

import pytest

from mailcatch.mail.worker import Worker
from mailcatch.mailbox import events
from mailcatch.tui.keys import Keys, KeysError
from mailcatch.tui.remembered import Remembered
from mailcatch.tui.screens.sessions import SessionsScreen
from mailcatch.tui.widgets import foot
from tests.mailbox.filling import Filling
from tests.tui.screen import proves, shown
from tests.tui.test_mail import go_to


@proves("sessions", "refused_only", "sessions_pane", "leave_sessions")
async def test_all_sessions_are_listed_with_what_was_said(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("s")
        await screen.sees("7 sessions", "1 refused", "1 stored", "C: MAIL FROM:<app@example.org>")
        await screen.press("r")
        await screen.sees("2 sessions", "in which something was refused", "rule greylist")
        await screen.press("r")
        await screen.sees("7 sessions")
        await screen.press("tab")
        await screen.until(lambda: screen.app.focused and screen.app.focused.id == "dialogue")
        await screen.press("escape")
        await screen.sees("We received your payment")


async def test_a_live_session_grows_line_by_line(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("s")
        await screen.sees("7 sessions")
        live = box.session([events.Client(10, "EHLO there")], closed=False)
        await screen.sees("8 sessions", "C: EHLO there")
        box.append(live, [events.Client(20, "VRFY somebody")])
        await screen.sees("C: VRFY somebody")


async def test_the_session_in_focus_stays_while_others_come(box: Filling, worker: Worker) -> None:
    for _ in range(60):
        box.session([events.Client(10, "EHLO there")])
    async with shown(box.root, worker=worker, size=(120, 24)) as screen:
        await screen.press("s")
        await screen.sees("67 sessions")
        sessions = screen.app.screen
        assert isinstance(sessions, SessionsScreen)
        await screen.press("pagedown", "j", "j")
        name = sessions.name_in_focus
        place = sessions.list.chosen - sessions.list.scroll_offset.y
        assert place > 0
        box.session([events.Client(10, "EHLO again")])
        await screen.sees("68 sessions")
        assert sessions.name_in_focus == name
        assert sessions.list.chosen - sessions.list.scroll_offset.y == place


@proves("session_messages")
async def test_a_session_leads_to_its_message(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("s")
        await screen.sees("7 sessions")
        await screen.press("j", "j")
        await screen.sees("S: 221 2.0.0 Bye")
        await screen.press("enter")
        await screen.sees("Reset your password", "482913")


@proves("compare", "differences", "leave_compare")
async def test_two_marked_messages_are_compared(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("equals_sign")
        await screen.hears("Mark two messages with Space")
        await screen.press("space", "space", "equals_sign")
        await screen.sees("The same mail, sent again.", "Headers  the same")
        await screen.press("escape", "escape")
        await go_to(screen, "Reset your password")
        await screen.press("space")
        await go_to(screen, "Turnover")
        await screen.press("space", "equals_sign")
        await screen.sees("Two different mails.", "- Subject: Turnover", "+ Subject: Reset")
        assert "  MIME-Version: 1.0" not in screen.text
        await screen.press("x")
        await screen.sees("  MIME-Version: 1.0")
        await screen.press("escape")
        await screen.sees("We received your payment")


@proves("help")
async def test_help_is_that_of_the_pane_in_focus(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("question_mark")
        await screen.sees("In the list", "from there the list follows what is new")
        await screen.press("escape", "enter", "question_mark")
        await screen.sees("In a text", "Go to the right, where lines are not broken.")
        await screen.press("escape", "escape", "s")
        await screen.sees("7 sessions")
        await screen.press("question_mark")
        await screen.sees("Show only sessions in which something was refused")


@proves("palette")
async def test_the_palette_finds_an_action_by_its_name(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("ctrl+p")
        await screen.sees("What can be done")
        await screen.type("nothing such")
        await screen.sees("Nothing is called so.")
        await screen.press("enter", *["backspace"] * 12)
        await screen.type("transcr")
        await screen.sees("transcript  t")
        await screen.press("down", "enter")
        await screen.misses("What can be done")
        await screen.sees("✓ transaction stored")


async def test_what_help_tells_of_can_be_done_from_there(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.settled()
        await screen.press("question_mark")
        await screen.sees("Go to the top: from there")
        await screen.click("Go to the end.")
        await screen.click("Go to the end.")
        await screen.misses("Go to the end.")
        await screen.until(lambda: screen.app.mail.listing.focus == 6, "the last is in focus")


@proves("log")
async def test_the_log_keeps_what_was_said(box: Filling, worker: Worker) -> None:
    said = ["listens on 0.0.0.0:1025: every machine \x1b[31mcan"]

    def log() -> list[str]:
        return [said.pop()] if said else []

    async with shown(box.root, worker=worker, server_log=log) as screen:
        await screen.hears("listens on 0.0.0.0:1025: every machine ␛[31mcan")
        await screen.press("T", "L")
        await screen.sees("Log, newest first", "Theme: light.", "listens on 0.0.0.0:1025")
        await screen.press("escape")
        await screen.misses("Log, newest first")


async def test_a_notice_takes_the_place_of_the_hints_for_a_moment(
    box: Filling, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.sees("? help")
        monkeypatch.setattr(foot, "_SECONDS", 600.0)
        await screen.press("T")
        await screen.sees("Theme: light.")
        await screen.misses("? help")
        monkeypatch.setattr(foot, "_SECONDS", 0.05)
        await screen.press("T")
        await screen.sees("? help")


async def test_what_is_too_long_for_the_foot_is_in_the_log(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker, size=(60, 20)) as screen:
        screen.app.tell("word " * 30 + "end")
        await screen.sees("L shows all")
        await screen.press("L")
        await screen.sees("Log, newest first", "end")


@proves("theme")
async def test_themes_are_remembered(box: Filling, worker: Worker) -> None:
    remembered = Remembered()
    async with shown(box.root, worker=worker, remembered=remembered) as screen:
        for name in ("light", "contrast", "dark"):
            await screen.press("T")
            await screen.hears(f"Theme: {name}.")
            assert remembered.theme == f"mailcatch-{name}"


@proves("quit")
@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_the_screen_is_left(box: Filling, worker: Worker, key: str) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press(key)
        await screen.until(lambda: screen.app._exit, "it ends")


async def test_every_key_can_be_another(box: Filling, worker: Worker) -> None:
    async with shown(
        box.root, worker=worker, keys={"filter": "ctrl+k F", "down": "n", "next_match": "m"}
    ) as screen:
        await screen.sees("Ctrl-K filter")
        await screen.press("n")
        await screen.sees("2 of 7")
        await screen.press("F")
        await screen.type("turnover")
        await screen.press("enter")
        await screen.sees("1 fit: ")


@pytest.mark.parametrize(
    ("written", "pressed"),
    [
        ("F", "F"), ("?", "question_mark"), ("Ctrl-K", "ctrl+k"), ("ctrl+K", "ctrl+k"),
        ("esc", "escape"), ("PgDn", "pagedown"), ("↓", "down"), ("shift+f5", "shift+f5"),
        ("shift+a", "A"),
        ("slash", "slash"), ("Ctrl-/", "ctrl+slash"), ("Return", "enter"),
    ],
)  # fmt: skip
def test_keys_are_written_as_people_call_them(written: str, pressed: str) -> None:
    assert Keys({"mark": f"f12 {written}", "open": "f13", "back": "f14", "page_down": "f15",
                 "text_page_down": "f15", "down": "f16", "text_down": "f16", "help": "f17",
                 "filter": "f18"}).of("mark") == ("f12", pressed)  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"filtre": "x"}, "did you mean 'filter'?"),
        ({"filter": ""}, "filter needs a key"),
        ({"filter": "d"}, "d is the key of filter and of delete: give one of them another"),
        (
            {"filter": "ctrl+bananas"},
            "there is no key 'ctrl+bananas': write a character, or such as",
        ),
        ({"quit": "q x"}, "x is the key of details and of quit"),
    ],
)
def test_keys_that_cannot_be_are_told_of(chosen: dict[str, str], said: str) -> None:
    with pytest.raises(KeysError) as caught:
        Keys(chosen)
    assert said in str(caught.value)
    assert str(caught.value).startswith("[keys]")
