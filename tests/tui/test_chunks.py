"""A message that came in chunks, and asked for this and that, on the screen."""

from __future__ import annotations

from pathlib import Path

from mailcatch import Catcher
from mailcatch.mail.worker import Worker
from tests.talk import Talk
from tests.tui.screen import shown


async def test_the_screen_tells_of_chunks_and_of_what_was_asked_for(
    mailbox: Path, worker: Worker
) -> None:
    with Catcher(port=0, mailbox=mailbox).in_thread() as catcher, Talk(catcher) as talk:
        # One reply after the other fills the screen.
        talk.ask(b"HELO x")
        talk.ask(b"MAIL FROM:<a@example.com> RET=HDRS SIZE=14")
        talk.ask(b"RCPT TO:<b@example.com> NOTIFY=NEVER")
        talk.say(b"BDAT 14\r\nSubject: x\r\n\r\nBDAT 1004 LAST\r\n" + b"text" * 251)
        assert talk.hear().startswith(b"250 ")
        assert talk.hear().startswith(b"250 ")
        talk.ask(b"QUIT")
    async with shown(mailbox, worker=worker) as screen:
        await screen.press("enter")
        await screen.sees("Asked RET=HDRS, <b@example.com> NOTIFY=NEVER")
        await screen.press("6")
        await screen.sees("C: BDAT 14", "S: 250 2.0.0 Ok: 14 octets", "C: BDAT 1004 LAST")
        await screen.sees("✓ transaction stored, 1,018 octets as ", ", in 2 chunks")
