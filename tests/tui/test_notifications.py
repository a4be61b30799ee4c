"""Delivery status notifications that mailcatch made itself, on the screen."""

from __future__ import annotations

from mailcatch.mail.worker import Worker
from tests.mailbox.filling import Filling, letter
from tests.tui.screen import shown


async def test_it_is_seen_who_made_a_notification(filling: Filling, worker: Worker) -> None:
    sent = filling.stored(letter("Sent"))
    filling.notified(sent, letter("Success", to="app@example.org"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.sees("1 of 2", "↩")
        assert "Success" in screen.line("↩")
        await screen.sees(f"Made  by mailcatch: delivery status of {sent[-8:-4]}")
        await screen.press("t")
        await screen.sees("made by mailcatch itself", f"status of {sent[-8:-4]}")


async def test_one_comes_while_the_screen_is_looked_at(filling: Filling, worker: Worker) -> None:
    sent = filling.stored(letter("Sent"))
    async with shown(filling.root, worker=worker) as screen:
        await screen.sees("1 of 1")
        filling.notified(sent, letter("Failure"))
        await screen.sees("of 2", "↩")


async def test_a_fault_that_bounces_is_told_in_words(filling: Filling, worker: Worker) -> None:
    filling.stored()
    async with shown(filling.root, worker=worker) as screen:
        await screen.press("f", "a")
        await screen.type("eom-bounce-gmail-no-user-d5s-x1")
        words = "At the end of the message: taken, and bounces 5s later with gmail-no-user — once"
        await screen.sees(words)
        await screen.press("enter")
        await screen.until(lambda: (filling.root / "faults.toml").exists(), "the rule is written")
    text = (filling.root / "faults.toml").read_text()
    assert 'bounce_later = { preset = "gmail-no-user", delay = "5s" }' in text


async def test_the_form_of_a_rule_takes_a_bounce(filling: Filling, worker: Worker) -> None:
    filling.stored()
    async with shown(filling.root, worker=worker) as screen:
        await screen.press("f", "n", "tab")
        await screen.press("ctrl+u", "tab")
        await screen.type("bounce-552")
        await screen.sees("At RCPT TO: taken, and bounces later with 552 — the first 2 times")
