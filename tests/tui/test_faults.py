"""The faults screen, and refusing the next mail: a server that runs, a client that tries."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcatch.mail.worker import Worker
from mailcatch.rulefile.document import RuleDocument
from tests.mailbox.filling import Filling, letter
from tests.serving import Serving
from tests.tui.screen import proves, shown
from tests.tui.test_mail import go_to

RULES = """\
# Twice, as a greylist does.
[[faults.rule]]
id = "flaky"
at = "rcpt"
reply = "451 4.7.1 Come back"
times = 2

[[faults.rule]]
id = "boss"
at = "eom"
match.recipient = "boss@*"
preset = "gmail-overquota"
"""


@pytest.fixture
def serving(filling: Filling) -> Iterator[Serving]:
    with Serving("--port", "0", "--dir", filling.root) as server:
        yield server


def send(server: Serving, to: str = "ann@example.com", subject: str = "Hello") -> int:
    """Send a mail and return the code that decided."""
    with smtplib.SMTP(server.host, server.port, "test.example", timeout=30) as client:
        try:
            client.sendmail("app@example.org", [to], letter(subject, "Hello there.", to=to))
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients[to][0]
        except smtplib.SMTPResponseException as error:
            return error.smtp_code
    return 250


async def try_(server: Serving, to: str = "ann@example.com") -> int:
    return await asyncio.to_thread(send, server, to)


def rules(root: Path) -> RuleDocument:
    return RuleDocument((root / "faults.toml").read_text())


@proves("faults", "add_fault", "leave_faults")
async def test_a_fault_is_added_and_a_retry_watched_until_it_succeeds(
    serving: Serving, worker: Worker
) -> None:
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.press("f")
        await screen.sees("Nothing is broken", "Break the next mail on purpose")
        await screen.press("a")
        await screen.sees("rcpt-451-x2", "At RCPT TO: say 451 — the first 2 times, then take it.")
        await screen.press("down", "enter")
        await screen.hears("rcpt-451-x2 is armed.")
        await screen.sees("● armed", "⚑ 1 fault armed · 0 fired")
        assert await try_(serving) == 451
        await screen.hears("⚑ rcpt-451-x2 fired; 1 time left")
        await screen.sees("1 fault armed · 1 fired")
        await screen.sees("fired 1, 1 left")
        assert await try_(serving) == 451
        await screen.hears("from now on mail passes it")
        await screen.sees("✓ spent")
        await screen.misses("⚑ 1 fault armed")
        assert await try_(serving) == 250
        await screen.press("escape")
        await screen.sees("3 tries: 2 × 451, then stored")
        await screen.press("a")
        await screen.sees("⚑ rule rcpt-451-x2", "✓ stored")
        await screen.press("j", "j", "t")
        await screen.sees("⚑ rule rcpt-451-x2 fired at rcpt", "S: 451")


async def test_why_a_try_was_refused_is_in_sight_at_once(serving: Serving, worker: Worker) -> None:
    (serving.mailbox / "faults.toml").write_text(RULES)
    async with shown(serving.mailbox, worker=worker, size=(120, 26)) as screen:
        await screen.sees("2 faults armed")
        assert await try_(serving) == 451
        await screen.sees("⚑ rule flaky fired at rcpt for the 1st time", "S: 451 4.7.1 Come back")


@proves("presets")
async def test_a_preset_is_looked_for_and_its_exact_reply_shown(
    serving: Serving, worker: Worker
) -> None:
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.press("f", "p")
        await screen.sees("What real servers say", "to choose from")
        await screen.type("mailboxfull gmail")
        await screen.misses("shutting-down")
        await screen.press("down")
        await screen.sees("S: 452-4.2.2 The email account that you tried to reach", "read in ")
        await screen.press("enter")
        await screen.sees("Add a fault", "gmail-overquota-x1", "once")
        await screen.press("enter")
        await screen.hears("gmail-overquota-x1 is armed.")
        assert await try_(serving) == 452
        assert await try_(serving) == 250


@proves("fault_form")
async def test_a_form_makes_a_rule(serving: Serving, worker: Worker) -> None:
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.press("f", "n")
        await screen.sees("A new fault", "Stage", "At RCPT TO: say 451 4.3.0 Try again later")
        await screen.press("tab", "tab", "tab", "tab")
        await screen.type("boss@*")
        await screen.sees("At RCPT TO, to boss@*: say 451")
        await screen.press("tab", "tab", "tab", "backspace", "tab")
        await screen.type("often")
        await screen.sees("The chance is a number, such as 20%")
        await screen.press("enter")
        await screen.sees("A new fault")
        await screen.press(*["backspace"] * 5, "tab")
        await screen.type("busy")
        await screen.press("enter")
        await screen.hears("busy is armed.")
        await screen.sees("every time")
        assert await try_(serving) == 250
        assert await try_(serving, "boss@example.com") == 451


@proves("toggle_fault", "all_faults", "reset_faults")
async def test_faults_are_turned_off_and_on_and_begin_anew(
    serving: Serving, worker: Worker
) -> None:
    (serving.mailbox / "faults.toml").write_text(RULES)
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.press("f")
        await screen.sees("2 faults, 2 armed", "2 faults armed")
        await screen.press("space")
        await screen.hears("flaky is off.")
        await screen.sees("○ off", "1 fault armed")
        assert await try_(serving) == 250
        await screen.press("space")
        await screen.hears("flaky is on.")
        assert await try_(serving) == 451
        assert await try_(serving) == 451
        await screen.sees("✓ spent")
        await screen.press("r")
        await screen.hears("All counters begin anew.")
        await screen.sees("2 armed")
        assert await try_(serving) == 451
        await screen.press("o")
        await screen.hears("All faults of the file are off.")
        await screen.sees("o turns them on")
        await screen.misses("faults armed")
        assert await try_(serving) == 250
        await screen.press("o")
        await screen.hears("All faults of the file are on.")
        assert await try_(serving) == 451


@proves("delete_fault", "undo_fault")
async def test_a_deleted_fault_comes_back_as_it_was(serving: Serving, worker: Worker) -> None:
    (serving.mailbox / "faults.toml").write_text(RULES)
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.press("f", "u")
        await screen.hears("There is nothing to undo.")
        await screen.sees("flaky")
        await screen.press("d")
        await screen.hears("flaky is deleted; u brings it back.")
        await screen.sees("1 fault, 1 armed")
        await screen.press("d")
        await screen.hears("boss is deleted")
        await screen.sees("Nothing is broken")
        await screen.press("d")
        await screen.hears("There is no fault here: a adds one.")
        await screen.press("u")
        await screen.sees("boss is back.")
        await screen.press("u")
        await screen.sees("flaky is back.")
        assert (serving.mailbox / "faults.toml").read_text() == RULES


@proves("explain_faults", "faults_pane")
async def test_faults_are_explained_against_the_message_in_focus(
    box: Filling, worker: Worker
) -> None:
    (box.root / "faults.toml").write_text(RULES)
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Turnover in October")
        await screen.press("f")
        await screen.sees("If “Turnover in October” came again:", "at rcpt boss@example.com")
        await screen.press("j")
        await screen.sees("S: 452", "at eom", "fires")
        await screen.press("x")
        await screen.sees(
            "What each fault would do", "flaky  at rcpt boss@example.com", "boss  at eom"
        )
        await screen.press("escape", "tab")
        await screen.until(lambda: screen.app.focused is not None, "a pane has the focus")
        assert screen.app.focused is not None
        assert screen.app.focused.id == "fault-page"
        await screen.press("tab")
        assert screen.app.focused.id == "fault-list"


async def test_of_a_mail_that_does_not_fit_is_said_why(box: Filling, worker: Worker) -> None:
    (box.root / "faults.toml").write_text(RULES)
    async with shown(box.root, worker=worker) as screen:
        await go_to(screen, "Reset your password")
        await screen.press("f", "j")
        await screen.sees("wants recipient boss@*, and this is ann@example.com")


async def test_where_nobody_serves_faults_are_edited_all_the_same(
    box: Filling, worker: Worker
) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("f", "a")
        await screen.type("eom-lost-x1")
        await screen.press("enter")
        await screen.hears("as soon as this mailbox is served: nobody does now.")
        await screen.sees("… waits")
        await screen.sees("nobody serves this mailbox", "No server has it yet.")
        assert rules(box.root).ids == ["eom-lost-x1"]


async def test_mistakes_of_the_file_are_shown_where_they_are(
    serving: Serving, worker: Worker
) -> None:
    path = serving.mailbox / "faults.toml"
    path.write_text(RULES)
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.press("f")
        await screen.sees("2 armed")
        path.write_text(RULES.replace("times = 2", 'times = "two"'))
        await screen.sees("faults.toml line 6, rule flaky", '▸    6 │ times = "two"', "✗ mistake")
        await screen.sees("has mistakes, the last good rules stay")
        # What makes it no worse is written, and what was deleted may be the mistake.
        await screen.press("d")
        await screen.misses("✗ mistake")
        await screen.sees("1 fault, 1 armed")
        path.write_text("[[faults.rule]\n")
        await screen.sees("faults.toml line 1: this is no TOML", "▸    1 │ [[faults.rule]")
        await screen.press("a")
        await screen.type("rcpt-451")
        await screen.press("enter")
        await screen.sees("this is no TOML")
        assert path.read_text() == "[[faults.rule]\n"


async def test_faults_of_the_command_line_are_shown_and_stay(
    filling: Filling, worker: Worker
) -> None:
    with Serving("--port", "0", "--dir", filling.root, "--fault", "rcpt-451-x2") as serving:
        (filling.root / "faults.toml").write_text(
            RULES.replace('id = "flaky"', 'id = "rcpt-451-x2"').replace(
                "451 4.7.1 Come back", "550"
            )
        )
        async with shown(filling.root, worker=worker) as screen:
            await screen.press("f")
            await screen.sees(
                "not of faults.toml: from the start of the server", "3 faults, 3 armed"
            )
            assert await try_(serving) == 451
            await screen.press("G")
            await screen.sees("Given when the server was started", "fired 1, 1 left")
            await screen.press("d")
            await screen.hears("came with the server's command line: it stays")
            await screen.press("g")
            await screen.sees("It was not asked yet.", "At RCPT TO: say 550")


async def test_letters_that_mean_nothing_are_pointed_at(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("f", "a")
        await screen.type("rcpt-999")
        await screen.sees("999 is no reply code: 200 to 599 are", "     ^")
        await screen.press("enter")
        await screen.sees("Add a fault")
        await screen.press("escape")
        await screen.misses("arm it")
        assert not (box.root / "faults.toml").exists()


async def test_tab_completes_and_a_click_chooses(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("f", "a")
        await screen.type("gmail-out")
        await screen.press("tab")
        await screen.sees("> gmail-out-of-storage", "S: 452")
        await screen.click("gmail-out-of-storage-x1")
        await screen.sees("> gmail-out-of-storage-x1", "once")
        await screen.click("Enter arm it")
        await screen.sees("gmail-out-of-storage-x1 is armed")


@proves("edit_faults")
async def test_e_opens_the_rule_file_in_the_editor(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        # A test has no terminal to hand over: tests/tui/test_terminal.py has one.
        await screen.press("f", "e")
        await screen.hears("cannot be handed to an editor")


@proves("refuse")
async def test_the_next_mail_to_a_recipient_is_refused_once(
    serving: Serving, worker: Worker
) -> None:
    async with shown(serving.mailbox, worker=worker) as screen:
        assert await try_(serving) == 250
        await screen.sees("1 message", "Hello there.")
        await screen.press("R")
        await screen.sees("Refuse the next mail", "ann@example.com", "451 4.3.0 Try again later")
        await screen.sees("At RCPT TO, to ann@example.com: say 451 4.3.0 Try again later — once")
        await screen.press("enter")
        await screen.hears("rcpt-451 is armed: the next mail to ann@example.com gets 451")
        assert await try_(serving, "bob@example.com") == 250
        assert await try_(serving) == 451
        assert await try_(serving) == 250
        await screen.hears("rcpt-451 fired, for the last time")
        # Once more: the one that is spent makes room.
        await go_to(screen, "Hello")
        await screen.press("R")
        await screen.sees("Refuse the next mail")
        await screen.press("enter")
        await screen.hears("rcpt-451-2 is armed")
        assert rules(serving.mailbox).ids == ["rcpt-451-2"]
        assert await try_(serving) == 451


async def test_a_refusal_may_be_a_preset_that_is_said_where_the_recipient_is_known(
    serving: Serving, worker: Worker
) -> None:
    async with shown(serving.mailbox, worker=worker) as screen:
        assert await try_(serving) == 250
        await screen.sees("1 message", "Hello there.")
        await screen.press("R")
        await screen.sees("Refuse the next mail")
        await screen.press("ctrl+u")
        await screen.type("too-many-conn")
        await screen.press("down")
        await screen.sees("At RCPT TO, to ann@example.com: say 421 too-many-connections — once")
        await screen.press("enter")
        await screen.hears("is armed: the next mail")
        assert await try_(serving) == 421


@pytest.mark.parametrize("key", ["R", "f"])
async def test_what_is_only_to_be_read_gets_no_faults(
    box: Filling, worker: Worker, key: str
) -> None:
    async with shown(box.root, worker=worker, may_change=False) as screen:
        await screen.settled()
        await screen.press(key)
        if key == "f":
            await screen.press("a")
        await screen.hears("only to be read")


async def test_the_mark_in_the_top_line_leads_to_the_faults(
    serving: Serving, worker: Worker
) -> None:
    (serving.mailbox / "faults.toml").write_text(RULES)
    async with shown(serving.mailbox, worker=worker) as screen:
        await screen.sees("2 faults armed · 0 fired")
        await screen.pilot.resize_terminal(60, 15)
        await screen.misses("0 messages")
        await screen.sees("⚑ 2 faults armed · 0 fired")
        at = screen.text.split("\n")[0].index("faults armed")
        await screen.pilot.click("#top", offset=(at, 0))
        await screen.sees("2 faults, 2 armed", "what it does")


async def test_what_was_refused_stays_beside_the_mark(serving: Serving, worker: Worker) -> None:
    (serving.mailbox / "faults.toml").write_text(RULES)
    async with shown(serving.mailbox, worker=worker, size=(80, 24)) as screen:
        await screen.sees("⚑ 2 faults armed · 0 fired")
        assert await try_(serving) == 451
        await screen.sees("0 messages · 1 refused   ⚑ 2 armed · 1 fired")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
async def test_rules_are_told_in_any_size(
    box: Filling, worker: Worker, size: tuple[int, int]
) -> None:
    (box.root / "faults.toml").write_text(RULES)
    async with shown(box.root, worker=worker, size=size) as screen:
        await screen.press("f")
        await screen.sees("flaky", "rcpt: 451", "At RCPT TO", "fired", "left", "Esc back")
        for key in ("a", "p", "n"):
            await screen.press(key)
            await screen.sees("Esc back", "Enter")
            await screen.press("escape")
        await screen.press("escape", "enter", "R")
        await screen.sees("Refuse the next mail", "Enter arm it")


async def test_a_hostile_rule_file_is_shown_and_does_nothing(box: Filling, worker: Worker) -> None:
    (box.root / "faults.toml").write_text(
        '[[faults.rule]]\nid = "x"\nat = "rcpt"\nmatch.recipient = "\\u202e[/]"\n'
        'description = "[@click=app.quit]\\u001b]52;c;eA==\\u0007"\n'
        'reply = "451 4.3.0 [/] ok"\n\n[faults.preset."[b]"]\nreply = 451\n'
    )
    async with shown(box.root, worker=worker) as screen:
        await screen.press("f")
        await screen.sees("faults.toml line")
        assert "\x1b" not in screen.text
        assert "\u202e" not in screen.text


async def test_help_and_palette_know_the_faults(box: Filling, worker: Worker) -> None:
    async with shown(box.root, worker=worker) as screen:
        await screen.press("f", "question_mark")
        await screen.sees("Add a fault by a few letters")
        await screen.press("escape", "ctrl+p")
        await screen.sees("What can be done")
        await screen.type("counters")
        await screen.sees("reset counters  r")
