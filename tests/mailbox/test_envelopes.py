"""Who a message was for, from the sessions' files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailcatch import Catcher
from mailcatch.mailbox.envelopes import enveloped
from mailcatch.mailbox.errors import MailboxError
from tests.talk import Talk


def test_stored_messages_have_the_recipients_that_took_them(catcher: Catcher) -> None:
    rule = '[[faults.rule]]\nat = "rcpt"\nmatch.recipient = "no@*"\nreply = 550\n'
    catcher.use_faults(rule)
    with Talk(catcher) as talk:
        talk.ask(b"EHLO x")
        talk.ask(b"MAIL FROM:<> SIZE=5")
        for recipient in (b"a@one.test", b"no@one.test", b"b@Two.test"):
            talk.ask(b"RCPT TO:<" + recipient + b">")
        talk.ask(b"DATA")
        talk.ask(b"Subject: x\r\n.")
        talk.send(b"Subject: y\r\n", b"c@two.test")
    first, second = enveloped(catcher.mailbox)
    assert (first.sender, first.recipients) == ("", ("a@one.test", "b@Two.test"))
    assert first.parameters == ("SIZE=5",)
    assert second.recipients == ("c@two.test",)
    assert [one.recipients for one in enveloped(catcher.mailbox, ["two.test"])] == [
        ("b@Two.test",),
        ("c@two.test",),
    ]
    assert enveloped(catcher.mailbox, ["test"]) == []


def test_what_is_gone_or_was_never_delivered_is_left_out(catcher: Catcher) -> None:
    catcher.use_faults("eom-550-x1")
    with Talk(catcher) as talk:
        assert talk.send(b"Subject: refused\r\n").startswith(b"550")
        talk.send(b"Subject: x\r\n")
        talk.send(b"Subject: y\r\n")
    first, second = enveloped(catcher.mailbox)
    (catcher.mailbox / "messages" / first.file).unlink()
    assert enveloped(catcher.mailbox) == [second]


def test_files_that_are_no_sessions_are_passed_over(catcher: Catcher) -> None:
    with Talk(catcher) as talk:
        talk.send(b"Subject: x\r\n")
    sessions = catcher.mailbox / "sessions"
    (sessions / "other.jsonl").write_bytes(b'{"event":"transaction","file":"x.eml"\n\xff\n[]\n')
    (sessions / "empty.jsonl").touch()
    assert len(enveloped(catcher.mailbox)) == 1


def test_a_mailbox_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(MailboxError, match="cannot read"):
        enveloped(tmp_path / "nowhere")
