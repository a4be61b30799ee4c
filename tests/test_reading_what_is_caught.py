"""From the wire to the list: what a real server wrote, read while it goes on."""

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.reader import Reader, Serving
from mailcatch.mailbox.search import Found
from mailcatch.smtp.policy import Ending, Facts, Firing, Stage, Verdict, When
from mailcatch.smtp.reply import Reply

BUSY = Verdict(reply=Reply(451, "4.3.0", "later"), firings=(Firing("busy"),))
LOST = Verdict(ending=Ending.FIN, when=When.BEFORE, firings=(Firing("lost"),))


class Once:
    """Gives each verdict the first time its stage comes."""

    def __init__(self, **verdicts: Verdict) -> None:
        self._left = {Stage(stage): verdict for stage, verdict in verdicts.items()}

    def decide(self, stage: Stage, _: Facts, /) -> Verdict | None:
        return self._left.pop(stage, None)


def send(catcher: Catcher, subject: str = "Welcome") -> None:
    content = f"From: app@example.org\r\nTo: ann@example.com\r\nSubject: {subject}\r\n\r\nHello\r\n"
    with smtplib.SMTP(catcher.host, catcher.port) as client:
        client.sendmail("app@example.org", ["ann@example.com"], content)


def test_the_story_of_a_mail_that_was_refused_lost_and_sent_again(mailbox: Path) -> None:
    policy = Once(mail=BUSY, rcpt=BUSY, data=BUSY, eom=LOST)
    with (
        Catcher(port=0, mailbox=mailbox, policy=policy).in_thread() as catcher,
        Reader(mailbox) as reader,
    ):
        for _ in range(4):
            with pytest.raises(smtplib.SMTPException):
                send(catcher)
        send(catcher)
        send(catcher, "Another")
        reader.refresh()
        assert reader.serving()[0] is Serving.HERE
        another, second, first = reader.search().first(-1)
        story = reader.story(second)
        assert reader.search("is:duplicate").first(-1) == [second, first]
        assert reader.search("fault:lost").first(-1) == [second, first]
        assert reader.search("-is:retried").first(-1) == [another]
        assert reader.search("smtp:451", Found.SESSIONS).count() == 3
        assert reader.search("is:refused", Found.SESSIONS).count() == 3
    told = [(one.outcome, one.stage, one.rule, one.reply[:3]) for one in story.attempts]
    assert told == [
        ("refused", "mail", "busy", "451"),
        ("refused", "rcpt", "busy", "451"),
        ("refused", "data", "busy", "451"),
        ("stored", "eom", "lost", ""),
        ("stored", "eom", "", "250"),
    ]
    assert story.duplicate
