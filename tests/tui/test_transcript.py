"""Where a transcript begins."""

from __future__ import annotations

from mailcatch.mail.worker import Worker
from mailcatch.mailbox.events import AnyEvent, Client, Server, Transaction
from mailcatch.mailbox.session_file import LeftOut
from mailcatch.tui.views.transcript import told
from tests.mailbox.filling import Filling
from tests.tui.screen import shown

HELLO: list[AnyEvent] = [
    Client(1, "EHLO app.example"),
    Server(2, "\r\n".join([*["250-SOMETHING"] * 20, "250 HELP"])),
]


def transaction(at: int, outcome: str, file: str = "") -> list[AnyEvent]:
    ended = Transaction(at + 2, outcome, "MAIL", "a@example.org", "250 Ok", file=file)
    return [Client(at, f"MAIL FROM:<{at}@example.org>"), Server(at + 1, "250 Ok"), ended]


def beginning(happened: list[AnyEvent], message: str = "") -> str:
    lines, start = told(happened, message)
    return lines[start].text


def test_a_session_begins_with_what_was_refused_in_it() -> None:
    happened = [*HELLO, *transaction(10, "stored", "a.eml"), *transaction(20, "refused")]
    assert "C: MAIL FROM:<20@example.org>" in beginning(happened)


def test_a_message_begins_with_its_own_transaction() -> None:
    happened = [*HELLO, *transaction(10, "refused"), *transaction(20, "stored", "a.eml")]
    assert "C: MAIL FROM:<20@example.org>" in beginning(happened, "a.eml")


def test_what_fits_is_shown_from_its_beginning() -> None:
    happened = [HELLO[0], *transaction(10, "refused")]
    assert "C: EHLO app.example" in beginning(happened)


def test_what_is_left_out_of_a_long_session_is_told_in_its_place() -> None:
    happened = [*HELLO, LeftOut(2_000), *transaction(90_000_000, "stored", "a.eml")]
    lines, start = told(happened, "a.eml")
    left = "· · · 2,000 events of this long session are left out here"
    assert [one.text.strip() for one in lines[start - 1 : start + 1]] == [
        left, "90.000  C: MAIL FROM:<90000000@example.org>",
    ]  # fmt: skip


def test_a_message_past_a_full_transcript_begins_with_what_became_of_it() -> None:
    happened = [*HELLO, *transaction(10, "stored", "a.eml"), *transaction(20, "stored", "b.eml")]
    del happened[-3:-1]
    assert "✓ transaction stored, 0 octets as b.eml" in beginning(happened, "b.eml")


async def test_it_begins_there_whatever_was_shown_before(filling: Filling, worker: Worker) -> None:
    filling.session([*HELLO, *transaction(20, "refused")])
    async with shown(filling.root, worker=worker, size=(80, 24)) as screen:
        await screen.press("enter")
        await screen.sees("C: MAIL FROM:<20@example.org>")
        await screen.press("7")
        await screen.sees("1 try")
        await screen.press("6")
        await screen.sees("C: MAIL FROM:<20@example.org>")
