"""Who messages are from, on the screen: in the notes, and in the filter of the list."""

from __future__ import annotations

from mailcatch.mail.worker import Worker
from mailcatch.verifying.verdict import Source
from tests.mailbox.filling import Filling
from tests.tui.screen import shown
from tests.verifying.signing import RAW, signature, zone

SOURCE = Source(zone(), "dns.zone")
SENDER = "app@shop.example"


def changed(filling: Filling) -> None:
    filling.stored(signature() + RAW, SENDER, peer="192.0.2.7:50000")
    raw = signature() + RAW.replace(b"Your order", b"Changed")
    filling.stored(raw, SENDER, peer="198.51.100.7:50000")


async def test_the_notes_say_who_a_message_is_from(filling: Filling, worker: Worker) -> None:
    changed(filling)
    async with shown(filling.root, worker=worker, source=SOURCE) as screen:
        await screen.press("8")
        await screen.sees("! dkim-fail", "fail, header DKIM-Signature, RFC 6376 6.1.3")
        await screen.sees("the signature (b=) does not fit", "! spf-fail", "! dmarc-fail")
        await screen.press("j")
        await screen.sees("✓ dkim", "✓ spf", "✓ dmarc", "signed by shop.example, key 2026")


async def test_the_filter_finds_what_fails(filling: Filling, worker: Worker) -> None:
    changed(filling)
    async with shown(filling.root, worker=worker, source=SOURCE) as screen:
        await screen.press("slash")
        await screen.type("dkim:fail")
        await screen.press("enter")
        await screen.sees("1 fit: dkim:fail", "Changed")


async def test_without_records_the_filter_says_how_to_give_them(
    filling: Filling, worker: Worker
) -> None:
    changed(filling)
    async with shown(filling.root, worker=worker) as screen:
        await screen.press("slash")
        await screen.type("dkim:fail")
        await screen.sees("--zone FILE")


async def test_a_wrong_zone_file_is_told(filling: Filling, worker: Worker) -> None:
    changed(filling)
    async with shown(filling.root, worker=worker, source=Source("what", "dns.zone")) as screen:
        await screen.press("8")
        await screen.sees("! dns.zone, line 1")
